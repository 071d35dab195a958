import { randomBytes } from 'node:crypto'
import type { Cluster } from '../clusters/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import { createGroupsClaims } from './live/groups-claim.ts'
import { createGroupsTokens } from './live/groups-token.ts'
import { PROBE_GROUP, PROBE_NAME } from './live/probe.ts'
import { type ActiveKey, createSigner } from './signer.ts'

/** Long enough for clocks that differ a little. */
const PROBE_SECONDS = 60

const silent: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
}

/**
 * A token of the subject without rights, as people's tokens for this cluster are: for a command that asks its apiserver what it
 * makes of them. Never print it.
 */
export async function makeProbeToken(
  rooms: {
    readonly clock: Clock
    readonly keySecret: Uint8Array
    readonly issuer: string
    readonly maxTokenBytes: number
    readonly keys: readonly ActiveKey[]
  },
  { audience, signingAlg, liveGroups }: Pick<Cluster, 'audience' | 'signingAlg' | 'liveGroups'>,
): Promise<string> {
  const { clock, issuer, maxTokenBytes } = rooms
  // A token of this size is beyond what is worth a word in a log.
  const signer = createSigner({ maxTokenBytes, log: silent })
  signer.use(rooms.keys)
  const id = `probe.${randomBytes(9).toString('base64url')}`
  const iat = Math.floor(clock() / 1000)
  const exp = iat + PROBE_SECONDS
  const tokens = createGroupsTokens(rooms)
  const claims = createGroupsClaims({ tokens, issuer, fallsBack: () => false })
  return signer.sign(signingAlg, {
    iss: issuer,
    sub: PROBE_NAME,
    aud: audience,
    exp,
    iat,
    jti: id,
    token_use: 'kube',
    preferred_username: PROBE_NAME,
    ...(liveGroups
      ? claims.distributed(await tokens.issue({ probe: id, audience }, exp))
      : { groups: [PROBE_GROUP] }),
  })
}
