import { goQuote } from './go-json.ts'

/** What Kubernetes looks at in an issuer's URL. */
export interface GoUrl {
  readonly scheme: string
  readonly hasUser: boolean
  readonly query: string
  readonly fragment: string
}

export type GoUrlResult =
  | { readonly ok: true; readonly url: GoUrl }
  | { readonly ok: false; readonly error: string }

/** Go's net/url.Parse, with its sentences. It takes much that a browser refuses, and the other way round. */
export function parseGoUrl(text: string): GoUrlResult {
  const hash = text.indexOf('#')
  const bare = hash < 0 ? text : text.slice(0, hash)
  const fragment = hash < 0 ? '' : text.slice(hash + 1)
  const fault = faultOf(bare)
  if (fault !== null) return { ok: false, error: `parse ${goQuote(bare)}: ${fault}` }
  const scheme = schemeOf(bare)
  const question = bare.indexOf('?')
  const query = question < 0 ? '' : bare.slice(question + 1)
  const authority = authorityOf(
    bare.slice(scheme === '' ? 0 : scheme.length + 1).split('?')[0] ?? '',
  )
  return { ok: true, url: { scheme, hasUser: authority.includes('@'), query, fragment } }
}

function schemeOf(text: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase() ?? ''
}

function authorityOf(rest: string): string {
  return rest.startsWith('//') ? (rest.slice(2).split('/')[0] ?? '') : ''
}

function faultOf(text: string): string | null {
  if (/\p{Cc}/u.test(text) && [...text].some((c) => c < ' ' || c === '\u007f')) {
    return 'net/url: invalid control character in URL'
  }
  if (text.startsWith(':')) return 'missing protocol scheme'
  const scheme = schemeOf(text)
  const rest = (scheme === '' ? text : text.slice(scheme.length + 1)).split('?')[0] ?? ''
  if (scheme === '' && !rest.startsWith('/') && (rest.split('/')[0] ?? '').includes(':')) {
    return 'first path segment in URL cannot contain colon'
  }
  const authority = authorityOf(rest)
  const path = rest.startsWith('//') ? rest.slice(2 + authority.length) : rest
  return hostFault(authority.slice(authority.lastIndexOf('@') + 1)) ?? escapeFault(path)
}

function hostFault(host: string): string | null {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']')
    if (end < 0) return "missing ']' in host"
    const port = host.slice(end + 1)
    return port === '' || /^:\d*$/.test(port) ? null : `invalid port ${goQuote(port)} after host`
  }
  const colon = host.lastIndexOf(':')
  const port = colon < 0 ? '' : host.slice(colon)
  if (port !== '' && !/^:\d*$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const wrong = /[^A-Za-z0-9\-_.~$&+,/:;=?@!()*'[\]<>"%\u0080-\u{10ffff}]/u.exec(host)?.[0]
  if (wrong !== undefined) return `invalid character ${goQuote(wrong)} in host name`
  return escapeFault(host)
}

function escapeFault(text: string): string | null {
  const found = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0]
  return found === undefined ? null : `invalid URL escape ${goQuote(found)}`
}
