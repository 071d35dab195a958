import { createWriteStream } from 'node:fs'
import { loadConfig, type Settings } from '../../src/config/index.ts'
import type { By, Clock } from '../../src/errors/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { logFile, noteSecret } from './log-secrets.ts'
import type { Credentials, Issuer } from './logins.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const byTest: By = {
  actor: { kind: 'command', name: 'test' },
  address: null,
  requestId: null,
}

export interface LanyardOptions {
  /** Over the settings of a start with no file at all. */
  readonly settings?: Partial<Settings>
  readonly clock?: Clock
  /** An existing data directory; else one of its own, removed at the end. */
  readonly data?: string
  readonly drainMs?: number
}

/** A real Lanyard in this process: HTTPS on a free port, SQLite, its own CA. */
export interface Lanyard extends Issuer, AsyncDisposable {
  readonly server: RunningServer
  readonly data: string
  /** Adds a user whose password needs no change, in these groups (made when absent). */
  addUser(username: string, groups?: readonly string[]): Promise<Credentials>
  /** Adds a cluster that these groups may enter. */
  addCluster(
    name: string,
    options?: {
      groups?: readonly string[]
      signingAlg?: 'RS256' | 'ES256'
      server?: string
      certificateAuthority?: string
      /** False unless told: its tokens carry their groups. */
      liveGroups?: boolean
    },
  ): Promise<string>
}

export async function startLanyard(options: LanyardOptions = {}): Promise<Lanyard> {
  const owned = new AsyncDisposableStack()
  const data = options.data ?? owned.use(await temporaryDirectory()).path
  const settings: Settings = {
    ...loadConfig({
      configPath: undefined,
      env: { LANYARD_LISTEN: '127.0.0.1:0', LANYARD_DATA: data },
      cwd: data,
    }),
    ...options.settings,
  }
  const log = createLog({
    level: 'debug',
    format: 'json',
    destination: createWriteStream(logFile('lanyard')),
  })
  const server = await startServer({
    settings,
    log,
    clock: options.clock ?? Date.now,
    ...(options.drainMs === undefined ? {} : { drainMs: options.drainMs }),
  })
  owned.defer(() => server.close())
  const { directory, clusters } = server.rooms
  return {
    server,
    data,
    issuer: server.config.issuer,
    ca: server.tls?.caCertificate ?? '',

    async addUser(username, groups = []) {
      const password = `correct horse of ${username} 7419`
      noteSecret(password, 'password')
      await directory.users.add({ username, password, mustChange: false }, byTest)
      for (const group of groups) {
        if ((await directory.groups.find(group)) === undefined) {
          await directory.groups.add({ name: group }, byTest)
        }
        await directory.groups.addMember(group, { user: username }, byTest)
      }
      return { username, password }
    },

    async addCluster(name, { groups = [], liveGroups = false, ...rest } = {}) {
      for (const group of groups) {
        if ((await directory.groups.find(group)) === undefined) {
          await directory.groups.add({ name: group }, byTest)
        }
      }
      await clusters.add(
        { name, server: 'https://127.0.0.1:6443', groups, liveGroups, ...rest },
        byTest,
      )
      await server.issuer.refresh()
      return name
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
