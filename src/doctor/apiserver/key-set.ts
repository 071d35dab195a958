import {
  constants,
  createPublicKey,
  type KeyObject,
  type JsonWebKey as NodeJwk,
  verify,
} from 'node:crypto'
import { fieldsOf, type GoJson, parseGoJson, textOf } from './go-json.ts'
import { decodeRawUrl, duplicateIn, type Jws } from './jws.ts'

/** One key of an issuer's JWKS. `key` is null where go-jose reads it and can verify nothing with it: a private or a symmetric one. */
export interface VerificationKey {
  readonly keyId: string
  readonly type: 'RSA' | 'EC' | 'OKP' | 'oct'
  readonly key: KeyObject | null
}

export type KeySetResult =
  | { readonly ok: true; readonly keys: readonly VerificationKey[] }
  /** The sentence for the first key that go-jose cannot read: it fails the whole set. */
  | { readonly ok: false; readonly error: string }

class KeyFault extends Error {}

/** Reads a JWKS as kube-apiserver does: one key that it does not know, and none is used. */
export function parseKeySet(body: string): KeySetResult {
  const parsed = parseGoJson(body)
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (value.kind === 'null') return { ok: true, keys: [] }
  if (value.kind !== 'object') {
    return {
      ok: false,
      error: `json: cannot unmarshal ${value.kind} into Go value of type jose.JSONWebKeySet`,
    }
  }
  const list = fieldsOf(value, 'keys').findLast(({ kind }) => kind !== 'null')
  if (list === undefined) return { ok: true, keys: [] }
  if (list.kind !== 'array') {
    return {
      ok: false,
      error: `json: cannot unmarshal ${list.kind} into Go struct field JSONWebKeySet.keys of type []jose.JSONWebKey`,
    }
  }
  try {
    return { ok: true, keys: list.items.filter(({ kind }) => kind !== 'null').map(readKey) }
  } catch (error) {
    if (error instanceof KeyFault) return { ok: false, error: error.message }
    throw error
  }
}

const texts = ['use', 'kty', 'kid', 'crv', 'alg', 'x5t', 'x5t#S256']
const buffers = ['k', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi']

function readKey(jwk: GoJson): VerificationKey {
  if (jwk.kind !== 'object') {
    throw new KeyFault(
      `json: cannot unmarshal ${jwk.kind} into Go value of type jose.rawJSONWebKey`,
    )
  }
  const duplicate = duplicateIn(jwk)
  if (duplicate !== null) throw new KeyFault(`json: duplicate key '${duplicate}' in object`)
  const member = (name: string) => jwk.members.find((each) => each.name === name)?.value
  const values = new Map<string, string>()
  for (const name of [...texts, ...buffers]) {
    const value = member(name)
    if (value === undefined || value.kind === 'null') continue
    if (value.kind !== 'string') {
      throw new KeyFault(
        texts.includes(name)
          ? `json: cannot unmarshal ${value.kind} into Go value of type string`
          : `json: cannot unmarshal ${value.kind} into Go value of type string`,
      )
    }
    const text = textOf(value)
    if (buffers.includes(name)) {
      const decoded = decodeRawUrl(text)
      if (!decoded.ok) throw new KeyFault(decoded.error)
    }
    values.set(name, text)
  }
  const type = values.get('kty') ?? ''
  const read = readers[type]
  if (read === undefined) {
    throw new KeyFault(`go-jose/go-jose: unknown json web key type '${type}'`)
  }
  return {
    keyId: values.get('kid') ?? '',
    type: type as VerificationKey['type'],
    key: read(values),
  }
}

type Members = ReadonlyMap<string, string>

const readers: Readonly<Record<string, (members: Members) => KeyObject | null>> = {
  RSA(members) {
    if (members.has('d')) return null
    const [n, e] = [members.get('n'), members.get('e')]
    if (n === undefined || e === undefined) {
      throw new KeyFault('go-jose/go-jose: invalid RSA key, missing n/e values')
    }
    return publicKey({ kty: 'RSA', n, e })
  },
  EC(members) {
    const crv = members.get('crv') ?? ''
    const size = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[crv]
    if (size === undefined) {
      throw new KeyFault(`go-jose/go-jose: unsupported elliptic curve '${crv}'`)
    }
    const [x, y] = [members.get('x'), members.get('y')]
    if (members.has('d')) return null
    if (x === undefined || y === undefined) {
      throw new KeyFault('go-jose/go-jose: invalid EC key, missing x/y values')
    }
    for (const [name, value] of Object.entries({ x, y })) {
      if (Buffer.from(value, 'base64url').length !== size) {
        throw new KeyFault(`go-jose/go-jose: invalid EC public key, wrong length for ${name}`)
      }
    }
    const key = publicKey({ kty: 'EC', crv, x, y })
    if (key === null) {
      throw new KeyFault('go-jose/go-jose: invalid EC key, X/Y are not on declared curve')
    }
    return key
  },
  OKP(members) {
    if (members.get('crv') !== 'Ed25519' || !members.has('x')) {
      throw new KeyFault(`go-jose/go-jose: unknown curve ${members.get('crv') ?? ''}'`)
    }
    // EdDSA is never among the accepted algorithms.
    return null
  },
  oct(members) {
    if (!members.has('k')) {
      throw new KeyFault('go-jose/go-jose: invalid OCT (symmetric) key, missing k value')
    }
    return null
  },
}

function publicKey(jwk: NodeJwk): KeyObject | null {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return null
  }
}

/**
 * True where this key made the token's signature. It is node:crypto's: jose refuses RSA keys of 1024 bits, keys whose `use` or
 * `alg` says otherwise, and salts of another length, all of which kube-apiserver takes.
 */
export function verifies(jws: Jws, { key, type }: VerificationKey): boolean {
  if (key === null || jws.critical === null) return false
  // RFC 7797 is the one extension that go-jose knows.
  if (jws.critical.some((name) => name !== 'b64')) return false
  const family = /^(RS|PS|ES)(256|384|512)$/.exec(jws.alg)
  if (family === null || (family[1] === 'ES') !== (type === 'EC')) return false
  const hash = `sha${family[2]}`
  if (family[1] === 'ES') {
    // go-jose looks at the signature's length and not at the curve.
    const size = { 256: 64, 384: 96, 512: 132 }[Number(family[2])]
    if (jws.signature.length !== size) return false
    return verify(hash, jws.signingInput, { key, dsaEncoding: 'ieee-p1363' }, jws.signature)
  }
  const padding = family[1] === 'PS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_AUTO
  return verify(hash, jws.signingInput, { key, padding, saltLength }, jws.signature)
}
