import { createHash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
} from 'jose'
import { LRUCache } from 'lru-cache'
import { prepare, type Transaction } from '../../db/index.ts'
import { type Clock, type EpochMs, LanyardError } from '../errors/index.ts'

/** How far a proof's `iat` may lie from this server's clock, either way (RFC 9449 §11.1 asks for seconds to minutes). */
const PROOF_WINDOW_MS = 60_000
const KEYS_KEPT = 4_096
const LONGEST_PROOF = 2_048

type VerifyKey = Awaited<ReturnType<typeof importJWK>>

export interface DpopExpectation {
  readonly method: 'GET' | 'POST'
  /** The endpoint as the discovery document names it, without query or fragment. */
  readonly url: string
  /** Thumbprint that the token is bound to. */
  readonly thumbprint: string
  /** The access token sent beside the proof at a resource (RFC 9449 §7); absent at the token endpoint. */
  readonly accessToken?: string
}

export interface DpopProof {
  /** The row that marks this proof as used, for `useProof`. */
  readonly id: string
  readonly expiresAt: EpochMs
}

export interface DpopVerifier {
  /**
   * Checks one `DPoP` header against RFC 9449 §4.3. It does not mark the proof as used: see `useProof`.
   * @throws LanyardError ERR_DPOP_PROOF naming the check that failed
   */
  verify(header: string | string[] | undefined, expected: DpopExpectation): Promise<DpopProof>
}

/**
 * Keeps imported keys by the proof's encoded header, once it was seen to match the token's thumbprint: a device sends the same
 * header every time, and importing its key costs more than verifying with it.
 */
export function createDpopVerifier({ clock }: { clock: Clock }): DpopVerifier {
  const known = new LRUCache<string, { thumbprint: string; key: VerifyKey }>({ max: KEYS_KEPT })

  async function keyOf(proof: string, thumbprint: string): Promise<VerifyKey> {
    const encodedHeader = proof.slice(0, proof.indexOf('.'))
    const kept = known.get(encodedHeader)
    if (kept?.thumbprint === thumbprint) return kept.key
    const { jwk } = readHeader(proof)
    // RFC 9449 §4.3, check 7: a private member has no business here.
    if (jwk === undefined || jwk.kty !== 'EC' || jwk.crv !== 'P-256' || 'd' in jwk) {
      throw refused('its header must hold a public P-256 key')
    }
    if ((await calculateJwkThumbprint(jwk)) !== thumbprint) {
      throw refused('it is made with another key than the token is bound to')
    }
    const key = await importJWK({ kty: 'EC', crv: 'P-256', ...pickPoint(jwk) }, 'ES256')
    known.set(encodedHeader, { thumbprint, key })
    return key
  }

  return {
    async verify(header, expected) {
      if (typeof header !== 'string' || header === '') throw refused('it is missing')
      if (header.length > LONGEST_PROOF) throw refused('it is too long')
      // Node joins repeated headers with ", ", and a compact JWS holds neither (RFC 9449 §4.3, check 1).
      if (header.includes(',')) throw refused('there is more than one')
      const key = await keyOf(header, expected.thumbprint)
      const claims = await verifiedClaims(header, key)
      return checkClaims(claims, expected, clock())
    },
  }
}

const insertProof = prepare<{ id: string; expiresAt: EpochMs }>()((db, param) =>
  db
    .insertInto('dpop_proofs')
    .values({ id: param('id'), expires_at: param('expiresAt') })
    .onConflict((conflict) => conflict.doNothing()),
)

/**
 * Marks a proof as used, in one conditional statement.
 * @throws LanyardError ERR_DPOP_PROOF when it was used before
 */
export async function useProof(tx: Transaction, { id, expiresAt }: DpopProof): Promise<void> {
  if ((await tx.run(insertProof, { id, expiresAt })) === 0) throw refused('it was used before')
}

function readHeader(proof: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(proof)
  } catch {
    throw refused('it is not a JWT')
  }
}

function pickPoint({ x, y }: { x?: string; y?: string }): { x: string; y: string } {
  if (x === undefined || y === undefined) throw refused('its header must hold a public P-256 key')
  return { x, y }
}

async function verifiedClaims(proof: string, key: VerifyKey): Promise<Record<string, unknown>> {
  try {
    const { payload } = await jwtVerify(proof, key, { algorithms: ['ES256'], typ: 'dpop+jwt' })
    return payload
  } catch {
    throw refused('its type, algorithm or signature does not hold')
  }
}

function checkClaims(
  claims: Record<string, unknown>,
  expected: DpopExpectation,
  now: EpochMs,
): DpopProof {
  const { htm, htu, ath } = claims
  if (htm !== expected.method) throw refused(`it is for another method than ${expected.method}`)
  if (typeof htu !== 'string' || withoutQuery(htu) !== expected.url) {
    throw refused(`it is for another address than ${expected.url}`)
  }
  if (expected.accessToken !== undefined && ath !== sha256(expected.accessToken)) {
    throw refused('it is for another access token')
  }
  return freshProof(claims, expected.thumbprint, now)
}

/**
 * The proof in a header that the engine has verified already. Both doors of the token endpoint keep what was used in one
 * place, so that a proof spent at one is spent at the other (RFC 9449 §11.1).
 * @throws LanyardError ERR_DPOP_PROOF
 */
export async function verifiedProof(header: string, now: EpochMs): Promise<DpopProof> {
  const { jwk } = readHeader(header)
  if (jwk === undefined) throw refused('its header must hold a public P-256 key')
  return freshProof(decodeJwt(header), await calculateJwkThumbprint(jwk), now)
}

function freshProof(
  { jti, iat }: Record<string, unknown>,
  thumbprint: string,
  now: EpochMs,
): DpopProof {
  if (typeof jti !== 'string' || jti === '' || jti.length > 128)
    throw refused('it has no usable jti')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw refused('it has no iat')
  const madeAt = iat * 1000
  if (Math.abs(now - madeAt) > PROOF_WINDOW_MS) throw skewed(madeAt, now)
  const expiresAt = madeAt + 2 * PROOF_WINDOW_MS
  return { id: `${ordered(expiresAt)}.${sha256(`${thumbprint}:${jti}`)}`, expiresAt }
}

/** Sorts as the time does, so that what has expired is found in front. A replayed proof has the same `iat`, hence the same row. */
function ordered(at: EpochMs): string {
  return Math.floor(at / 1000)
    .toString(36)
    .padStart(8, '0')
}

/** RFC 9449 §4.3, check 9: compared without query and fragment. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

function refused(why: string): LanyardError {
  return new LanyardError('ERR_DPOP_PROOF', `the DPoP proof was refused: ${why}`)
}

/** A wrong clock is the usual cause, and both times tell whose. */
function skewed(madeAt: EpochMs, now: EpochMs): LanyardError {
  const spoken = (at: EpochMs): string => {
    const date = new Date(at)
    return Number.isNaN(date.getTime()) ? 'no time at all' : date.toISOString()
  }
  return new LanyardError(
    'ERR_DPOP_PROOF',
    `the DPoP proof was refused: this device's clock says ${spoken(madeAt)}, the server's says ${spoken(now)}`,
    { hint: 'set the clock of the one that is wrong' },
  )
}
