import { X509Certificate } from 'node:crypto'
import type { EpochMs } from '../errors/index.ts'

/** What the checks read of a certificate. */
export interface Certificate {
  /** On one line: `CN=localhost`. */
  readonly subject: string
  readonly issuer: string
  readonly isAuthority: boolean
  /** `DNS:id.example.com`, `IP:10.0.0.1`. */
  readonly names: readonly string[]
  readonly notBefore: EpochMs
  readonly notAfter: EpochMs
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string
  readonly x509: X509Certificate
}

/** The certificates of a PEM text, in order. Undefined where a block is none, or there is no block at all. */
export function readCertificates(pem: string): readonly Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.length === 0 ? undefined : blocks.map(readCertificate)
  } catch {
    return undefined
  }
}

function readCertificate(pem: string): Certificate {
  const x509 = new X509Certificate(pem)
  return {
    subject: x509.subject.replaceAll('\n', ', '),
    issuer: x509.issuer.replaceAll('\n', ', '),
    isAuthority: x509.ca,
    names: (x509.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .map((name) => name.replace(/^IP Address:/, 'IP:')),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    fingerprint: x509.fingerprint256,
    x509,
  }
}

/** True where the two PEM texts hold the same certificates, whatever stands around them. */
export function sameCertificates(one: string, other: string): boolean {
  const prints = (pem: string): string =>
    (readCertificates(pem) ?? [{ fingerprint: pem.trim() }])
      .map(({ fingerprint }) => fingerprint)
      .toSorted()
      .join()
  return prints(one) === prints(other)
}

/** `CN=lanyard, until 2026-08-01, SHA-256 AB:CD:…` */
export function describeCertificate(pem: string): string {
  const [first] = readCertificates(pem) ?? []
  if (first === undefined) return 'no certificate in PEM'
  return `${first.subject}, until ${day(first.notAfter)}, SHA-256 ${first.fingerprint.slice(0, 23)}…`
}

export function day(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** How long a certificate has yet, in words, by the days of UTC that stand beside it. */
export function endsIn(notAfter: EpochMs, now: EpochMs): string {
  if (notAfter < now) return 'has ended'
  if (day(notAfter) === day(now)) return 'ends today'
  const days = Math.floor((notAfter - now) / 86_400_000)
  return days < 2 ? 'ends in a day' : `ends in ${days} days`
}
