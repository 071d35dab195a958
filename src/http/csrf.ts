import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { LanyardError } from '../errors/index.ts'
import type { Form } from './form.ts'
import { ownCookie } from './own-cookie.ts'
import { sameText } from './same-text.ts'

export interface Csrf {
  /** The value of the form's `csrf` field. Gives the browser its cookie when it has none. */
  token(ctx: Context): string
  /** @throws LanyardError ERR_CSRF unless this server's own page, in this browser, sent the form. */
  verify(ctx: Context, form: Form): void
}

export interface CsrfOptions {
  /** 32 bytes, for this purpose alone. */
  readonly secret: Uint8Array
  readonly issuer: URL
  /** Without the prefix that browsers hold to rules. */
  readonly cookieName?: string
}

const seedPattern = /^[\w-]{22}$/

/** Two guards that fail apart: where the browser says the form came from, and a token bound to a cookie of this browser. */
export function createCsrf({ secret, issuer, cookieName = 'lanyard-csrf' }: CsrfOptions): Csrf {
  const cookie = ownCookie(issuer, cookieName)
  const fresh = new WeakMap<IncomingMessage, string>()
  const sign = (seed: string): string =>
    createHmac('sha256', secret).update(`csrf ${seed}`).digest('base64url')

  function seedOf(ctx: Context): string | undefined {
    const seed = fresh.get(ctx.req) ?? ctx.cookies.get(cookie.name)
    return seed !== undefined && seedPattern.test(seed) ? seed : undefined
  }

  return {
    token(ctx) {
      let seed = seedOf(ctx)
      if (seed === undefined) {
        seed = randomBytes(16).toString('base64url')
        fresh.set(ctx.req, seed)
        ctx.append('Set-Cookie', cookie.header(seed))
      }
      return sign(seed)
    },
    verify(ctx, form) {
      const seed = seedOf(ctx)
      const token = form.get('csrf')
      const ours = comesFromUs(ctx.req, issuer.origin)
      if (!ours || seed === undefined || token === undefined || !sameText(token, sign(seed))) {
        throw new LanyardError('ERR_CSRF', 'this form was not sent from a page of this server', {
          hint: 'go back, load the page again and send it once more; cookies must be allowed',
        })
      }
    },
  }
}

/**
 * A page under `Referrer-Policy: no-referrer` posts its forms with `Origin: null` (Fetch §3.2, "append a request Origin header"), as a
 * sandboxed frame elsewhere does. So `null` counts only beside `Sec-Fetch-Site: same-origin`, which no script can set.
 */
function comesFromUs({ headers }: IncomingMessage, ourOrigin: string): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === ourOrigin) return true
  return site === 'same-origin' && (origin === undefined || origin === 'null')
}
