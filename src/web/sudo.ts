import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { type ActWords, type SudoView, sudoPage } from '../../views/index.ts'
import { AMR, factorsOf } from '../access/index.ts'
import { type Form, peerOf } from '../http/index.ts'
import { setRetryAfter, show, waitMinutes } from './answer.ts'
import type { Web } from './options.ts'
import { requirePasskey } from './passkey-proof.ts'
import { checkPassword } from './password.ts'
import type { Person } from './visitor.ts'

/** How long a sign-in stands for the person's presence. */
const FRESH_MS = 5 * 60_000

/** What this page asks and carries itself: no form that may end here has a field of these names. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...['csrf', 'current_password', 'current_code', 'passkey', 'use', 'confirmed'],
])

export interface Act extends ActWords {
  /** Where somebody goes who thinks better of it. */
  readonly cancel: `/${string}`
}

interface Asked {
  readonly person: Person
  readonly form: Form
  readonly act: Act
  /** Names the words of the act: who confirms has read these and no others. */
  readonly words: string
  readonly lack: Lack
}

/** What is wanted of the person before the act: nothing but that they read it, or a proof that it is them. */
interface Lack {
  readonly asks: SudoView['asks'] | 'passkey'
  readonly passkey: boolean
}

/**
 * Threat 30: whoever finds a browser that was left open does nothing dangerous with it. True where the person proved lately that it is
 * them, or does so with this very form; else the page that asks has been answered, and nothing may be done. A second factor that is set
 * up is asked for too. With `always` the words are shown and confirmed even to somebody who has just proved it.
 */
export async function requireFresh(
  ctx: Context,
  web: Web,
  person: Person,
  form: Form,
  act: Act,
  { always = false }: { readonly always?: boolean } = {},
): Promise<boolean> {
  const lack = await lackOf(web, person)
  const words = createHash('sha256').update(JSON.stringify(act)).digest('base64url')
  const asked: Asked = { person, form, act, words, lack }
  const confirmed = form.get('confirmed')
  if (lack.asks === 'nothing' && (!always || confirmed === words)) return true
  const isDue = lack.asks === 'passkey' && !always
  if (confirmed === undefined && !isDue) return ask(ctx, web, asked)
  if (confirmed !== undefined && confirmed !== words) {
    return ask(ctx, web, asked, { failure: 'changed', status: 409 })
  }
  const isMeant = form.get('use') === 'passkey' || form.has('passkey')
  if (lack.asks === 'passkey' || (lack.passkey && isMeant)) {
    const kept = new Map([...form].filter(([name]) => name === 'passkey' || isKept(name)))
    kept.set('confirmed', words)
    return (await requirePasskey(ctx, web, person, kept, act)) !== null
  }
  return provesItself(ctx, web, asked)
}

/** What the person here must show now. */
async function lackOf(web: Web, { session, subject }: Person): Promise<Lack> {
  const { passkeys, oneTimeCode } = await web.directory.factors.of(subject.userId)
  const hasSecond = passkeys.length > 0 || oneTimeCode
  // Written so that a time that is no number asks.
  const isNew = web.clock() - session.authenticatedAt <= FRESH_MS
  if (isNew && (!hasSecond || factorsOf(session.acr) !== 'any')) {
    return { asks: 'nothing', passkey: false }
  }
  const passkey = passkeys.length > 0
  if (!hasSecond) return { asks: 'password', passkey }
  return { asks: oneTimeCode ? 'password-and-code' : 'passkey', passkey }
}

/** Checks the password of the form, and the code where one is due; signs in anew where both are right. */
async function provesItself(ctx: Context, web: Web, asked: Asked): Promise<boolean> {
  const { person, form, lack } = asked
  const { username, userId } = person.subject
  const password = form.get('current_password') ?? ''
  const check = await checkPassword(ctx, web, { username, password })
  if (check.kind === 'failed') return ask(ctx, web, asked, check)
  if (lack.asks === 'password') {
    await web.issuer.browser.signIn(ctx, { subject: check.subject, amr: AMR.password })
    return true
  }
  const { address, requestId } = peerOf(ctx.req)
  const browser = web.knownBrowsers.find(ctx, username)
  const code = form.get('current_code') ?? ''
  const attempt = { userId, address, browser, requestId, code }
  const result = await web.directory.factors.oneTimeCodes.verify(attempt)
  if (result.kind === 'limited') {
    setRetryAfter(ctx, result.retryAfterMs)
    const failure = { waitMinutes: waitMinutes(result.retryAfterMs) }
    return ask(ctx, web, asked, { failure, status: 429 })
  }
  if (result.kind === 'wrong') return ask(ctx, web, asked, { failure: 'wrong', status: 400 })
  await web.issuer.browser.signIn(ctx, { subject: result.subject, amr: AMR.passwordAndCode })
  await web.directory.factors.completed(userId, browser)
  return true
}

function ask(
  ctx: Context,
  web: Web,
  { person, form, act, words, lack }: Asked,
  failed?: { readonly failure: SudoView['failure']; readonly status: number },
): false {
  const page = sudoPage(web.languages.siteFor(ctx), {
    action: ctx.path,
    csrf: web.csrf.token(ctx),
    username: person.subject.username,
    act,
    fields: new Map([...[...form].filter(([name]) => isKept(name)), ['confirmed', words]]),
    cancelPath: `${web.site.base}${act.cancel}`,
    // Whoever has nothing but passkeys reads the words first, and is asked for one on the page behind.
    ...(lack.asks === 'passkey'
      ? { asks: 'nothing', passkey: false }
      : { ...lack, asks: lack.asks }),
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
  return false
}

function isKept(name: string): boolean {
  return !OWN_FIELDS.has(name)
}
