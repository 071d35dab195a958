import { createHmac } from 'node:crypto'
import type { Context } from 'koa'
import { ownCookie, sameText } from '../http/index.ts'

/** A cookie that says what we said, to nobody but us: it can be copied, and not changed. */
export interface SignedCookie<Value> {
  /** Null for none, and for one that is not ours. How old it may be is the reader's to judge. */
  read(ctx: Context): Value | null
  write(ctx: Context, value: Value): void
  clear(ctx: Context): void
}

/** `name` is the purpose that the signature is bound to; `salt` ends what was signed under another one. */
export function createSignedCookie<Value>(options: {
  readonly secret: Uint8Array
  readonly issuer: URL
  readonly name: string
  readonly maxAgeSeconds: number
  readonly salt?: string
}): SignedCookie<Value> {
  const { secret, issuer, name, maxAgeSeconds, salt = '' } = options
  const cookie = ownCookie(issuer, name, { maxAgeSeconds })
  const gone = ownCookie(issuer, name, { maxAgeSeconds: 0 })
  const sign = (text: string) =>
    createHmac('sha256', secret).update(`${name} ${salt} ${text}`).digest('base64url')
  return {
    read(ctx) {
      const [text = '', mac = '', ...rest] = (ctx.cookies.get(cookie.name) ?? '').split('.')
      if (rest.length > 0 || !sameText(mac, sign(text))) return null
      // The text is ours: its signature was checked.
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Value
    },
    write(ctx, value) {
      const text = Buffer.from(JSON.stringify(value)).toString('base64url')
      ctx.append('Set-Cookie', cookie.header(`${text}.${sign(text)}`))
    },
    clear(ctx) {
      ctx.append('Set-Cookie', gone.header(''))
    },
  }
}
