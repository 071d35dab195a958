/** Authenticators in software: passkeys whose every answer can be bent, and the app that shows one-time codes. */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

/** What an answer says in place of the truth. */
export interface Bent {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  readonly counter?: number
  readonly userHandle?: string | undefined
  /** The credential that it claims to be. */
  readonly id?: string
  /** Made with another's key. */
  readonly signedBy?: Passkey
}

/** Bits of authenticator data (WebAuthn §6.1). */
const UP = 0x01
const UV = 0x04
const BE = 0x08
const BS = 0x10
const AT = 0x40

/** One passkey of one person, at the site whose origin it was made at. */
export class Passkey {
  readonly id: string
  counter: number
  readonly #origin: string
  readonly #algorithm: Algorithm
  readonly #publicKey: KeyObject
  readonly #privateKey: KeyObject
  #userHandle: string | undefined

  constructor(origin: string, { algorithm = 'ES256', counter = 0, id }: PasskeyOptions = {}) {
    this.#origin = origin
    this.#algorithm = algorithm
    const { publicKey, privateKey } = generateKeys(algorithm)
    this.#publicKey = publicKey
    this.#privateKey = privateKey
    this.counter = counter
    this.id = id ?? randomBytes(16).toString('base64url')
  }

  /** `navigator.credentials.create` */
  create(
    options: PublicKeyCredentialCreationOptionsJSON,
    bent: Bent = {},
  ): RegistrationResponseJSON {
    this.#userHandle = options.user.id
    const credentialId = Buffer.from(this.id, 'base64url')
    const authData = Buffer.concat([
      this.#authenticatorData(options.rp.id ?? '', bent, AT),
      Buffer.alloc(16),
      uint16(credentialId.length),
      credentialId,
      encode(coseOf(this.#algorithm, this.#publicKey)),
    ])
    const attestation = new Map<CborKey, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return {
      ...this.#envelope(bent),
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options.challenge, bent).toString(
          'base64url',
        ),
        attestationObject: encode(attestation).toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  /** `navigator.credentials.get` */
  get(options: PublicKeyCredentialRequestOptionsJSON, bent: Bent = {}): AuthenticationResponseJSON {
    if (this.counter > 0) this.counter += 1
    const clientData = this.#clientData('webauthn.get', options.challenge, bent)
    const authenticatorData = this.#authenticatorData(options.rpId ?? '', bent)
    const signed = Buffer.concat([
      authenticatorData,
      createHash('sha256').update(clientData).digest(),
    ])
    const handle = 'userHandle' in bent ? bent.userHandle : this.#userHandle
    return {
      ...this.#envelope(bent),
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: (bent.signedBy ?? this).#sign(signed).toString('base64url'),
        ...(handle === undefined ? {} : { userHandle: handle }),
      },
    }
  }

  #envelope({ id = this.id }: Bent) {
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const
  }

  #clientData(type: string, challenge: string, bent: Bent): Buffer {
    const said = { type, challenge, origin: this.#origin, crossOrigin: false }
    const { type: t = type, challenge: c = challenge, origin = this.#origin } = bent
    return Buffer.from(
      JSON.stringify({
        ...said,
        type: t,
        challenge: c,
        origin,
        crossOrigin: bent.crossOrigin ?? false,
      }),
    )
  }

  #authenticatorData(rpId: string, bent: Bent, more = 0): Buffer {
    const { userPresent = true, userVerified = true, counter = this.counter } = bent
    const flags = (userPresent ? UP : 0) | (userVerified ? UV : 0) | BE | BS | more
    return Buffer.concat([
      createHash('sha256')
        .update(bent.rpId ?? rpId)
        .digest(),
      Buffer.from([flags]),
      uint32(counter),
    ])
  }

  #sign(data: Buffer): Buffer {
    return sign(this.#algorithm === 'EdDSA' ? null : 'sha256', data, this.#privateKey)
  }
}

interface PasskeyOptions {
  readonly algorithm?: Algorithm
  /** 0 for an authenticator that never counts. */
  readonly counter?: number
  readonly id?: string
}

/** The code that an authenticator app shows (RFC 6238, RFC 4226 §5.3), written without the server's library. */
export function codeAt(base32: string, now: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const mac = createHmac('sha1', fromBase32(base32)).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return `${(mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000}`.padStart(6, '0')
}

function fromBase32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...text].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

function generateKeys(algorithm: Algorithm) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: 2_048 })
}

/** RFC 9053 §7.1, RFC 8230 §4 */
function coseOf(algorithm: Algorithm, key: KeyObject): Map<CborKey, Cbor> {
  const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' })
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  if (algorithm === 'ES256') {
    return new Map<CborKey, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ])
  }
  if (algorithm === 'EdDSA') {
    return new Map<CborKey, Cbor>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ])
  }
  return new Map<CborKey, Cbor>([
    [1, 3],
    [3, -257],
    [-1, bytes(n)],
    [-2, bytes(e)],
  ])
}

type CborKey = string | number
type Cbor = CborKey | Buffer | Map<CborKey, Cbor>

/** As much of RFC 8949 as an attestation needs. */
function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const pairs = [...value].map(([key, each]) => Buffer.concat([encode(key), encode(each)]))
  return Buffer.concat([head(5, value.size), ...pairs])
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count])
  if (count < 256) return Buffer.from([(major << 5) | 24, count])
  return Buffer.concat([Buffer.from([(major << 5) | 25]), uint16(count)])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
