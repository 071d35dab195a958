import { randomBytes, webcrypto } from 'node:crypto'
// Before the library, which looks for it while it loads.
import 'reflect-metadata'

import * as x509 from '@peculiar/x509'
import writeFileAtomic from 'write-file-atomic'
import type { EpochMs } from '../errors/index.ts'
import type { Pair } from './files.ts'
import type { ServerNames } from './names.ts'
import { newSerial } from './serial.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000
/** A machine whose clock is a little behind must not refuse what was just made. */
const backdate = 5 * 60_000
const caLifetime = 3652 * day
/** Below 398 days: what the strictest clients take. */
const serverLifetime = 397 * day

export interface MadeFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** Makes the CA. It can sign certificates for servers and nothing below them. */
export async function makeCa(files: MadeFiles, host: string, now: EpochMs): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    // Two CAs never share a name: software that looks issuers up by name would take one for the other.
    name: [
      { O: ['Lanyard'] },
      { CN: [`Lanyard CA ${randomBytes(4).toString('hex')} for ${host}`.slice(0, 64)] },
    ],
    notBefore: new Date(now - backdate),
    notAfter: new Date(now + caLifetime),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await writePair(files, certificate, keys.privateKey)
}

/** Makes the server's certificate, signed by the CA. */
export async function makeServerCertificate(
  files: MadeFiles,
  ca: Pair,
  names: ServerNames,
  now: EpochMs,
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(ca.certificate)
  const pkcs8 = ca.privateKey.export({ format: 'der', type: 'pkcs8' })
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [names.dns[0]?.slice(0, 64) ?? 'Lanyard'] }],
    issuer: issuer.subjectName,
    notBefore: new Date(now - backdate),
    notAfter: new Date(Math.min(now + serverLifetime, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: 'dns' as const, value })),
        ...names.ip.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  await writePair(files, certificate, keys.privateKey)
}

async function writePair(
  { certificateFile, keyFile }: MadeFiles,
  certificate: x509.X509Certificate,
  privateKey: webcrypto.CryptoKey,
): Promise<void> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey)
  const keyPem = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')
  // The key first: a crash between the two leaves a pair that does not match, which the next start makes anew.
  await writeFileAtomic(keyFile, `${keyPem}\n`, { mode: 0o600 })
  await writeFileAtomic(certificateFile, `${certificate.toString('pem')}\n`, { mode: 0o644 })
}
