/** A cookie of Lanyard's own, as `Set-Cookie` carries it. */
export interface OwnCookie {
  /** With the prefix that browsers hold to rules. */
  readonly name: string
  /** The header's value. */
  header(value: string): string
}

/**
 * For this issuer's path alone, out of reach of scripts, `Secure` where the issuer is. Not by Koa's cookies: they refuse `Secure` on a
 * connection whose TLS ended at a proxy. RFC 6265bis §4.1.3: `__Host-` needs Path=/, which an issuer with a path must not take
 * from its neighbours.
 */
export function ownCookie(
  issuer: URL,
  name: string,
  { maxAgeSeconds }: { readonly maxAgeSeconds?: number } = {},
): OwnCookie {
  const secure = issuer.protocol === 'https:'
  const path = issuer.pathname.replace(/\/$/, '') || '/'
  const prefix = secure ? (path === '/' ? '__Host-' : '__Secure-') : ''
  const attributes = [
    `Path=${path}`,
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${maxAgeSeconds}`]),
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ].join('; ')
  return {
    name: prefix + name,
    header: (value) => `${prefix}${name}=${value}; ${attributes}`,
  }
}
