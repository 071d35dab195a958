import { createPublicKey, type KeyObject, verify } from 'node:crypto'
// Before the library, which looks for it while it loads.
import 'reflect-metadata'

import * as x509 from '@peculiar/x509'
import { LanyardError } from '../errors/index.ts'
import { type NameFields, readName } from './subject.ts'

/** An RSA key of 4,096 bits with a long subject is a third of it. */
const MAX_PEM_CHARACTERS = 16_384
const PEM =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----\s([A-Za-z0-9+/=\s]+)-----END \1?CERTIFICATE REQUEST-----\s*$/
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384' }
const RSA_BITS = { least: 2048, most: 4096 } as const
const HASHES: Readonly<Record<string, string>> = {
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

/** What a PKCS #10 request proves: that whoever made it holds the private half of this key. */
export interface CertificateRequest {
  /** SubjectPublicKeyInfo in DER, in one spelling whatever the request had. */
  readonly publicKey: Uint8Array
  /** `P-256`, `P-384` or `RSA 3072`. */
  readonly keyName: string
  /** What the request says of its maker: nobody has checked it. Null for what no client certificate of Kubernetes has. */
  readonly claimed: NameFields | null
  /** Whether it asks for extensions or holds any other attribute. */
  readonly hasAttributes: boolean
  readonly pem: string
}

/**
 * Reads a certificate request (RFC 2986) and verifies its signature. What it says of its maker is read and trusted by nobody.
 * @throws LanyardError ERR_CSR_INVALID, ERR_CSR_KEY
 */
export function readCertificateRequest(pem: string): CertificateRequest {
  const der = readDer(pem)
  const request = parse(der)
  const key = readKey(request)
  const keyName = nameKey(key)
  verifySignature(der, key, request)
  return {
    publicKey: inOneSpelling(key, request),
    keyName,
    claimed: readName(request.subjectName),
    hasAttributes: request.attributes.length > 0,
    pem: `-----BEGIN CERTIFICATE REQUEST-----\n${der
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE REQUEST-----\n`,
  }
}

function readDer(pem: string): Buffer {
  if (pem.length > MAX_PEM_CHARACTERS) {
    throw invalid(`is longer than ${MAX_PEM_CHARACTERS} characters`)
  }
  const base64 = PEM.exec(pem)?.[2]?.replace(/\s/g, '')
  if (base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw invalid('is not one PKCS #10 request in PEM')
  }
  const der = Buffer.from(base64, 'base64')
  if (sequenceLength(der) !== der.length) throw invalid('is cut off, or has more behind it')
  return der
}

/** The length that the outermost SEQUENCE says it has, its head included (X.690 §8.1.3); 0 where it is none. */
function sequenceLength(der: Buffer): number {
  const [tag, first = 0] = der
  if (tag !== 0x30) return 0
  if (first < 0x80) return 2 + first
  const octets = first & 0x7f
  if (octets < 1 || octets > 2 || der.length < 2 + octets) return 0
  return 2 + octets + der.readUIntBE(2, octets)
}

function parse(der: Buffer): x509.Pkcs10CertificateRequest {
  try {
    const request = new x509.Pkcs10CertificateRequest(der)
    // Each is read from the structure when first asked for: whatever is wrong with it is found here.
    void [request.subjectName, request.attributes, request.signatureAlgorithm, request.publicKey]
    return request
  } catch (error) {
    throw invalid('is not a PKCS #10 request', error)
  }
}

function readKey(request: x509.Pkcs10CertificateRequest): KeyObject {
  try {
    const key = Buffer.from(request.publicKey.rawData)
    return createPublicKey({ key, format: 'der', type: 'spki' })
  } catch (error) {
    throw invalid('holds no public key that can be read', error)
  }
}

/**
 * By way of a JWK, which has one spelling for a point and a number: whatever DER it came in, one key is one key. Only a curve that is
 * spelt out, which RFC 5480 §2.1.1 forbids and which certificates were forged by, is longer than that.
 */
function inOneSpelling(key: KeyObject, request: x509.Pkcs10CertificateRequest): Uint8Array {
  const named = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
  const der = named.export({ format: 'der', type: 'spki' })
  if (request.publicKey.rawData.byteLength > der.length) throw weak('a curve without its name')
  return der
}

/** @throws LanyardError ERR_CSR_KEY for everything but the pinned kinds. */
function nameKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve = '', modulusLength = 0, publicExponent } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec') {
    const curve = CURVES[namedCurve]
    if (curve !== undefined) return curve
    throw weak(`elliptic curve ${namedCurve === '' ? 'without a name' : namedCurve}`)
  }
  if (asymmetricKeyType !== 'rsa') throw weak(asymmetricKeyType ?? 'unknown')
  if (modulusLength < RSA_BITS.least || modulusLength > RSA_BITS.most) {
    throw weak(`RSA of ${modulusLength} bits`)
  }
  if (publicExponent !== 65_537n) throw weak('RSA with another exponent than 65537')
  return `RSA ${modulusLength}`
}

/**
 * RFC 2986 §4.2: the signature is the proof that the private key is there. OpenSSL judges it, which takes no other spelling of a
 * signature than DER.
 */
function verifySignature(
  der: Buffer,
  key: KeyObject,
  request: x509.Pkcs10CertificateRequest,
): void {
  const { name, hash } = request.signatureAlgorithm as { name?: string; hash?: { name: string } }
  const digest = HASHES[hash?.name ?? '']
  const fits = name === (key.asymmetricKeyType === 'ec' ? 'ECDSA' : 'RSASSA-PKCS1-v1_5')
  if (!fits || digest === undefined) throw invalid('is signed by an algorithm that is not taken')
  const signature = Buffer.from(request.signature)
  if (!verify(digest, signedPart(der), key, signature)) {
    throw invalid('is not signed by the key that it holds')
  }
}

/** The first of the three members of the outermost SEQUENCE, byte for byte. */
function signedPart(der: Buffer): Buffer {
  const first = der.readUInt8(1)
  const rest = der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f))
  return rest.subarray(0, sequenceLength(rest))
}

function invalid(why: string, cause?: unknown): LanyardError {
  return new LanyardError('ERR_CSR_INVALID', `the certificate request ${why}`, {
    hint: 'make a new key and a new request for it: kubectl lanyard certificate does both',
    cause,
  })
}

function weak(what: string): LanyardError {
  return new LanyardError(
    'ERR_CSR_KEY',
    `the key of the certificate request is not taken: ${what}`,
    {
      hint: `use ECDSA P-256 or P-384, or RSA of ${RSA_BITS.least} to ${RSA_BITS.most} bits`,
    },
  )
}
