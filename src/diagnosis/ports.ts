import { spawn } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { open } from 'node:fs/promises'
import type { Environment } from '../config/index.ts'
import type { FileOutcome, Ports, RunOptions, RunOutcome } from '../doctor/index.ts'
import { type Clock, hasCode, messageOf } from '../errors/index.ts'
import { askOverTls } from './https.ts'

/** All bindings of a large cluster, as JSON. */
const MAX_OUTPUT_CHARACTERS = 64 * 1024 * 1024

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
    await using file = await open(path)
    const { mode, uid } = await file.stat()
    // A server that examines nothing loads none of it.
    const { readBounded } = await import('../doctor/index.ts')
    const read = await readBounded(file.createReadStream() as AsyncIterable<Buffer>)
    if (read.kind === 'unreadable') return read
    return { kind: 'file', text: read.text, mode: mode & 0o777, owner: uid }
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
      env: { ...withoutOwn(inherited), ...env },
    })
    const settle = (outcome: RunOutcome): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    /** What it started itself may live on and hold its output open: nobody waits for that. */
    const give = (code: string, reason: string): void => {
      child.kill()
      child.stdout.destroy()
      child.stderr.destroy()
      settle({ kind: 'failed', code, reason: `${program}: ${reason}` })
    }
    const timer = setTimeout(() => give('ETIMEDOUT', `no answer in ${timeoutMs} ms`), timeoutMs)
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        written[name] += text
        if (written[name].length > MAX_OUTPUT_CHARACTERS) give('', 'it prints too much')
      })
    }
    child.on('error', (error) => {
      settle({ kind: 'failed', code: codeOf(error), reason: messageOf(error) })
    })
    child.on('close', (code, signal) => {
      if (code !== null) settle({ kind: 'ended', code, ...written })
      else settle({ kind: 'failed', code: '', reason: `${program}: ${String(signal)}` })
    })
    // A program may end without reading what it is given; its exit code then says why.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** kubectl runs what a kubeconfig names: that must not read what Lanyard's settings may hold. */
function withoutOwn(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LANYARD_')))
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
