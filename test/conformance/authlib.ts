/** Python with Authlib, in a virtual environment that is made once. */
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hasCode } from '../../src/errors/index.ts'
import { noteSkipped } from '../support/log-secrets.ts'
import { runProcess } from '../support/process.ts'

const directory = join(import.meta.dirname, 'authlib')
export const authlibApplication = join(directory, 'app.py')
const INSTALL_LIMIT_MS = 5 * 60_000

let provided: Promise<string | undefined> | undefined

/** For `describe(…, { skip })`: false where Authlib can run, else the reason. With CI set it throws instead. */
export async function skipWithoutAuthlib(what: string): Promise<string | false> {
  provided ??= provide()
  if ((await provided) !== undefined) return false
  const reason = 'no Python 3.10 or newer with venv'
  const how = 'install python3 and python3-venv and run the tests again'
  if (process.env['CI']) throw new Error(`${what}: not proved, ${reason}: ${how}`)
  noteSkipped(what, how)
  return reason
}

/** The directory of packages for PYTHONPATH. Throws where {@link skipWithoutAuthlib} would have skipped. */
export async function requireAuthlib(): Promise<string> {
  provided ??= provide()
  const path = await provided
  if (path === undefined) throw new Error('no Authlib on this machine')
  return path
}

/**
 * `pip install --target` into a directory whose name holds the digest of the pins. Two processes at once both install, and the
 * first to finish is kept.
 */
async function provide(): Promise<string | undefined> {
  const version = await pythonVersion()
  if (version === undefined) return undefined
  const requirements = join(directory, 'requirements.txt')
  const pins = await readFile(requirements)
  const digest = createHash('sha256').update(pins).update(version).digest('hex').slice(0, 12)
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const cache = join(root, 'lanyard-test')
  const target = join(cache, `authlib-${digest}`)
  if (await exists(target)) return target
  await mkdir(cache, { recursive: true })
  const scratch = await mkdtemp(join(cache, '.authlib-'))
  try {
    process.stderr.write(`installing Authlib for the tests (once; into ${target})\n`)
    const python = join(scratch, 'venv', 'bin', 'python')
    const made = await run('python3', ['-m', 'venv', join(scratch, 'venv')])
    // Debian's python3 comes without venv.
    if (made.code !== 0) return undefined
    const installed = await run(python, [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'],
      ...['--only-binary=:all:', '--target', join(scratch, 'packages'), '-r', requirements],
    ])
    if (installed.code !== 0) throw new Error(`pip install failed:\n${installed.stderr}`)
    await rename(join(scratch, 'packages'), target).catch((error: unknown) => {
      if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error
    })
    return target
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** `3.11.7`; undefined where there is no python3, or one that is too old. */
async function pythonVersion(): Promise<string | undefined> {
  try {
    const code =
      'import platform, sys; print(platform.python_version()); sys.exit(sys.version_info < (3, 10))'
    const result = await run('python3', ['-c', code])
    return result.code === 0 ? result.stdout.trim() : undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function run(command: string, args: readonly string[]) {
  return runProcess({ command, args, env: process.env, timeoutMs: INSTALL_LIMIT_MS })
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
