/**
 * http: Koa plumbing, the same for every page and every listener: who the peer is, which host we are, security headers, CSRF, forms,
 * the one writer of errors, static files.
 *
 * It owns the door: nothing behind it sees a forwarded header that an untrusted peer wrote, a Host that is not the issuer's, or a form
 * that was not parsed here. It knows no page, no user and no rule of the product; the error page is passed in as a function.
 */

export { createProxyMatcher, type ProxyMatcher } from './addresses.ts'
export { type Asset, type Assets, createAssets } from './assets.ts'
export { type Csrf, createCsrf } from './csrf.ts'
export { errorStatus } from './error-status.ts'
export {
  type ErrorLog,
  type ErrorPage,
  type ErrorWriterOptions,
  errorWriter,
} from './error-writer.ts'
export { type Form, readForm } from './form.ts'
export { readJsonText, sendJson } from './json.ts'
export { koaErrors } from './koa-errors.ts'
export { drain, listen } from './listening.ts'
export { type OwnCookie, ownCookie } from './own-cookie.ts'
export { type PagePolicyOptions, setPagePolicy } from './page-policy.ts'
export { admitRequest, byOfRequest, type Peer, peerOf } from './peer.ts'
export { sameText } from './same-text.ts'
export { sentenceOf } from './sentence.ts'
