/**
 * tls: the server's certificate: from its own CA, or from the files that the configuration names, and again when they change. And
 * how a client certificate is made, signed and read; for whom is not its business.
 *
 * It is the only importer of the X.509 library, which is loaded when a certificate has to be made and not before. It opens no socket:
 * the listener is given PEM.
 */
export type { CertificateRequest } from './certificate-request.ts'
export type { ClientAuthority, ClientCertificate } from './client-authority.ts'
export { ensureTls, type TlsMaterial, type TlsOptions, type TlsSettings } from './ensure.ts'
export type { NameFields } from './subject.ts'
export { type WatchOptions, watchTls } from './watch.ts'

/** Client certificates, with the X.509 library behind them. */
export const openClientCertificates = () => import('./client-certificates.ts')
