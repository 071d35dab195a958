import { webcrypto } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { deriveKey } from '../../config/index.ts'
import type { Clock, DeviceId, UserId } from '../../errors/index.ts'

/** What the access token in a distributed claim is good for: one person's groups, at one audience, by one login. */
export interface GroupsGrant {
  readonly userId: UserId
  /** Of the cluster. */
  readonly audience: string
  readonly deviceId: DeviceId
}

/** Instead of a person: one of Lanyard's own probes. */
export interface ProbeGrant {
  readonly probe: string
  readonly audience: string
}

export interface GroupsTokens {
  /** `exp` in seconds: that of the ID token it travels in. */
  issue(grant: GroupsGrant | ProbeGrant, exp: number): Promise<string>
  /** What the token is good for; undefined for every token that is not good now. */
  verify(token: string): Promise<GroupsGrant | ProbeGrant | undefined>
}

/** Beside its own key, what keeps it from being taken for any other token of ours. */
const TYPE = 'lanyard-groups+jwt'
const PROBE = 'lanyard:probe'
/** Longer than any that is made here. */
const MAX_LENGTH = 1024

/**
 * Access tokens for the groups endpoint alone (threat 29). They are checked without a look at any table: a key that nothing else
 * is signed with makes them, and only this room's endpoint knows it.
 */
export function createGroupsTokens(rooms: { keySecret: Uint8Array; clock: Clock }): GroupsTokens {
  const { clock } = rooms
  const key = webcrypto.subtle.importKey(
    'raw',
    deriveKey(rooms.keySecret, 'live-groups'),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  )

  return {
    async issue(grant, exp) {
      const isProbe = 'probe' in grant
      return new SignJWT({
        sub: isProbe ? PROBE : grant.userId,
        aud: grant.audience,
        sid: isProbe ? grant.probe : grant.deviceId,
        exp,
      })
        .setProtectedHeader({ alg: 'HS256', typ: TYPE })
        .sign(await key)
    },
    async verify(token) {
      if (token.length > MAX_LENGTH) return undefined
      try {
        const { payload } = await jwtVerify(token, await key, {
          algorithms: ['HS256'],
          typ: TYPE,
          currentDate: new Date(clock()),
          requiredClaims: ['sub', 'aud', 'sid', 'exp'],
        })
        const { sub, aud, sid } = payload
        if (typeof aud !== 'string' || typeof sid !== 'string') return undefined
        return sub === PROBE
          ? { probe: sid, audience: aud }
          : { userId: sub as UserId, audience: aud, deviceId: sid as DeviceId }
      } catch {
        return undefined
      }
    },
  }
}
