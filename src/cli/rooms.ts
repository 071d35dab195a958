import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clusters } from '../clusters/index.ts'
import { type Config, type Environment, loadConfig, withIssuer } from '../config/index.ts'
import type { Directory } from '../directory/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import type { AdminDoor } from '../issuer/index.ts'
import { openRooms as openServerRooms } from '../rooms.ts'

/** The rooms that commands work through: the same as the server's, on the same database. */
export interface Rooms {
  readonly config: Config
  readonly clock: Clock
  readonly store: Store
  readonly directory: Directory
  readonly clusters: Clusters
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
  const config = withIssuer(settings, settings.listen.port)
  if (!existsSync(join(config.data, 'lanyard.db'))) {
    throw new LanyardError('ERR_NO_DATA', `there is no Lanyard in ${config.data}`, {
      hint: 'start it once with `lanyard serve`, or name its directory with LANYARD_DATA or --config',
    })
  }
  const rooms = openServerRooms(config, clock)
  return {
    ...rooms,
    clock,
    by: { actor: { kind: 'command', name: operatingUser() }, address: null, requestId: null },
    async issuer() {
      const { createAdminDoor } = await import('../issuer/index.ts')
      return createAdminDoor({ ...rooms, clock })
    },
    async certificateAuthority() {
      if (config.tls.kind !== 'own') return null
      const { ensureTls } = await import('../tls/index.ts')
      return (await ensureTls({ config, clock })).caCertificate
    },
    close: () => rooms.store.close(),
  }
}

function operatingUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
