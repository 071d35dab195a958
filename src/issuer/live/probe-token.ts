import { randomBytes } from 'node:crypto'
import type { Cluster } from '../../clusters/index.ts'
import type { Clock } from '../../errors/index.ts'
import type { Signer } from '../signer.ts'
import type { GroupsClaims } from './groups-claim.ts'
import type { GroupsTokens } from './groups-token.ts'

/** Begins with a prefix that is reserved: no person and no group can have it, and nothing should ever be bound to it. */
export const PROBE_NAME = 'lanyard:probe'
export const PROBE_GROUP = 'lanyard:probe'

/** Long enough for clocks that differ a little; it is sent to the apiserver it is for and to nobody else. */
const PROBE_SECONDS = 60

export function newProbeId(): string {
  return `probe.${randomBytes(9).toString('base64url')}`
}

/** A token of the subject without rights, as people's tokens for this cluster are. Never print it. */
export async function makeProbeToken(
  rooms: {
    readonly clock: Clock
    readonly issuer: string
    readonly signer: Signer
    readonly tokens: GroupsTokens
    readonly claims: Pick<GroupsClaims, 'distributed'>
  },
  { audience, signingAlg, liveGroups }: Pick<Cluster, 'audience' | 'signingAlg' | 'liveGroups'>,
  probe: string,
): Promise<string> {
  const iat = Math.floor(rooms.clock() / 1000)
  const exp = iat + PROBE_SECONDS
  return rooms.signer.sign(signingAlg, {
    iss: rooms.issuer,
    sub: PROBE_NAME,
    aud: audience,
    exp,
    iat,
    jti: probe,
    token_use: 'kube',
    preferred_username: PROBE_NAME,
    ...(liveGroups
      ? rooms.claims.distributed(await rooms.tokens.issue({ probe, audience }, exp))
      : { groups: [PROBE_GROUP] }),
  })
}
