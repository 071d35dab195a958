import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Whom a request says that it is for; nobody at all where Lanyard says it. */
export interface RequestSubject {
  readonly username: string
  readonly groups: readonly string[]
}

/** A fresh P-256 key and a request for it, both in PEM. The key is made here and never leaves this device. */
export interface KeyAndRequest {
  readonly key: string
  readonly csr: string
}

// X.690 §8.1 and the universal tags of §8.2 to §8.14 that a request needs.
const INTEGER_ZERO = Buffer.from([0x02, 0x01, 0x00])
const TAG = { sequence: 0x30, set: 0x31, bitString: 0x03, utf8String: 0x0c, attributes: 0xa0 }
/** 2.5.4.3, 2.5.4.10 and ecdsa-with-SHA256 (RFC 5758 §3.2), in DER. */
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ORGANIZATION = Buffer.from('060355040a', 'hex')
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

/**
 * Makes the request (RFC 2986 §4) by hand: five fixed members around what node:crypto gives in DER. The X.509 library would be
 * half of all that the plugin loads.
 */
export function createKeyAndRequest(subject: RequestSubject | null): KeyAndRequest {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const info = wrap(
    TAG.sequence,
    INTEGER_ZERO,
    writeName(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    wrap(TAG.attributes),
  )
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    csr: toPem(wrap(TAG.sequence, info, ECDSA_SHA256, signatureOf(info, privateKey))),
  }
}

function signatureOf(info: Buffer, key: KeyObject): Buffer {
  const unusedBits = Buffer.from([0])
  return wrap(TAG.bitString, unusedBits, sign('sha256', info, { key, dsaEncoding: 'der' }))
}

function writeName(subject: RequestSubject | null): Buffer {
  if (subject === null) {
    return wrap(TAG.sequence)
  }
  const part = (type: Buffer, value: string) =>
    wrap(TAG.set, wrap(TAG.sequence, type, wrap(TAG.utf8String, Buffer.from(value))))
  return wrap(
    TAG.sequence,
    part(COMMON_NAME, subject.username),
    ...subject.groups.map((group) => part(ORGANIZATION, group)),
  )
}

function wrap(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body), body])
}

/** X.690 §10.1: the definite form, in the fewest octets. */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) {
    return Buffer.from([length])
  }
  const octets = Buffer.from(
    length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'),
    'hex',
  )
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets])
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
