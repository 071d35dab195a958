import { LRUCache } from 'lru-cache'
import type { Clock } from '../../errors/index.ts'
import type { Signer } from '../signer.ts'
import type { SigningAlg } from '../types.ts'

/** Signs what kube-apiserver is told of somebody's groups. */
export interface GroupsAnswers {
  /** A compact JWT of the second issuer, for one audience; the same one again where it is still young. */
  answer(alg: SigningAlg, audience: string, groups: readonly string[]): Promise<string>
}

/** Issuer of the groups JWT: the apiserver is configured to log nobody in by it. */
export function liveIssuer(issuer: string): string {
  return `${issuer}/live`
}

/** Nothing but the endpoint's own answer is ever believed, so a long life costs nothing, and clocks may differ by it. */
const ANSWER_SECONDS = 600
/** An answer that is handed out again has at least this much less of its life. */
const REUSE_MS = 60_000
/** Groups here are asked for and not carried: no header of a request bounds them. */
const MAX_ANSWER_BYTES = 1024 * 1024
const MAX_KEPT_BYTES = 16 * 1024 * 1024

/**
 * The decision is made anew for every request; only the signature is kept, under exactly what was signed. So nobody's groups are
 * ever older than their request, and people with the same groups share one signature.
 */
export function createGroupsAnswers(rooms: {
  signer: Signer
  clock: Clock
  issuer: string
}): GroupsAnswers {
  const { signer, clock } = rooms
  const iss = liveIssuer(rooms.issuer)
  const kept = new LRUCache<string, { readonly jwt: string; readonly signedAt: number }>({
    maxSize: MAX_KEPT_BYTES,
    sizeCalculation: ({ jwt }, key) => jwt.length + key.length,
  })

  return {
    async answer(alg, audience, groups) {
      const { kid } = signer.active(alg)
      // As JSON no two lists are written alike, whatever their names hold.
      const key = JSON.stringify([kid, audience, ...groups])
      const now = clock()
      const known = kept.get(key)
      if (known !== undefined && now >= known.signedAt && now - known.signedAt < REUSE_MS) {
        return known.jwt
      }
      const iat = Math.floor(now / 1000)
      // No `sub`, and above all no username: a groups JWT that was sent as a bearer must log nobody in.
      const claims = { iss, aud: audience, iat, exp: iat + ANSWER_SECONDS, groups }
      const jwt = await signer.sign(alg, claims, {
        typ: 'lanyard-groups+jwt',
        maxBytes: MAX_ANSWER_BYTES,
      })
      kept.set(key, { jwt, signedAt: now })
      return jwt
    },
  }
}
