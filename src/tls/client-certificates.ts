/** What makes, signs and reads client certificates: loaded together, because the X.509 library comes with them. */
export { readCertificateRequest } from './certificate-request.ts'
export {
  makeClientAuthority,
  readClientCertificate,
  signClientCertificate,
} from './client-authority.ts'
