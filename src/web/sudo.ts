import type { Context } from 'koa'
import { type ActWords, sudoPage } from '../../views/index.ts'
import type { Form } from '../http/index.ts'
import { show } from './answer.ts'
import type { Web } from './options.ts'
import { checkPassword, PASSWORD_AMR, type SignInFailure } from './password.ts'
import type { Person } from './visitor.ts'

/** How long a sign-in stands for the person's presence. */
const FRESH_MS = 5 * 60_000

/** What this page asks, and what no form that may end here can ask itself. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['csrf', 'current_password'])

export interface Act extends ActWords {
  /** Where somebody goes who thinks better of it. */
  readonly cancel: `/${string}`
}

/**
 * Threat 30: whoever finds a browser that was left open does nothing dangerous with it. True where the person proved lately that it is
 * them, or does so with this very form; else the page that asks has been answered, and nothing may be done.
 */
export async function requireFresh(
  ctx: Context,
  web: Web,
  person: Person,
  form: Form,
  act: Act,
): Promise<boolean> {
  // Written so that a time that is no number asks.
  if (web.clock() - person.session.authenticatedAt <= FRESH_MS) return true
  const password = form.get('current_password')
  if (password === undefined) return ask(ctx, web, person, form, act)
  const { username } = person.subject
  const check = await checkPassword(ctx, web, { username, password })
  if (check.kind === 'failed') return ask(ctx, web, person, form, act, check)
  await web.issuer.browser.signIn(ctx, { subject: check.subject, amr: PASSWORD_AMR })
  return true
}

function ask(
  ctx: Context,
  web: Web,
  person: Person,
  form: Form,
  act: Act,
  failed?: { readonly failure: SignInFailure; readonly status: number },
): false {
  const page = sudoPage(web.site, {
    action: ctx.path,
    csrf: web.csrf.token(ctx),
    username: person.subject.username,
    act,
    fields: new Map([...form].filter(([name]) => !OWN_FIELDS.has(name))),
    cancelPath: `${web.site.base}${act.cancel}`,
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
  return false
}
