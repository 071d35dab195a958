import { isIP } from 'node:net'
import type { Context } from 'koa'

export interface PagePolicyOptions {
  /**
   * Where else the page's forms may lead, beside this server: Chromium holds redirects after a form to this directive too. Origins or
   * schemes, from the registry and never from the request.
   */
  readonly formAction?: readonly string[]
  /** True for a page with a script: a file of ours, never inline. */
  readonly script?: boolean
}

const sourceExpression =
  /^[a-z][a-z\d+.-]*:(?:\/\/(?:[a-z\d.-]+|\[[\da-f:.]+\])(?::(?:\d+|\*))?)?$/i

const fixedHeaders = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), serial=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

/**
 * The headers of every page: no script unless it is said, nothing from elsewhere, no framing, no caching, no referrer.
 * @throws TypeError for a form action that is not an origin or a scheme.
 */
export function setPagePolicy(
  ctx: Context,
  { formAction = [], script = false }: PagePolicyOptions = {},
): void {
  for (const source of formAction) {
    if (!sourceExpression.test(source)) throw new TypeError(`"${source}" is not an origin`)
  }
  ctx.set(fixedHeaders)
  ctx.set('Content-Security-Policy', contentSecurityPolicy(formAction, script))
  if (wantsStrictTransport(ctx)) ctx.set('Strict-Transport-Security', 'max-age=31536000')
}

function contentSecurityPolicy(formAction: readonly string[], script: boolean): string {
  return [
    "default-src 'none'",
    ...(script ? ["script-src 'self'"] : []),
    "style-src 'self'",
    "img-src 'self'",
    ["form-action 'self'", ...formAction].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** RFC 6797 §8.1.1: never for an address; and on localhost it would lock a developer out of every other port. */
function wantsStrictTransport(ctx: Context): boolean {
  if (ctx.req.headers['x-forwarded-proto'] !== 'https') return false
  const host = (ctx.req.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return host !== 'localhost' && !host.endsWith('.localhost') && isIP(host) === 0
}
