import { tooManyAttempts } from './attempts.ts'
import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { outsideText } from './outside.ts'
import { type PasskeyForm, passkeyForm, passkeyRefused } from './passkey.ts'
import { type TargetView, targetBox, targetName } from './target.ts'
import type { Words } from './words/words.ts'

export interface SignInView extends FormTarget {
  readonly target: TargetView
  /** What was typed before; empty at first. */
  readonly username: string
  readonly passkey: PasskeyForm
  /**
   * `wrong` has one wording for every cause, so that a page never tells who exists. `expired`: too long after the password, in another
   * tab, or after it was used.
   */
  readonly failure:
    | null
    | 'wrong'
    | 'passkey'
    | 'expired'
    /** `everyWay`: passkeys have to wait too. */
    | { readonly waitMinutes: number; readonly everyWay?: boolean }
}

const errorId = 'sign-in-error'

/** Username and password, and what they are for. */
export function signInPage(site: Site, view: SignInView): string {
  const { t } = site.words
  const { failure } = view
  const title = titleOf(site, view)
  const wrongId = failure === 'wrong' ? errorId : undefined
  return card(
    site,
    {
      title,
      failed: failure !== null,
      heading: t`Sign in`,
      foot: 'password',
      script: true,
    },
    html`${targetBox(site, view.target)}
    ${failureOf(site.words, failure)}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username webauthn',
        capitals: 'none',
        maxlength: 128,
        value: view.username,
        focused: failure !== 'wrong' && view.username === '',
        errorId: wrongId,
      })}
      ${field({
        name: 'password',
        label: t`Password`,
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: failure === 'wrong' || view.username !== '',
        errorId: wrongId,
      })}
      <button class="btn primary">${t`Sign in`}</button>`,
    )}
    <p class="or" hidden data-passkey>${t`or`}</p>
    ${passkeyForm(site.words, view.passkey, { act: 'get', label: t`Use a passkey`, conditional: true })}
    <p class="small muted">${site.sendsLinks === true ? html`<a href="${site.base}/forgotten">${t`Forgotten your password?`}</a>` : t`Forgotten your password? Ask your admin for a link.`}</p>`,
  )
}

function titleOf({ words }: Site, { failure, target }: SignInView): Html {
  const { t } = words
  if (failure !== null && typeof failure !== 'string') return t`Too many attempts`
  return target.kind === 'account'
    ? t`Sign in to your account`
    : t`Sign in to ${targetName(words, target)}`
}

function failureOf(words: Words, failure: SignInView['failure']): Part {
  const { t } = words
  if (failure === null) return ''
  if (failure === 'passkey') return passkeyRefused(words, 'password')
  if (failure === 'expired') {
    return note(
      'warn',
      t`<b>This step is over.</b> It was begun more than 5 minutes ago, in another tab, or it was finished. Sign in again.`,
      errorId,
    )
  }
  if (typeof failure === 'object' && failure.everyWay === true) return failureNote(words, failure)
  return failureNote(words, failure, html`${t`A passkey still works now.`} `)
}

/** What pages that ask for a password say of a failure. */
function failureNote(
  words: Words,
  failure: 'wrong' | { readonly waitMinutes: number },
  otherwise: Part = '',
): Html {
  const { t } = words
  if (failure === 'wrong') {
    return note('bad', t`<b>Username or password is wrong.</b> Check both and try again.`, errorId)
  }
  return note(
    'warn',
    html`<b>${tooManyAttempts(words, failure.waitMinutes)}</b> ${otherwise}${t`Devices that are already signed in are not affected.`}`,
    errorId,
  )
}

export interface PasswordView extends FormTarget {
  readonly username: string
  /** `forced`: an admin has set the present password, and nothing goes on before it is changed. */
  readonly reason: 'forced' | 'wish'
  readonly failure:
    | null
    | { readonly kind: 'current'; readonly waitMinutes: number | null }
    | { readonly kind: 'different' }
    /** Whole sentences. */
    | { readonly kind: 'faults'; readonly faults: readonly Part[] }
}

/** The rules of a new password, said before the mistake. */
const passwordRules = ({ t }: Words): readonly Html[] => [
  t`At least 15 characters`,
  t`Not made of common passwords, of your name, or of one piece over and over`,
  t`Anything else goes: spaces, any script, no forced symbols, no expiry`,
]

/** Changes a password; the old one is asked even at the first sign-in, so that nothing has to be remembered in between. */
export function passwordPage(site: Site, view: PasswordView): string {
  const { t } = site.words
  const { failure } = view
  const heading = view.reason === 'forced' ? t`Set your own password` : t`Change your password`
  const lead =
    view.reason === 'forced'
      ? t`Your admin knows the present one. Nobody will know the next.`
      : t`You are signed out everywhere else. Devices stay signed in.`
  const currentFailed = failure?.kind === 'current'
  return card(
    site,
    {
      title: heading,
      failed: failure !== null,
      heading,
      lead: [lead],
      foot: 'password',
    },
    html`${currentFailed && failure.waitMinutes !== null ? failureNote(site.words, { waitMinutes: failure.waitMinutes }) : ''}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username',
        value: outsideText(view.username),
        readonly: true,
      })}
      ${field({
        name: 'current_password',
        label: t`Present password`,
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: failure === null || currentFailed,
        error:
          currentFailed && failure.waitMinutes === null
            ? t`This is not your present password.`
            : undefined,
      })}
      ${newPasswordFields(site.words, [t`New password`, t`New password again`], failure)}
      <button class="btn primary">${t`Change password`}</button>`,
    )}
    ${view.reason === 'wish' ? html`<p class="small"><a href="${site.base}/account">${t`Back to your account`}</a></p>` : ''}`,
  )
}

/** The two fields of a new password, shared with the first admin's page. */
export function newPasswordFields(
  words: Words,
  [label, again]: readonly [first: Html, second: Html],
  failure: { readonly kind: string; readonly faults?: readonly Part[] } | null,
): Html {
  const { t } = words
  const faults = failure?.kind === 'faults' ? failure.faults : undefined
  return html`${field({
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    maxlength: 1024,
    focused: failure?.kind === 'faults' || failure?.kind === 'different',
    error: faults?.map((fault) => html`${english(words, fault)} `),
    hint: { list: passwordRules(words) },
  })}
      ${field({
        name: 'password_again',
        label: again,
        type: 'password',
        autocomplete: 'new-password',
        maxlength: 1024,
        error: failure?.kind === 'different' ? t`The two are not the same.` : undefined,
      })}`
}
