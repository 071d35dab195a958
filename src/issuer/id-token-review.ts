import { createLocalJWKSet, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { type DeviceId, type EpochMs, messageOf, type UserId } from '../errors/index.ts'
import { type Machines, machineOfJti } from '../machines/index.ts'
import type { Admissions } from './context.ts'
import type { IdTokenReview } from './types.ts'

/** Longer than any ID token that kube-apiserver would take in a header. */
const MAX_LENGTH = 32_768

export interface IdTokenReviewRooms {
  readonly admissions: Admissions
  readonly machines: Pick<Machines, 'review'>
  readonly issuer: string
  readonly publishedKeys: () => readonly JWK[]
}

/**
 * Says who an ID token of ours is at one cluster now: the signature and the names in it are checked as kube-apiserver would, and
 * everything else is decided anew from the directory.
 */
export function createIdTokenReview(rooms: IdTokenReviewRooms) {
  const { admissions, machines, issuer, publishedKeys } = rooms
  let of: readonly JWK[] = []
  let keySet = createLocalJWKSet({ keys: [] })
  /** Keys are imported once for as long as the same ones are published. */
  const keysNow = () => {
    const published = publishedKeys()
    if (published !== of) {
      of = published
      keySet = createLocalJWKSet({ keys: [...published] })
    }
    return keySet
  }

  async function verify(token: string, audience: string, validAt: EpochMs): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keysNow(), {
      algorithms: ['RS256', 'ES256'],
      issuer,
      currentDate: new Date(validAt),
      requiredClaims: ['exp', 'sub', 'sid', 'jti', 'token_use'],
    })
    // Threat 11: the cluster's own and no other beside it.
    if (payload.aud !== audience) {
      throw new TypeError(`it is for audience "${String(payload.aud)}", and not "${audience}"`)
    }
    // Threat 29: no other token of ours is an identity.
    if (payload['token_use'] !== 'kube') throw new TypeError('it is not for a cluster')
    refuseMixed(payload)
    return payload
  }

  return async (request: {
    readonly token: string
    readonly audience: string
    readonly validAt: EpochMs
  }): Promise<IdTokenReview> => {
    const { token, audience, validAt } = request
    if (token.length > MAX_LENGTH) return refuse('the ID token is too long')
    let payload: JWTPayload
    try {
      payload = await verify(token, audience, validAt)
    } catch (error) {
      return refuse(`the ID token was refused: ${messageOf(error)}`)
    }
    const { sub, jti = '', exp = 0 } = payload
    const machineId = machineOfJti(jti)
    if (machineId !== undefined) {
      const machine = await machines.review(machineId, audience)
      if (machine.kind === 'refused') return refuse(machine.sentence)
      const { username, groups } = machine.admission
      return { kind: 'authenticated', username, uid: machineId, groups, jti, expiresAt: exp * 1000 }
    }
    const decision = await admissions.admit({
      userId: sub as UserId,
      clientId: audience,
      device: payload['sid'] as DeviceId,
    })
    if (decision.kind === 'refused') return refuse(decision.sentence)
    const { userId, username, groups, until } = decision.admission
    const expiresAt = Math.min(exp * 1000, until ?? Number.POSITIVE_INFINITY)
    return { kind: 'authenticated', username, uid: userId, groups, jti, expiresAt }
  }
}

/** Subject, login and `jti` are of one and the same person or machine: none of them alone says who it is. */
function refuseMixed({ sub, sid, jti = '' }: JWTPayload): void {
  if (typeof sub !== 'string' || typeof sid !== 'string') {
    throw new TypeError('its sub or sid is no text')
  }
  const machineId = machineOfJti(jti)
  if (machineId !== undefined && (sub !== machineId || sid !== machineId)) {
    throw new TypeError('its jti is of a machine, and its sub or sid is not')
  }
}

function refuse(sentence: string): IdTokenReview {
  return { kind: 'refused', sentence }
}
