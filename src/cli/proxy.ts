import type { Command } from 'commander'
import type { Session } from './session.ts'

/** lanyard proxy */
export function addProxyCommand(program: Command, session: Session): void {
  program
    .command('proxy')
    .description('starts the authenticating proxy: it needs no data directory, only its own file')
    .requiredOption(
      '--config <file>',
      'what `lanyard cluster proxy-config` printed, with the paths filled in',
    )
    .action(({ config: file }: { readonly config: string }) =>
      session.run(async (clock) => {
        // Nothing of it is loaded by any other command.
        const [{ loadProxyConfig, startProxy }, { createLog }] = await Promise.all([
          import('../proxy/index.ts'),
          import('../telemetry/index.ts'),
        ])
        const config = loadProxyConfig(file)
        const log = createLog(config.log)
        const stopped = firstSignal()
        const proxy = await startProxy({ config, log, clock })
        const names = config.clusters.map(({ name }) => name).join(', ')
        session.tell.plain(
          `Lanyard's proxy is ready on port ${proxy.port} for ${names}; health and metrics on port ${proxy.healthPort}\n`,
        )
        log.info({ signal: await stopped }, 'stopping: short requests may finish')
        await proxy.close()
        log.info({}, 'stopped')
      }),
    )
}

/** SIGTERM or SIGINT; a second one ends the process at once, as nobody listens any more. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
