import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { signingIn } from './passkey.ts'
import type { TargetView } from './target.ts'

export interface CodeView extends FormTarget {
  readonly username: string
  readonly target: TargetView
  /** False where recovery codes are all that this person has. */
  readonly oneTimeCode: boolean
  /** Where their passkey is asked for; null where they have none. */
  readonly passkeyPath: string | null
  readonly switchPath: string
  readonly failure: null | 'wrong' | { readonly waitMinutes: number }
}

/** The second step after a password: a code of the authenticator app, or one that was kept for the day it is lost. */
export function codePage(site: Site, view: CodeView): string {
  const { failure } = view
  const heading = view.oneTimeCode ? 'One-time code' : 'Recovery code'
  return card(
    site,
    {
      title: `${failure === null ? '' : 'Error: '}${heading}`,
      heading,
      lead: [signingIn(view.target, view.username)],
      foot: 'password',
    },
    html`${limited(failure)}
    ${form(
      view,
      html`${codeField(view)}
      <button class="btn primary">Continue</button>`,
    )}
    ${view.oneTimeCode ? lostApp : ''}
    <p class="small">${
      view.passkeyPath === null
        ? ''
        : html`<a href="${view.passkeyPath}">Use a passkey instead</a> · `
    }<a href="${view.switchPath}">Not ${view.username}?</a></p>`,
  )
}

const lostApp = html`<details class="small">
      <summary>I cannot get a code</summary>
      <p class="muted">Use one of the recovery codes that you kept when you set this up: type it in the same box. If you have none left, ask your admin to reset how you sign in.</p>
    </details>`

function codeField({ oneTimeCode, failure }: CodeView): Html {
  const wrong = oneTimeCode
    ? 'This code is wrong, or it was used already. Wait for the next one and type that.'
    : 'This code is wrong, or it was used already. Type another one.'
  return field({
    name: 'code',
    label: oneTimeCode ? '6-digit code from your authenticator app' : 'One of your recovery codes',
    autocomplete: oneTimeCode ? 'one-time-code' : 'off',
    className: 'codein',
    capitals: 'none',
    maxlength: 64,
    focused: true,
    error: failure === 'wrong' ? wrong : undefined,
    hint: {
      text: oneTimeCode
        ? 'The code changes every 30 seconds. Each code works once.'
        : 'Each of them works once.',
    },
  })
}

function limited(failure: CodeView['failure']): Part {
  if (failure === null || failure === 'wrong') return ''
  const minutes = failure.waitMinutes === 1 ? '1 minute' : `${failure.waitMinutes} minutes`
  return note(
    'warn',
    html`<b>Too many attempts. Wait ${minutes}, then try again.</b> Devices that are already signed in are not affected.`,
    'code-limited',
  )
}

export interface RecoveryUsedView extends FormTarget {
  readonly username: string
  readonly target: TargetView
  readonly left: number
}

/** Stands between a recovery code and the end of the sign-in: the only moment at which somebody counts them. */
export function recoveryUsedPage(site: Site, view: RecoveryUsedView): string {
  const heading = 'You used a recovery code'
  const left =
    view.left === 0
      ? html`<b>That was your last recovery code.</b> Make new ones on your account page today.`
      : html`<b>${view.left === 1 ? '1 recovery code is' : `${view.left} recovery codes are`} left.</b> If your authenticator app is gone, set it up anew on your account page.`
  return card(
    site,
    { title: heading, heading, lead: [signingIn(view.target, view.username)] },
    html`${note(view.left < 3 ? 'warn' : 'info', left)}
    ${form(view, html`<button class="btn primary">Continue</button>`)}`,
  )
}
