import { tooManyAttempts } from './attempts.ts'
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
  const { t } = site.words
  const { failure } = view
  const heading = t`Forgotten your password?`
  return card(
    site,
    {
      title: failure === null ? heading : t`Too many attempts`,
      failed: failure !== null,
      heading,
      lead: [t`A link to set a new one goes to the address of your account.`],
    },
    html`${failure === null ? '' : limitedNote(site, failure.waitMinutes)}
    ${form(
      view,
      html`${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username',
        capitals: 'none',
        maxlength: 128,
        value: view.username,
        focused: failure === null,
      })}
      <button class="btn primary">${t`Send a link`}</button>`,
    )}
    <p class="small"><a href="${site.base}/sign-in">${t`Back to sign-in`}</a></p>`,
  )
}

function limitedNote({ words }: Site, waitMinutes: number): Html {
  const { t } = words
  const wait = tooManyAttempts(words, waitMinutes)
  return note(
    'warn',
    html`<b>${wait}</b> ${t`The link that was sent last still works.`}`,
    'limited',
  )
}

/** What everybody reads who has asked, whether they exist or not. */
export function linkSentPage(site: Site): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`Look into your mailbox`,
      heading: t`Look into your mailbox`,
      lead: [t`If there is such an account, and its address is verified, a link is on its way.`],
    },
    html`<p>${t`It works once, for 30 minutes.`}</p>
    ${note('info', t`<b>Nothing came?</b> Ask your admin for a link. An address that was never verified gets no mail.`)}
    <p class="small"><a href="${site.base}/sign-in">${t`Back to sign-in`}</a></p>`,
  )
}

export interface ResetView extends FormTarget {
  readonly username: string
  readonly failure: null | NewPasswordFailure
}

/** Sets a new password by a link. */
export function resetPage(site: Site, view: ResetView): string {
  const { t } = site.words
  const heading = t`Set a new password`
  return card(
    site,
    {
      title: heading,
      failed: view.failure !== null,
      heading,
      lead: [t`It signs you out everywhere, on every device.`],
      foot: 'password',
    },
    form(
      view,
      html`${field({
        name: 'username',
        label: t`Username`,
        autocomplete: 'username',
        value: view.username,
        readonly: true,
      })}
      ${newPasswordFields(site.words, [t`New password`, t`New password again`], view.failure)}
      <label class="choice" for="devices"><input type="checkbox" id="devices" name="devices" value="all"> <span>${t`Also revoke my devices and access tokens`} <span class="hint">${t`Devices ask for the new password either way. An access token works on unless it is revoked.`}</span></span></label>
      <button class="btn primary">${t`Set password`}</button>`,
    ),
  )
}

/** The password is new, and nobody is signed in. */
export function resetDonePage(site: Site, view: { readonly revoked: boolean }): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`Your password is changed`,
      heading: t`Your password is changed`,
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: [t`You are signed out everywhere. Sign in with the new password.`],
    },
    html`<p>${view.revoked ? t`Your devices and access tokens are revoked.` : t`Access tokens were not touched: they are on your account page.`}</p>
    <p class="small"><a href="${site.base}/sign-in">${t`Sign in`}</a></p>`,
  )
}
