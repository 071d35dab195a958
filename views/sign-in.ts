import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { outsideText } from './outside.ts'
import { type PasskeyForm, passkeyForm, passkeyRefused } from './passkey.ts'
import { type TargetView, targetBox, targetTitle } from './target.ts'

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
  const { failure } = view
  const title = titleOf(view)
  const wrongId = failure === 'wrong' ? errorId : undefined
  return card(
    site,
    { title, heading: 'Sign in', foot: 'password', script: true },
    html`${targetBox(view.target)}
    ${failureOf(failure)}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: 'Username',
        autocomplete: 'username webauthn',
        capitals: 'none',
        maxlength: 128,
        value: view.username,
        focused: failure !== 'wrong' && view.username === '',
        errorId: wrongId,
      })}
      ${field({
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: failure === 'wrong' || view.username !== '',
        errorId: wrongId,
      })}
      <button class="btn primary">Sign in</button>`,
    )}
    <p class="or" hidden data-passkey>or</p>
    ${passkeyForm(view.passkey, { act: 'get', label: 'Use a passkey', conditional: true })}
    <p class="small muted">${site.sendsLinks === true ? html`<a href="${site.base}/forgotten">Forgotten your password?</a>` : 'Forgotten your password? Ask your admin for a link.'}</p>`,
  )
}

function titleOf({ failure, target }: SignInView): string {
  if (failure === null) return `Sign in to ${targetTitle(target)}`
  return typeof failure === 'string'
    ? `Error: Sign in to ${targetTitle(target)}`
    : 'Error: Too many attempts'
}

function failureOf(failure: SignInView['failure']): Part {
  if (failure === null) return ''
  if (failure === 'passkey') return passkeyRefused(', or sign in with your password')
  if (failure === 'expired') {
    return note(
      'warn',
      html`<b>This step is over.</b> It was begun more than 5 minutes ago, in another tab, or it was finished. Sign in again.`,
      errorId,
    )
  }
  if (typeof failure === 'object' && failure.everyWay === true) return failureNote(failure)
  return failureNote(failure, ' A passkey still works now.')
}

/** What pages that ask for a password say of a failure. */
export function failureNote(
  failure: 'wrong' | { readonly waitMinutes: number },
  otherwise = '',
): Html {
  if (failure === 'wrong') {
    return note(
      'bad',
      html`<b>Username or password is wrong.</b> Check both and try again.`,
      errorId,
    )
  }
  const minutes = failure.waitMinutes === 1 ? '1 minute' : `${failure.waitMinutes} minutes`
  return note(
    'warn',
    html`<b>Too many attempts. Wait ${minutes}, then try again.</b>${otherwise} Devices that are already signed in are not affected.`,
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
    | { readonly kind: 'faults'; readonly faults: readonly string[] }
}

/** The rules of a new password, said before the mistake. */
export const passwordRules: readonly string[] = [
  'At least 15 characters',
  'Not made of common passwords, of your name, or of one piece over and over',
  'Anything else goes: spaces, any script, no forced symbols, no expiry',
]

/** Changes a password; the old one is asked even at the first sign-in, so that nothing has to be remembered in between. */
export function passwordPage(site: Site, view: PasswordView): string {
  const { failure } = view
  const heading = view.reason === 'forced' ? 'Set your own password' : 'Change your password'
  const lead =
    view.reason === 'forced'
      ? 'Your admin knows the present one. Nobody will know the next.'
      : 'You are signed out everywhere else. Devices stay signed in.'
  const currentFailed = failure?.kind === 'current'
  return card(
    site,
    {
      title: `${failure === null ? '' : 'Error: '}${heading}`,
      heading,
      lead: [lead],
      foot: 'password',
    },
    html`${currentFailed && failure.waitMinutes !== null ? failureNote({ waitMinutes: failure.waitMinutes }) : ''}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: 'Username',
        autocomplete: 'username',
        value: outsideText(view.username),
        readonly: true,
      })}
      ${field({
        name: 'current_password',
        label: 'Present password',
        type: 'password',
        autocomplete: 'current-password',
        maxlength: 1024,
        focused: failure === null || currentFailed,
        error:
          currentFailed && failure.waitMinutes === null
            ? 'This is not your present password.'
            : undefined,
      })}
      ${newPasswordFields('New password', failure)}
      <button class="btn primary">Change password</button>`,
    )}
    ${view.reason === 'wish' ? html`<p class="small"><a href="${site.base}/account">Back to your account</a></p>` : ''}`,
  )
}

/** The two fields of a new password, shared with the first admin's page. */
export function newPasswordFields(
  label: string,
  failure: { readonly kind: string; readonly faults?: readonly string[] } | null,
): Html {
  const faults = failure?.kind === 'faults' ? failure.faults : undefined
  return html`${field({
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    maxlength: 1024,
    focused: failure?.kind === 'faults' || failure?.kind === 'different',
    error: faults?.join(' '),
    hint: { list: passwordRules },
  })}
      ${field({
        name: 'password_again',
        label: `${label} again`,
        type: 'password',
        autocomplete: 'new-password',
        maxlength: 1024,
        error: failure?.kind === 'different' ? 'The two are not the same.' : undefined,
      })}`
}
