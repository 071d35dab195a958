import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../db/index.ts'
import type { AccessReviews } from '../access-review/index.ts'
import type { AccessTokens } from '../access-tokens/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Certificates } from '../certificates/index.ts'
import type { Clusters } from '../clusters/index.ts'
import {
  type Config,
  type Environment,
  knownIssuer,
  loadConfig,
  type Settings,
  withIssuer,
} from '../config/index.ts'
import type { Directory } from '../directory/index.ts'
import { type By, type Clock, hasCode, LanyardError } from '../errors/index.ts'
import type { AdminDoor } from '../issuer/index.ts'
import type { Machines } from '../machines/index.ts'
import type { Mail } from '../mail/index.ts'
import { openRooms as openServerRooms } from '../rooms.ts'

/** The rooms that commands work through: the same as the server's, on the same database. */
export interface Rooms {
  readonly config: Config
  readonly clock: Clock
  /** What the server calls itself, where this command's settings name another issuer. */
  readonly otherIssuer: string | null
  readonly store: Store
  readonly mail: Mail
  readonly directory: Directory
  readonly clusters: Clusters
  readonly accessTokens: AccessTokens
  readonly machines: Machines
  readonly certificates: Certificates
  readonly accessReviews: AccessReviews
  readonly audit: Audit
  /** Who the audit record names for what the command does. */
  readonly by: By
  /** Signing keys and devices; loaded when first asked for. */
  issuer(): Promise<AdminDoor>
  /** PEM of Lanyard's own CA; null where its certificate comes from elsewhere. */
  certificateAuthority(): Promise<string | null>
  close(): Promise<void>
}

export interface RoomsOptions {
  /** `--config` */
  readonly configPath: string | undefined
  readonly env: Environment
  readonly cwd: string
  readonly clock: Clock
}

/**
 * Opens the rooms on the data directory that the configuration names.
 * @throws LanyardError ERR_CONFIG, ERR_NO_DATA where no server has made the directory yet, and what opening it throws.
 */
export async function openRooms({ configPath, env, cwd, clock }: RoomsOptions): Promise<Rooms> {
  const settings = loadConfig({ configPath, env, cwd })
  refuseUnreadable(settings.data)
  if (!existsSync(join(settings.data, 'lanyard.db'))) {
    throw new LanyardError('ERR_NO_DATA', `there is no Lanyard in ${settings.data}`, {
      hint: 'start it once with `lanyard serve`, or name its directory with LANYARD_DATA or --config',
    })
  }
  const serves = knownIssuer(settings)
  const config = configFor(settings, serves)
  const rooms = openServerRooms(config, clock)
  return {
    ...rooms,
    clock,
    otherIssuer: serves === null || serves === config.issuer ? null : serves,
    by: { actor: { kind: 'command', name: operatingUser() }, address: null, requestId: null },
    async issuer() {
      const { createAdminDoor } = await import('../issuer/index.ts')
      return createAdminDoor({ ...rooms, clock })
    },
    async certificateAuthority() {
      if (config.tls.kind !== 'own') return null
      // Read, not ensured: that would make the running server's certificate anew for the names of this command's settings.
      const file = join(config.data, 'ca.crt')
      if (existsSync(file)) return readFileSync(file, 'utf8')
      const { ensureTls } = await import('../tls/index.ts')
      return (await ensureTls({ config, clock })).caCertificate
    },
    close: () => rooms.store.close(),
  }
}

/** The rooms, or why there are none. Throws only what is a fault of ours. */
export async function examine(
  options: RoomsOptions,
): Promise<{ rooms: Rooms } | { rooms: null; error: LanyardError; settings: Settings | null }> {
  let settings: Settings | null = null
  try {
    settings = loadConfig(options)
    return { rooms: await openRooms(options) }
  } catch (error) {
    if (error instanceof LanyardError) return { rooms: null, error, settings }
    throw error
  }
}

/** A directory that must not be looked into seems empty. */
function refuseUnreadable(data: string): void {
  try {
    accessSync(data, constants.R_OK | constants.X_OK)
  } catch (error) {
    if (!hasCode(error, 'EACCES')) return
    throw new LanyardError(
      'ERR_DATA_UNWRITABLE',
      `user ${operatingUser()} may not read the data directory ${data}`,
      { hint: 'run this as the user who runs the server', cause: error },
    )
  }
}

/** Settings that name no issuer mean the server's. */
function configFor(settings: Settings, serves: string | null): Config {
  const config = withIssuer(settings, settings.listen.port)
  if (!settings.issuerIsDefault) return config
  const issuer = serves ?? config.issuer
  return { ...config, issuer, issuerIsDefault: new URL(issuer).hostname === 'localhost' }
}

function operatingUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
