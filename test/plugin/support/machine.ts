import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  accessSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { get } from 'node:http'
import { Agent, get as httpsGet } from 'node:https'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { bundlePlugin } from '../../../src/plugin/index.ts'
import type { FakeIssuer } from './fake-issuer.ts'

const workshop = mkdtempSync(join(tmpdir(), 'lanyard-'))
process.once('exit', () => rmSync(workshop, { recursive: true, force: true }))

/** The plugin as people run it: one file. */
export const plugin = join(workshop, 'kubectl-lanyard')
await bundlePlugin(plugin, '0.0.0-test')

/** The pinned Node, and the one that the machine has outside of the repository, where there is one. */
export const nodes: readonly string[] = [
  process.execPath,
  ...(process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .map((directory) => join(directory, 'node'))
    .filter((path) => {
      try {
        accessSync(path, 1)
        return true
      } catch {
        return false
      }
    })
    .slice(0, 1),
]

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly result: Promise<Result>
  readonly kill: (signal: NodeJS.Signals) => void
  /** The first match of a pattern in what was said so far or is said later. */
  said(pattern: RegExp): Promise<RegExpMatchArray>
}

export interface Machine extends Disposable {
  readonly home: string
  readonly env: Record<string, string>
  readonly cache: string
  readonly state: string
  start(args: readonly string[], extra?: Record<string, string>): Running
  run(args: readonly string[], extra?: Record<string, string>): Promise<Result>
  /** On a terminal of its own: stdin and stderr are one, stdout is a file. */
  onTerminal(args: readonly string[], extra?: Record<string, string>): Running
  /** How many tabs were opened. */
  tabs(): number
  /** The CA's file, with a space in its path. */
  writeCa(pem: string): string
}

function watch(command: string, args: readonly string[], env: Record<string, string>): Running {
  // stdin is a pipe that stays open and silent: a command that reads it hangs, and its test with it.
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    for (const listener of listeners) listener()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    for (const listener of listeners) listener()
  })
  const result = new Promise<Result>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    result,
    kill: (signal) => void child.kill(signal),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = `${stdout}${stderr}`.match(pattern)
          if (match !== null) {
            listeners.delete(look)
            resolve(match)
          }
        }
        listeners.add(look)
        void result.then(() => {
          look()
          reject(new Error(`ended without saying ${String(pattern)}: ${stdout}${stderr}`))
        })
        look()
      }),
  }
}

/** A person's machine: an empty home directory with a space in its name, and a browser that only notes what it is asked to open. */
export function createMachine(node = process.execPath): Machine {
  const home = join(mkdtempSync(join(workshop, 'home-')), 'a home')
  mkdirSync(home)
  const opened = join(home, 'opened')
  const browser = join(home, 'browser')
  writeFileSync(browser, `#!/bin/sh\necho "$1" >> '${opened}'\n`, { mode: 0o755 })
  const env = { HOME: home, PATH: '/usr/bin:/bin', BROWSER: browser }
  const start: Machine['start'] = (args, extra = {}) =>
    watch(node, [plugin, ...args], { ...env, ...extra })
  return {
    home,
    env,
    cache: join(home, '.cache', 'kubectl-lanyard'),
    state: join(home, '.local', 'state', 'kubectl-lanyard'),
    start,
    run: (args, extra) => start(args, extra).result,
    onTerminal(args, extra = {}) {
      const words = [node, plugin, ...args].map((word) => `'${word}'`).join(' ')
      const command = `${words} > '${join(home, 'stdout')}'`
      return watch('script', ['-qec', command, '/dev/null'], { ...env, ...extra, SHELL: '/bin/sh' })
    },
    tabs: () => (existsSync(opened) ? readFileSync(opened, 'utf8').trim().split('\n').length : 0),
    writeCa(pem) {
      const path = join(home, 'its ca.pem')
      writeFileSync(path, pem)
      return path
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

export interface Page {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** One plain request to the loopback listener, as any program or tab could send it. */
export function visit(
  url: string,
  options: { host?: string; method?: string } = {},
): Promise<Page> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host }
    const request = get(
      url,
      { headers, method: options.method ?? 'GET', agent: false },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        )
      },
    )
    request.on('error', reject)
  })
}

/** What the issuer's sign-in page ends with: where the browser is sent. */
export function signIn(issuer: FakeIssuer, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca: issuer.authority.certificate })
    httpsGet(url, { agent }, (response) => {
      response.resume()
      resolve(String(response.headers.location))
    }).on('error', reject)
  })
}

export async function addressToOpen(running: Running): Promise<string> {
  const [, url] = await running.said(/log in at (\S+)/)
  assert(url !== undefined)
  return url
}

/** Plays the person in front of the browser. */
export async function finishLogin(issuer: FakeIssuer, running: Running): Promise<Page> {
  return visit(await signIn(issuer, await addressToOpen(running)))
}

/** A machine with a login, made in the browser. */
export async function logIn(machine: Machine, issuer: FakeIssuer): Promise<Result> {
  const running = machine.start([
    'login',
    '--issuer',
    issuer.issuer,
    '--certificate-authority',
    machine.writeCa(issuer.authority.certificate),
  ])
  await finishLogin(issuer, running)
  const result = await running.result
  assert.equal(result.code, 0, result.stderr)
  return result
}

/** Fails when anything secret was printed. */
export function assertNothingSecret(issuer: FakeIssuer, printed: string): void {
  for (const secret of issuer.secrets) {
    assert.equal(printed.includes(secret), false, `printed a secret: ${secret.slice(0, 12)}…`)
  }
}

export interface Credential {
  readonly kind: string
  readonly apiVersion: string
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

export function credentialOf({ stdout }: Result): Credential {
  return JSON.parse(stdout) as Credential
}

/** What kubectl runs. */
export const getToken = (issuer: string, audience = 'prod-eu') => [
  'get-token',
  '--issuer',
  issuer,
  '--audience',
  audience,
]
/** What kubectl says of itself. */
export const execInfo = (interactive: boolean, version = 'v1') => ({
  KUBERNETES_EXEC_INFO: JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: `client.authentication.k8s.io/${version}`,
    spec: { interactive },
  }),
})
