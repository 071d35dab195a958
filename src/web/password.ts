import type { Context } from 'koa'
import { type PasswordView, passwordPage } from '../../views/index.ts'
import { SignInLimitedError, type Subject } from '../directory/index.ts'
import { hasCode } from '../errors/index.ts'
import { byOfRequest, type Form, peerOf, sentenceOf } from '../http/index.ts'
import { formTarget, setRetryAfter, show, waitMinutes } from './answer.ts'
import type { Web } from './options.ts'

/** How a person proved themselves here (RFC 8176). */
export const PASSWORD_AMR: readonly string[] = ['pwd']

export type SignInFailure = 'wrong' | { readonly waitMinutes: number }

export type PasswordCheck =
  | { readonly kind: 'ok'; readonly subject: Subject }
  | { readonly kind: 'failed'; readonly failure: SignInFailure; readonly status: number }

/** Checks what the sign-in form holds: one answer for every cause, within the failure budgets. */
export async function checkPassword(
  ctx: Context,
  web: Web,
  typed: { readonly username: string; readonly password: string },
): Promise<PasswordCheck> {
  const { address, requestId } = peerOf(ctx.req)
  const browser = web.knownBrowsers.find(ctx, typed.username)
  const result = await web.directory.verifyPassword({ ...typed, address, browser, requestId })
  if (result.kind === 'ok') return result
  if (result.kind === 'wrong') return { kind: 'failed', failure: 'wrong', status: 400 }
  setRetryAfter(ctx, result.retryAfterMs)
  return {
    kind: 'failed',
    failure: { waitMinutes: waitMinutes(result.retryAfterMs) },
    status: 429,
  }
}

export type PasswordChangeResult =
  | { readonly kind: 'changed' }
  | {
      readonly kind: 'failed'
      readonly failure: NonNullable<PasswordView['failure']>
      readonly status: number
    }

/** Changes a password by the form's `current_password`, `password` and `password_again`. */
export async function changePassword(
  ctx: Context,
  web: Web,
  subject: Subject,
  form: Form,
): Promise<PasswordChangeResult> {
  const next = form.get('password') ?? ''
  const failed = (failure: NonNullable<PasswordView['failure']>, status = 400) =>
    ({ kind: 'failed', failure, status }) as const
  if (next !== form.get('password_again')) return failed({ kind: 'different' })
  const current = form.get('current_password') ?? ''
  const faults = web.directory.passwordFaults(next, subject)
  if (next === current) faults.push('the new password must be another one')
  if (faults.length > 0) return failed({ kind: 'faults', faults: faults.map(sentenceOf) })
  try {
    await web.directory.users.changePassword(
      subject.userId,
      {
        current,
        next,
        address: peerOf(ctx.req).address,
        knownBrowser: web.knownBrowsers.find(ctx, subject.username),
      },
      byOfRequest(ctx.req, subject),
    )
  } catch (error) {
    if (hasCode(error, 'ERR_PASSWORD_WRONG')) return failed({ kind: 'current', waitMinutes: null })
    if (error instanceof SignInLimitedError) {
      setRetryAfter(ctx, error.retryAfterMs)
      return failed({ kind: 'current', waitMinutes: waitMinutes(error.retryAfterMs) }, 429)
    }
    throw error
  }
  return { kind: 'changed' }
}

/** The page for a password that an admin has set: nothing goes on before it is changed. */
export function showForcedChange(
  ctx: Context,
  web: Web,
  action: `/${string}`,
  username: string,
  result: { readonly failure: PasswordView['failure']; readonly status: number } = {
    failure: null,
    status: 200,
  },
  formAction: readonly string[] = [],
): void {
  const page = passwordPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, action),
    username,
    reason: 'forced',
    failure: result.failure,
  })
  show(ctx, page, { status: result.status, formAction })
}

export type ForcedChangeResult =
  | { readonly kind: 'signed-in'; readonly subject: Subject }
  /** The page has been answered. */
  | { readonly kind: 'answered' }

/**
 * The forced change in one step: the old password is checked as a sign-in is, so that this form tells no more than that one;
 * then it is changed, and the person is signed in with it. `mayChange` answers itself where it says no.
 */
export async function finishForcedChange(
  ctx: Context,
  web: Web,
  change: {
    readonly action: `/${string}`
    readonly form: Form
    readonly formAction: readonly string[]
    readonly mayChange: (subject: Subject) => Promise<boolean>
  },
): Promise<ForcedChangeResult> {
  const { action, form, formAction } = change
  const username = form.get('username') ?? ''
  const failed = (failure: NonNullable<PasswordView['failure']>, status: number) => {
    showForcedChange(ctx, web, action, username, { failure, status }, formAction)
    return { kind: 'answered' } as const
  }
  const password = form.get('current_password') ?? ''
  const check = await checkPassword(ctx, web, { username, password })
  if (check.kind === 'failed') {
    const minutes = check.failure === 'wrong' ? null : check.failure.waitMinutes
    return failed({ kind: 'current', waitMinutes: minutes }, check.status)
  }
  if (!(await change.mayChange(check.subject))) return { kind: 'answered' }
  const result = await changePassword(ctx, web, check.subject, form)
  if (result.kind === 'failed') return failed(result.failure, result.status)
  const subject = await web.directory.subject(check.subject.userId)
  return subject === undefined
    ? failed({ kind: 'current', waitMinutes: null }, 400)
    : { kind: 'signed-in', subject }
}
