import type { webcrypto } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import { LanyardError } from '../errors/index.ts'
import { parseUniqueObject } from '../kubernetes/index.ts'

const MAX_KEYS = 100

/** The public keys of an issuer that could sign its tokens. */
export type KeySet = readonly JWK[]

/** Members of a public key (RFC 7518 §6.2.1, §6.3.1); whatever else stands there is left behind. */
const PUBLIC = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'] } as const
const CURVES: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
}

/** @throws LanyardError ERR_KEYS_INVALID */
export function parseKeySet(text: string): KeySet {
  const keys = parseUniqueObject(text)?.['keys']
  if (!Array.isArray(keys)) throw invalid('it is no JSON Web Key Set')
  if (keys.length > MAX_KEYS) throw invalid(`it holds more than ${MAX_KEYS} keys`)
  const usable = keys.flatMap((key: unknown) => publicKeyOf(key) ?? [])
  if (usable.length === 0) throw invalid('no key in it could sign a token')
  return usable
}

/** RFC 7517 §4: what is for something else, or of a kind that is not taken, is passed over. */
function publicKeyOf(key: unknown): JWK | null {
  if (typeof key !== 'object' || key === null) return null
  const given = key as Record<string, unknown>
  const { kty, kid, alg, use, key_ops: operations } = given
  if (kty !== 'RSA' && kty !== 'EC') return null
  if (use !== undefined && use !== 'sig') return null
  if (Array.isArray(operations) && !operations.includes('verify')) return null
  if (
    (kid !== undefined && typeof kid !== 'string') ||
    PUBLIC[kty].some((name) => typeof given[name] !== 'string')
  ) {
    return null
  }
  return {
    kty,
    ...Object.fromEntries(PUBLIC[kty].map((name) => [name, given[name]])),
    ...(kid === undefined ? {} : { kid }),
    ...(typeof alg === 'string' ? { alg } : {}),
  }
}

/** The keys that may have signed a token with this header: its `kid`, its algorithm and no other. */
export function keysFor(
  keys: KeySet,
  { kid, alg }: { readonly kid: unknown; readonly alg: string },
): JWK[] {
  return keys.filter(
    (key) =>
      (kid === undefined || key.kid === kid) &&
      (key.alg === undefined || key.alg === alg) &&
      (alg.startsWith('ES') ? key.kty === 'EC' && key.crv === CURVES[alg] : key.kty === 'RSA'),
  )
}

export async function importKey(jwk: JWK, alg: string): Promise<webcrypto.CryptoKey> {
  const key = await importJWK(jwk, alg)
  // jose's types allow for the secret of an HMAC, which no key here can be.
  if (key instanceof Uint8Array) throw new TypeError('a public key was expected')
  return key
}

function invalid(why: string): LanyardError {
  return new LanyardError('ERR_KEYS_INVALID', `the key set cannot be used: ${why}`)
}
