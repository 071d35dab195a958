import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

const maxLength = 2000
const maxCount = 20
const loopbackHosts = ['127.0.0.1', '[::1]', 'localhost']

/**
 * Where a cluster's public native client may be sent: RFC 8252 §7.3 lets the port vary, and nothing else. Clients differ in
 * path and host (kubelogin: `http://localhost:8000`; others end in `/` or `/callback`), and each form matches itself alone.
 */
export const loopbackRedirectUris: readonly string[] = loopbackHosts.flatMap((host) =>
  ['', '/', '/callback'].map((path) => `http://${host}${path}`),
)

/** The plugin's listener: the literal address alone (RFC 8252 §8.3). */
export const kubectlRedirectUris: readonly string[] = ['http://127.0.0.1/callback']

/** Whether a redirect stays on the machine that it leaves from: plain HTTP to a loopback host, at any port. */
export function isLoopbackRedirect({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && loopbackHosts.includes(hostname)
}

/**
 * Redirect URIs that an admin registers: compared byte for byte later, so each must already be in the form that a browser
 * would give it. That form has no dot segments, no default port, no upper-case host.
 *
 * @throws LanyardError ERR_REDIRECT_URI_INVALID
 */
export function parseRedirectUris(
  uris: readonly string[],
  { atLeastOne }: { readonly atLeastOne: boolean },
): string[] {
  if (atLeastOne && uris.length === 0) {
    throw new LanyardError('ERR_REDIRECT_URI_INVALID', 'an application needs a redirect URI', {
      hint: 'lanyard application add NAME --redirect-uri https://…',
    })
  }
  if (uris.length > maxCount) {
    throw new LanyardError(
      'ERR_REDIRECT_URI_INVALID',
      `${uris.length} redirect URIs are more than ${maxCount}`,
    )
  }
  for (const uri of uris) {
    const fault = redirectUriFault(uri)
    if (fault !== null) {
      throw new LanyardError('ERR_REDIRECT_URI_INVALID', `redirect URI ${quoteName(uri)} ${fault}`)
    }
  }
  return [...new Set(uris)]
}

/**
 * Where an application hears that a login ended (OpenID Connect Back-Channel Logout §2.2): Lanyard itself asks there, so it is
 * https, or this very machine.
 *
 * @throws LanyardError ERR_LOGOUT_URI_INVALID
 */
export function parseBackchannelLogoutUri(uri: string | null): string | null {
  if (uri === null) return null
  const fault = redirectUriFault(uri)
  if (fault === null) return uri
  throw new LanyardError(
    'ERR_LOGOUT_URI_INVALID',
    `back-channel logout URI ${quoteName(uri)} ${fault}`,
  )
}

function redirectUriFault(uri: string): string | null {
  if (uri.length > maxLength) return `is longer than ${maxLength} characters`
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'may hold printable ASCII only'
  if (!URL.canParse(uri)) return 'is not an absolute URL'
  const url = new URL(uri)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (uri.includes('#')) return 'must have no fragment'
  if (url.username !== '' || url.password !== '' || uri.includes('@')) return 'must name no user'
  if (uri.includes('*')) return 'must have no wildcard'
  if (uri.includes('\\') || /%(?:2f|5c|00)/i.test(url.pathname)) {
    return 'must hide no slash in its path'
  }
  if (url.protocol === 'http:' && !isLoopbackRedirect(url)) {
    return 'must begin with https:// unless it names this very machine'
  }
  if (url.href !== uri && url.href !== `${uri}/`) return `must be written ${quoteName(url.href)}`
  return null
}
