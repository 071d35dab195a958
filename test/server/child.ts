import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig, withIssuer } from '../../src/config/index.ts'
import { openRooms, type Rooms } from '../../src/rooms.ts'
import { logFile, noteSecret } from '../support/log-secrets.ts'
import type { Issuer } from '../support/logins.ts'
import {
  type ProcessOptions,
  type Result,
  type RunningProcess,
  runProcess,
  startProcess,
} from '../support/process.ts'

const program = fileURLToPath(new URL('../../bin/lanyard.js', import.meta.url))

export interface ServeOptions {
  readonly data: string
  /** 127.0.0.1, and a free port unless told. */
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  /** After `serve`. */
  readonly args?: readonly string[]
  /** Of node itself, before the program. */
  readonly nodeArgs?: readonly string[]
  readonly cwd?: string
  readonly uid?: number
}

function commandOf(options: ServeOptions): ProcessOptions {
  return {
    command: process.execPath,
    args: [...(options.nodeArgs ?? []), program, 'serve', ...(options.args ?? [])],
    env: {
      PATH: process.env['PATH'],
      LANYARD_LISTEN: `127.0.0.1:${options.port ?? 0}`,
      LANYARD_DATA: options.data,
      ...options.env,
    },
    cwd: options.cwd ?? options.data,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  }
}

/** `lanyard serve` as a process of its own, ready. */
export interface Serving extends Issuer, AsyncDisposable {
  readonly process: RunningProcess
  readonly port: number
  /** All that it has printed to stdout. */
  readonly printed: () => string
}

export async function startServing(options: ServeOptions): Promise<Serving> {
  const child = await startProcess(commandOf(options))
  const log = logFile('serve')
  void child.exit.then(() => writeFileSync(log, child.stderr.text))
  // The last line but the set-up link's, and the whole is one write.
  await child.waitForLine('stdout', /^ {11}SHA-256 /)
  const issuer = /^ {2}issuer {3}(\S+)$/m.exec(child.stdout.text)?.[1]
  if (issuer === undefined) throw child.failure('named no issuer')
  const code = /^ {2}set-up code {2}(\S+)$/m.exec(child.stdout.text)?.[1]
  if (code !== undefined) noteSecret(code, 'set-up code')
  return {
    process: child,
    issuer,
    port: Number(new URL(issuer).port),
    ca: await readFile(join(options.data, 'ca.crt'), 'utf8'),
    printed: () => child.stdout.text,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

/** Runs a `lanyard serve` that is to end by itself. */
export function runServing(options: ServeOptions): Promise<Result> {
  return runProcess(commandOf(options))
}

/** The rooms of a second process on the same directory, as an admin command opens them. */
export function openRoomsBeside(data: string, issuer: string): Rooms & AsyncDisposable {
  const port = Number(new URL(issuer).port)
  const settings = loadConfig({
    configPath: undefined,
    env: { LANYARD_DATA: data, LANYARD_LISTEN: `127.0.0.1:${port}` },
    cwd: data,
  })
  const rooms = openRooms(withIssuer(settings, port), Date.now)
  return { ...rooms, [Symbol.asyncDispose]: () => rooms.store.close() }
}

/**
 * A port that will still be free when a server comes back to it: below those that the operating system hands out by itself, to
 * the connections of other tests as well.
 */
export async function steadyPort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = 20_000 + ((process.pid * 7 + attempt * 131) % 12_000)
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
  throw new Error('no free port between 20000 and 32000')
}
