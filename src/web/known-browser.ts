import { createHmac, randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { canonicalName, type KnownBrowser, type Subject } from '../directory/index.ts'
import type { Clock, UserId } from '../errors/index.ts'
import { ownCookie, sameText } from '../http/index.ts'

/**
 * Decision 18: a browser that once signed somebody in keeps a failure budget of its own for that account, so that they get in while
 * somebody else hammers it. The cookie proves nothing else: it signs nobody in.
 */
export interface KnownBrowsers {
  /** What this browser knows of the account that was typed. */
  find(ctx: Context, typedUsername: string): KnownBrowser | null
  /** After a full sign-in. */
  remember(ctx: Context, subject: Subject): void
}

export interface KnownBrowserOptions {
  readonly secret: Uint8Array
  readonly issuer: URL
  readonly clock: Clock
}

interface Entry {
  /** HMAC of the username: finds the account without a lookup that would take longer for those that exist. */
  readonly tag: string
  readonly id: string
  readonly userId: string
  readonly issuedAt: number
}

const LONGEST_LIFE_MS = 180 * 24 * 3_600_000
/** How many accounts one browser is known for; the oldest is forgotten. */
const MOST = 4

export function createKnownBrowsers({ secret, issuer, clock }: KnownBrowserOptions): KnownBrowsers {
  const cookie = ownCookie(issuer, 'lanyard-known', { maxAgeSeconds: LONGEST_LIFE_MS / 1000 })
  const hmac = (purpose: string, text: string) =>
    createHmac('sha256', secret).update(`known-browser ${purpose} ${text}`).digest('base64url')
  const tagOf = (username: string) => hmac('account', username).slice(0, 22)

  function entriesOf(ctx: Context): Entry[] {
    const [text = '', mac = '', ...rest] = (ctx.cookies.get(cookie.name) ?? '').split('!')
    if (rest.length > 0 || !sameText(mac, hmac('cookie', text))) return []
    const oldest = clock() - LONGEST_LIFE_MS
    return text
      .split('~')
      .flatMap(parseEntry)
      .filter((entry) => entry.issuedAt > oldest)
  }

  return {
    find(ctx, typedUsername) {
      const username = canonicalOrNull(typedUsername)
      if (username === null) return null
      const tag = tagOf(username)
      const entry = entriesOf(ctx).find((candidate) => candidate.tag === tag)
      return entry === undefined ? null : { id: entry.id, userId: entry.userId as UserId }
    },
    remember(ctx, { userId, username }) {
      const entries = entriesOf(ctx)
      const known = entries.find((entry) => entry.userId === userId)
      const entry: Entry = {
        tag: tagOf(username),
        id: known?.id ?? randomBytes(16).toString('base64url'),
        userId,
        issuedAt: clock(),
      }
      const others = entries.filter((other) => other.userId !== userId)
      const text = [entry, ...others].slice(0, MOST).map(formatEntry).join('~')
      ctx.append('Set-Cookie', cookie.header(`${text}!${hmac('cookie', text)}`))
    },
  }
}

const formatEntry = ({ tag, id, userId, issuedAt }: Entry) => [tag, id, userId, issuedAt].join('.')

/** The text is ours: its signature was checked. */
function parseEntry(text: string): Entry[] {
  const [tag, id, userId, issuedAt] = text.split('.')
  if (tag === undefined || id === undefined || userId === undefined) return []
  return [{ tag, id, userId, issuedAt: Number(issuedAt) }]
}

function canonicalOrNull(username: string): string | null {
  try {
    return canonicalName('user', username)
  } catch {
    return null
  }
}
