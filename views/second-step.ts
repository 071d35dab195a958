import { tooManyAttempts } from './attempts.ts'
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
  const { t } = site.words
  const { failure } = view
  const heading = view.oneTimeCode ? t`One-time code` : t`Recovery code`
  return card(
    site,
    {
      title: heading,
      failed: failure !== null,
      heading,
      lead: [signingIn(site.words, view.target, view.username)],
      foot: 'password',
    },
    html`${limited(site, failure)}
    ${form(
      view,
      html`${codeField(site, view)}
      <button class="btn primary">${t`Continue`}</button>`,
    )}
    ${view.oneTimeCode ? lostApp(site) : ''}
    <p class="small">${
      view.passkeyPath === null
        ? ''
        : html`<a href="${view.passkeyPath}">${t`Use a passkey instead`}</a> · `
    }<a href="${view.switchPath}">${t`Not ${view.username}?`}</a></p>`,
  )
}

const lostApp = ({ words: { t } }: Site): Html => html`<details class="small">
      <summary>${t`I cannot get a code`}</summary>
      <p class="muted">${t`Use one of the recovery codes that you kept when you set this up: type it in the same box. If you have none left, ask your admin to reset how you sign in.`}</p>
    </details>`

function codeField({ words: { t } }: Site, { oneTimeCode, failure }: CodeView): Html {
  const wrong = oneTimeCode
    ? t`This code is wrong, or it was used already. Wait for the next one and type that.`
    : t`This code is wrong, or it was used already. Type another one.`
  return field({
    name: 'code',
    label: oneTimeCode
      ? t`6-digit code from your authenticator app`
      : t`One of your recovery codes`,
    autocomplete: oneTimeCode ? 'one-time-code' : 'off',
    className: 'codein',
    capitals: 'none',
    maxlength: 64,
    focused: true,
    error: failure === 'wrong' ? wrong : undefined,
    hint: {
      text: oneTimeCode
        ? t`The code changes every 30 seconds. Each code works once.`
        : t`Each of them works once.`,
    },
  })
}

function limited({ words }: Site, failure: CodeView['failure']): Part {
  if (failure === null || failure === 'wrong') return ''
  const { t } = words
  const wait = tooManyAttempts(words, failure.waitMinutes)
  return note(
    'warn',
    html`<b>${wait}</b> ${t`Devices that are already signed in are not affected.`}`,
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
  const { t } = site.words
  const heading = t`You used a recovery code`
  const left =
    view.left === 0
      ? t`<b>That was your last recovery code.</b> Make new ones on your account page today.`
      : view.left === 1
        ? t`<b>1 recovery code is left.</b> If your authenticator app is gone, set it up anew on your account page.`
        : t`<b>${view.left} recovery codes are left.</b> If your authenticator app is gone, set it up anew on your account page.`
  return card(
    site,
    { title: heading, heading, lead: [signingIn(site.words, view.target, view.username)] },
    html`${note(view.left < 3 ? 'warn' : 'info', left)}
    ${form(view, html`<button class="btn primary">${t`Continue`}</button>`)}`,
  )
}
