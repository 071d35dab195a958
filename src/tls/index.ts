/**
 * tls: the server's certificate: from its own CA, or from the files that the configuration names, and again when they change.
 *
 * It is the only importer of the X.509 library, which is loaded when a certificate has to be made and not before. It opens no socket:
 * the listener is given PEM.
 */
export { ensureTls, type TlsMaterial, type TlsOptions, type TlsSettings } from './ensure.ts'
export { type WatchOptions, watchTls } from './watch.ts'
