import { createHash, randomBytes, webcrypto } from 'node:crypto'
// Before the library, which looks for it while it loads.
import 'reflect-metadata'

import * as x509 from '@peculiar/x509'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { newSerial } from './serial.ts'
import { type NameFields, readName, writeName } from './subject.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** As Kubernetes' own signer: an apiserver whose clock is a little behind must not refuse what was just signed. */
const BACKDATE_MS = 5 * 60_000
/** ASN.1 counts whole seconds (RFC 5280 §4.1.2.5). */
const SECOND_MS = 1000
/** What every TLS stack takes in one handshake message, with room for the rest of it. */
const MAX_DER_BYTES = 12_288

/** A CA whose certificates are people to one cluster. */
export interface ClientAuthority {
  /** PEM. */
  readonly certificate: string
  /** PKCS #8 in DER. */
  readonly privateKey: Uint8Array
}

/** A client certificate, as its issuer and as kube-apiserver's audit log name it. */
export interface ClientCertificate {
  /** PEM. */
  readonly certificate: string
  /** Of the DER, in lower-case hex: the credential-id is `X509SHA256=` and this. */
  readonly sha256: string
  /** Hex. */
  readonly serial: string
  readonly notAfter: EpochMs
}

/** Makes the CA. By its own extended key usage nothing below it is good for a server. */
export async function makeClientAuthority(
  cluster: string,
  times: { readonly now: EpochMs; readonly notAfter: EpochMs },
): Promise<ClientAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    // Two CAs never share a name: software that looks issuers up by name would take one for the other.
    name: [
      { O: ['Lanyard'] },
      { CN: [`Lanyard client CA ${randomBytes(4).toString('hex')} for ${cluster}`.slice(0, 64)] },
    ],
    notBefore: new Date(times.now - BACKDATE_MS),
    notAfter: new Date(times.notAfter),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: new Uint8Array(pkcs8) }
}

/**
 * Signs a client certificate for a public key (SubjectPublicKeyInfo in DER). All that it says comes from here: nothing of a request.
 * @throws LanyardError ERR_CERTIFICATE_TOO_LARGE
 */
export async function signClientCertificate(
  authority: ClientAuthority,
  leaf: {
    readonly publicKey: Uint8Array
    readonly subject: NameFields
    readonly now: EpochMs
    readonly notAfter: EpochMs
  },
): Promise<ClientCertificate> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const pkcs8 = Buffer.from(authority.privateKey)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  const publicKey = new x509.PublicKey(Buffer.from(leaf.publicKey))
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: writeName(leaf.subject),
    issuer: issuer.subjectName,
    notBefore: new Date(wholeSeconds(leaf.now - BACKDATE_MS)),
    notAfter: new Date(wholeSeconds(Math.min(leaf.notAfter, issuer.notAfter.getTime()))),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  if (made.rawData.byteLength > MAX_DER_BYTES) {
    const bytes = made.rawData.byteLength
    throw new LanyardError(
      'ERR_CERTIFICATE_TOO_LARGE',
      `with ${leaf.subject.groups.length} groups the certificate has ${bytes} bytes: more than ${MAX_DER_BYTES}`,
      { hint: 'log in by token instead, or be in fewer groups' },
    )
  }
  const said = readName(made.subjectName)
  if (JSON.stringify(said) !== JSON.stringify(leaf.subject)) {
    throw new TypeError('the certificate does not say what it was to say')
  }
  return describe(made)
}

/** A certificate that somebody else signed, with what it says and the key that it is for. Throws ERR_CERTIFICATE_INVALID. */
export function readClientCertificate(
  pem: string,
): ClientCertificate & { readonly subject: NameFields | null; readonly publicKey: Uint8Array } {
  try {
    const certificate = new x509.X509Certificate(pem)
    return {
      ...describe(certificate),
      subject: readName(certificate.subjectName),
      publicKey: new Uint8Array(certificate.publicKey.rawData),
    }
  } catch (cause) {
    throw new LanyardError('ERR_CERTIFICATE_INVALID', 'what was signed is no certificate', {
      cause,
    })
  }
}

function describe(certificate: x509.X509Certificate): ClientCertificate {
  return {
    certificate: `${certificate.toString('pem')}\n`,
    sha256: createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex'),
    serial: certificate.serialNumber,
    notAfter: certificate.notAfter.getTime(),
  }
}

function wholeSeconds(time: EpochMs): EpochMs {
  return Math.floor(time / SECOND_MS) * SECOND_MS
}
