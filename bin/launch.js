// How both commands start from a clone or a published package. Plain JavaScript: the machine's own Node may be too old for
// the rest, and says so here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OLDEST_NODE = 24
const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Loads an entry point: its TypeScript in a clone, its JavaScript in a published package.
 * @param {string} command the name that errors begin with
 * @param {string} entry path below src/ without its extension
 * @returns its module, or undefined when another Node runs the command in place of this one
 */
export async function launch(command, entry) {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) return relaunch(command)
  // Keeps V8's code and the stripped TypeScript; an unwritable directory only costs the saving.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'lanyard'))
  const source = join(root, 'src', `${entry}.ts`)
  const file = existsSync(source) ? source : join(root, 'dist', 'src', `${entry}.js`)
  return import(pathToFileURL(file).href)
}

/** The same command under the Node that the repository pins. */
function relaunch(command) {
  const node = join(root, 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(node)) {
    process.stderr.write(
      `${command}: error: Node ${OLDEST_NODE} or newer is needed, this is ${process.versions.node}\n`,
    )
    process.exitCode = 1
    return
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  child.on('error', (error) => {
    process.stderr.write(`${command}: error: cannot run ${node}: ${error.message}\n`)
    process.exitCode = 1
  })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      // Ctrl-C on a terminal reaches the child by itself; a second one could mean "at once" to it.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
