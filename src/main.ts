import { parseArgs } from 'node:util'
import { exitCodeOf, loadConfig } from './config/index.ts'
import { LanyardError, messageOf } from './errors/index.ts'

/** argv reaches here for `lanyard`: the server's own path loads nothing of the commands, and they nothing of the server's. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    if (argv[0] === 'serve' && !argv.includes('--help') && !argv.includes('-h')) {
      await serve(argv.slice(1))
    } else {
      const { runCommand } = await import('./cli/index.ts')
      process.exitCode = await runCommand(argv, { clock: Date.now, env: process.env })
    }
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    process.stderr.write(`lanyard: error: ${messageOf(error)}\n`)
    const hint = error instanceof LanyardError ? error.hint : undefined
    if (hint !== undefined) process.stderr.write(`lanyard: hint: ${hint}\n`)
    // Without a code it is a fault of ours: the stack is what a report needs.
    if (!(error instanceof LanyardError)) process.stderr.write(`${(error as Error).stack ?? ''}\n`)
  }
}

async function serve(args: readonly string[]): Promise<void> {
  const configPath = serveOptions(args)
  const settings = loadConfig({ configPath, env: process.env, cwd: process.cwd() })
  const [{ createLog }, { startServer }, { announce }] = await Promise.all([
    import('./telemetry/index.ts'),
    import('./server.ts'),
    import('./announce.ts'),
  ])
  const log = createLog(settings.log)
  const stopped = firstSignal()
  const server = await startServer({ settings, log, clock: Date.now })
  try {
    await announce(server, (text) => process.stdout.write(text))
    const signal = await stopped
    log.info({ signal }, 'stopping: requests in flight may finish')
  } finally {
    await server.close()
  }
  log.info({}, 'stopped')
}

function serveOptions(args: readonly string[]): string | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
    return values.config
  } catch (error) {
    const sentence = messageOf(error).split('. ')[0] ?? ''
    throw new LanyardError('ERR_USAGE', `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`, {
      hint: 'usage: lanyard serve [--config FILE]',
      cause: error,
    })
  }
}

/** SIGTERM or SIGINT; a second one ends the process at once, as nobody listens any more. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
