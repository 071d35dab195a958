import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html } from './html.ts'
import { tickIcon } from './icons.ts'
import type { NewPasswordFailure } from './invitation.ts'
import { card, type Site } from './layout.ts'
import { newPasswordFields } from './sign-in.ts'

export interface ForgottenView extends FormTarget {
  readonly username: string
  readonly failure: null | { readonly waitMinutes: number }
}

/** Asks whose password is forgotten. */
export function forgottenPage(site: Site, view: ForgottenView): string {
  const { failure } = view
  const heading = 'Forgotten your password?'
  return card(
    site,
    {
      title: failure === null ? heading : 'Error: Too many attempts',
      heading,
      lead: ['A link to set a new one goes to the address of your account.'],
    },
    html`${failure === null ? '' : limitedNote(failure.waitMinutes)}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: 'Username',
        autocomplete: 'username',
        capitals: 'none',
        maxlength: 128,
        value: view.username,
        focused: failure === null,
      })}
      <button class="btn primary">Send a link</button>`,
    )}
    <p class="small"><a href="${site.base}/sign-in">Back to sign-in</a></p>`,
  )
}

function limitedNote(waitMinutes: number): Html {
  const minutes = waitMinutes === 1 ? '1 minute' : `${waitMinutes} minutes`
  const sentence = `Too many attempts. Wait ${minutes}, then try again.`
  return note('warn', html`<b>${sentence}</b> The link that was sent last still works.`, 'limited')
}

/** What everybody reads who has asked, whether they exist or not. */
export function linkSentPage(site: Site): string {
  return card(
    site,
    {
      title: 'Look into your mailbox',
      heading: 'Look into your mailbox',
      lead: ['If there is such an account, and its address is verified, a link is on its way.'],
    },
    html`<p>It works once, for 30 minutes.</p>
    ${note('info', html`<b>Nothing came?</b> Ask your admin for a link. An address that was never verified gets no mail.`)}
    <p class="small"><a href="${site.base}/sign-in">Back to sign-in</a></p>`,
  )
}

export interface ResetView extends FormTarget {
  readonly username: string
  readonly failure: null | NewPasswordFailure
}

/** Sets a new password by a link. */
export function resetPage(site: Site, view: ResetView): string {
  const heading = 'Set a new password'
  return card(
    site,
    {
      title: `${view.failure === null ? '' : 'Error: '}${heading}`,
      heading,
      lead: ['It signs you out everywhere, on every device.'],
      foot: 'password',
    },
    form(
      view,
      html`${field({
        name: 'username',
        label: 'Username',
        autocomplete: 'username',
        value: view.username,
        readonly: true,
      })}
      ${newPasswordFields('New password', view.failure)}
      <label class="choice" for="devices"><input type="checkbox" id="devices" name="devices" value="all"> <span>Also revoke my devices and access tokens <span class="hint">Devices ask for the new password either way. An access token works on unless it is revoked.</span></span></label>
      <button class="btn primary">Set password</button>`,
    ),
  )
}

/** The password is new, and nobody is signed in. */
export function resetDonePage(site: Site, view: { readonly revoked: boolean }): string {
  return card(
    site,
    {
      title: 'Your password is changed',
      heading: 'Your password is changed',
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: ['You are signed out everywhere. Sign in with the new password.'],
    },
    html`<p>${view.revoked ? 'Your devices and access tokens are revoked.' : 'Access tokens were not touched: they are on your account page.'}</p>
    <p class="small"><a href="${site.base}/sign-in">Sign in</a></p>`,
  )
}
