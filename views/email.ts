import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html } from './html.ts'
import { tickIcon } from './icons.ts'
import { card, frame, type Site } from './layout.ts'
import { stamp } from './time.ts'

export interface EmailConfirmView extends FormTarget {
  readonly username: string
  readonly email: string
  /** Whose mailbox the link was read in. */
  readonly side: 'new' | 'old'
}

/** A link confirms nothing by being opened: this button does. */
export function emailConfirmPage(site: Site, view: EmailConfirmView): string {
  const heading = view.side === 'new' ? 'Confirm your address?' : 'Change your address?'
  return card(
    site,
    { title: heading, heading, lead: [html`For the user <b>${view.username}</b>.`] },
    html`<dl class="facts"><dt>New address</dt><dd>${view.email}</dd></dl>
    ${note('warn', html`<b>Not you?</b> Close this page: nothing changes without the button.${view.side === 'old' ? ' Then change your password.' : ''}`)}
    ${form(view, html`<button class="btn">${view.side === 'new' ? 'This is my address' : 'I asked for this'}</button>`)}`,
  )
}

/** One side was confirmed. */
export function emailConfirmedPage(site: Site, view: { readonly changed: boolean }): string {
  const heading = view.changed ? 'Your address is changed' : 'One side is confirmed'
  return card(
    site,
    {
      title: heading,
      heading,
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: [
        view.changed
          ? 'Mail for your account goes to the new address.'
          : 'The address changes when the link in the other mailbox is confirmed too.',
      ],
    },
    html`<p class="small"><a href="${site.base}/account">Your account</a></p>`,
  )
}

export interface ProfileView {
  readonly username: string
  readonly displayName: FormTarget & { readonly value: string; readonly error: string | null }
  readonly email: { readonly address: string; readonly verified: boolean } | null
  /** Null where no mail is sent: then an admin sets addresses. */
  readonly change: EmailChangeView | null
  readonly done: string | null
}

export interface EmailChangeView extends FormTarget {
  /** What was typed. */
  readonly value: string
  readonly error: { readonly field: 'email' | 'current_password'; readonly sentence: string } | null
  readonly asksPassword: boolean
  readonly pending: {
    readonly email: string
    readonly newProved: boolean
    readonly oldProved: boolean | null
    readonly expiresAt: number
    readonly cancel: FormTarget
  } | null
}

/** What people change of themselves. */
export function profilePage(site: Site, view: ProfileView): string {
  const failed = view.displayName.error !== null || (view.change?.error ?? null) !== null
  return frame(
    site,
    {
      title: `${failed ? 'Error: ' : ''}Profile`,
      heading: 'Profile',
      lead: html`Kubernetes knows you as <b>${view.username}</b>. Nobody changes that.`,
      username: view.username,
      current: 'account',
    },
    html`${view.done === null ? '' : note('info', view.done)}
    <section class="panel" id="name">
      <header><h2>Name</h2><p>What people read. It gives no right anywhere.</p></header>
      <div class="pad">${form(
        view.displayName,
        html`<div class="stack">${field({
          name: 'display_name',
          label: 'Display name',
          autocomplete: 'name',
          maxlength: 128,
          value: view.displayName.value,
          focused: view.displayName.error !== null,
          error: view.displayName.error ?? undefined,
        })}
      <button class="btn primary">Save name</button></div>`,
      )}</div>
    </section>
    ${emailPanel(site, view)}
    <p class="small"><a href="${site.base}/account">Back to your account</a></p>`,
  )
}

function emailPanel(site: Site, { email, change }: ProfileView): Html {
  return html`<section class="panel" id="e-mail">
      <header><h2>E-mail</h2><p>Where links and notices go. It signs nobody in.</p></header>
      <dl class="facts pad"><dt>Address</dt><dd>${email === null ? 'none' : email.address}${email === null ? '' : html`<br><span class="state${email.verified ? ' ok' : ''}">${email.verified ? 'verified' : 'not verified'}</span>`}</dd></dl>
      ${change === null ? html`<footer>No mail is sent from here. Your admin sets your address.</footer>` : html`<div class="pad stack">${pendingNote(site, change)}${changeForm(change, email?.verified === true)}</div>`}
    </section>`
}

function pendingNote(site: Site, { pending }: EmailChangeView): Html | '' {
  if (pending === null) return ''
  const missing = [
    ...(pending.newProved ? [] : ['the new mailbox']),
    ...(pending.oldProved === false ? ['the old one'] : []),
  ]
  return html`${note('info', html`<b>${pending.email}</b> waits for the link in ${missing.join(' and in ')}, until ${stamp(site.words, pending.expiresAt)}.`)}
      ${form(pending.cancel, html`<button class="btn">Withdraw it</button>`)}`
}

function changeForm(view: EmailChangeView, proved: boolean): Html {
  const error = (name: 'email' | 'current_password') =>
    view.error?.field === name ? view.error.sentence : undefined
  return form(
    view,
    html`<div class="stack">${field({
      name: 'email',
      label: 'New address',
      autocomplete: 'email',
      capitals: 'none',
      maxlength: 254,
      value: view.value,
      focused: view.error?.field === 'email',
      error: error('email'),
      hint: {
        text: proved
          ? 'A link goes there and to your present address. It changes when both are confirmed.'
          : 'A link goes there. It is yours when you confirm it.',
      },
    })}
      ${
        view.asksPassword
          ? field({
              name: 'current_password',
              label: 'Present password',
              type: 'password',
              autocomplete: 'current-password',
              maxlength: 1024,
              focused: view.error?.field === 'current_password',
              error: error('current_password'),
            })
          : ''
      }
      <button class="btn primary">Send links</button></div>`,
  )
}
