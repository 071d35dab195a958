import { LanyardError } from '../errors/index.ts'

/**
 * An issuer as a person types it, in the one form that everything else uses: https, no trailing slash. A missing scheme is https.
 *
 * @throws LanyardError ERR_ISSUER_INVALID
 */
export function parseIssuer(input: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(input) ? input : `https://${input}`
  if (!URL.canParse(text)) {
    throw new LanyardError('ERR_ISSUER_INVALID', `"${input}" is not an address`)
  }
  const url = new URL(text)
  if (url.protocol !== 'https:') {
    throw new LanyardError('ERR_ISSUER_INVALID', `issuer "${input}" does not begin with https://`)
  }
  // OpenID Connect Discovery 1.0 §3: an issuer has neither query nor fragment.
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new LanyardError(
      'ERR_ISSUER_INVALID',
      `issuer "${url.origin}" was given with a query, a fragment or a user name, and an issuer has none`,
    )
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
