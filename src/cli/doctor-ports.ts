import { spawn } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import type { Environment } from '../config/index.ts'
import type { FileOutcome, Ports, RunOptions, RunOutcome } from '../doctor/index.ts'
import { type Clock, hasCode, messageOf } from '../errors/index.ts'
import { askOverTls } from './doctor-https.ts'

/** The doctor's view of this machine. */
export function createPorts({ env, clock }: { env: Environment; clock: Clock }): Ports {
  return {
    now: clock(),
    https: askOverTls,
    async lookup(host) {
      try {
        return (await lookup(host, { all: true })).map(({ address }) => address)
      } catch {
        return []
      }
    },
    readFile: readNamedFile,
    run: (program, args, options) => runProgram(program, args, env, options),
    proxies: proxiesOf(env),
  }
}

async function readNamedFile(path: string): Promise<FileOutcome> {
  try {
    const text = await readFile(path, 'utf8')
    const { mode, uid } = await stat(path)
    return { kind: 'file', text, mode: mode & 0o777, owner: uid }
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error), reason: messageOf(error) }
  }
}

function runProgram(
  program: string,
  args: readonly string[],
  inherited: Environment,
  { input = '', timeoutMs = 30_000, env = {} }: RunOptions = {},
): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: { ...inherited, ...env },
    })
    const written = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
    child.on('error', (error) => {
      resolve({ kind: 'failed', code: codeOf(error), reason: messageOf(error) })
    })
    child.on('close', (code, signal) => {
      if (code !== null) resolve({ kind: 'ended', code, ...written })
      else resolve({ kind: 'failed', code: 'ETIMEDOUT', reason: `${program}: ${String(signal)}` })
    })
    // A program may end without reading what it is given; its exit code then says why.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function codeOf(error: unknown): string {
  for (const code of ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM']) {
    if (hasCode(error, code)) return code
  }
  return ''
}

/** A password in a proxy's URL is for the proxy alone. */
function proxiesOf(env: Environment): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    const value = env[name] || env[name.toLowerCase()]
    if (value !== undefined && value !== '') found[name] = value.replace(/\/\/[^@/]*@/, '//')
  }
  return found
}
