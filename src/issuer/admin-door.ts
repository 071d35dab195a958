import type { Store } from '../../db/index.ts'
import type { Cluster } from '../clusters/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import { createDevices } from './devices.ts'
import { createKeys } from './keys.ts'
import { createGroupsClaims } from './live/groups-claim.ts'
import { createGroupsTokens } from './live/groups-token.ts'
import { makeProbeToken, newProbeId } from './live/probe-token.ts'
import { createSigner } from './signer.ts'
import type { Issuer, IssuerConfig } from './types.ts'

/** What an admin does with keys and devices; a running server sees it at its next look at the revisions. */
export interface AdminDoor {
  readonly devices: Issuer['devices']
  readonly keys: Pick<Issuer['keys'], 'list' | 'rotate'>
  /**
   * A token of the subject without rights, good for a minute, as people's are for this cluster: what its apiserver makes of it is
   * what it would make of theirs. Never print it.
   */
  probeToken(cluster: Pick<Cluster, 'audience' | 'signingAlg' | 'liveGroups'>): Promise<string>
}

/** A command's words are its answer. */
const silent: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
}

/** Keys and devices alone, for a command: it answers no request, so it needs no engine. */
export function createAdminDoor(rooms: {
  readonly store: Store
  readonly clock: Clock
  readonly config: IssuerConfig
  readonly keySecret: Uint8Array
}): AdminDoor {
  const { list, clustersOf, revoke, revokeAll, who } = createDevices(rooms)
  const keys = createKeys(rooms)
  return {
    devices: { list, clustersOf, revoke, revokeAll, who },
    keys: { list: keys.list, rotate: keys.rotate },
    async probeToken(cluster) {
      const { issuer, maxTokenBytes } = rooms.config
      const signer = createSigner({ maxTokenBytes, log: silent })
      signer.use((await keys.load()).active)
      const tokens = createGroupsTokens(rooms)
      const claims = createGroupsClaims({ tokens, issuer, fallsBack: () => false })
      return makeProbeToken({ ...rooms, issuer, signer, tokens, claims }, cluster, newProbeId())
    },
  }
}
