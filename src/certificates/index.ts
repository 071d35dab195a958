/**
 * certificates: short-lived client certificates for people.
 *
 * It owns each cluster's client CA and the way to a cluster's own signer. It refuses to sign without an Admission, for longer
 * than asked, a key it does not trust, or the same key twice. Whether somebody may enter is `access`'s to say; what a request
 * says of its maker is nobody's.
 */
export { createCertificates } from './create-certificates.ts'
export { createSealed } from './sealed.ts'
export {
  type Authority,
  type CertificateAsk,
  type CertificateSubject,
  type Certificates,
  type EntryAsk,
  MAX_LIFETIME_SECONDS,
  type SignedCertificate,
  type SignerKind,
  type SignerState,
} from './types.ts'
