import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
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
  const { t } = site.words
  const heading = view.side === 'new' ? t`Confirm your address?` : t`Change your address?`
  return card(
    site,
    { title: heading, heading, lead: [t`For the user <b>${view.username}</b>.`] },
    html`<dl class="facts"><dt>${t`New address`}</dt><dd>${view.email}</dd></dl>
    ${note('warn', html`${t`<b>Not you?</b> Close this page: nothing changes without the button.`}${view.side === 'old' ? html` ${t`Then change your password.`}` : ''}`)}
    ${form(view, html`<button class="btn">${view.side === 'new' ? t`This is my address` : t`I asked for this`}</button>`)}`,
  )
}

/** One side was confirmed. */
export function emailConfirmedPage(site: Site, view: { readonly changed: boolean }): string {
  const { t } = site.words
  const heading = view.changed ? t`Your address is changed` : t`One side is confirmed`
  return card(
    site,
    {
      title: heading,
      heading,
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: [
        view.changed
          ? t`Mail for your account goes to the new address.`
          : t`The address changes when the link in the other mailbox is confirmed too.`,
      ],
    },
    html`<p class="small"><a href="${site.base}/account">${t`Your account`}</a></p>`,
  )
}

export interface ProfileView {
  readonly username: string
  readonly displayName: FormTarget & { readonly value: string; readonly error: Part | null }
  readonly email: { readonly address: string; readonly verified: boolean } | null
  /** Null where no mail is sent: then an admin sets addresses. */
  readonly change: EmailChangeView | null
  readonly done: Part | null
}

export interface EmailChangeView extends FormTarget {
  /** What was typed. */
  readonly value: string
  readonly error: { readonly field: 'email' | 'current_password'; readonly sentence: Part } | null
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
  const { t } = site.words
  const failed = view.displayName.error !== null || (view.change?.error ?? null) !== null
  return frame(
    site,
    {
      title: t`Profile`,
      failed,
      heading: t`Profile`,
      lead: t`Kubernetes knows you as <b>${view.username}</b>. Nobody changes that.`,
      username: view.username,
      current: 'account',
    },
    html`${view.done === null ? '' : note('info', view.done)}
    <section class="panel" id="name">
      <header><h2>${t`Name`}</h2><p>${t`What people read. It gives no right anywhere.`}</p></header>
      <div class="pad">${form(
        view.displayName,
        html`<div class="stack">${field({
          name: 'display_name',
          label: t`Display name`,
          autocomplete: 'name',
          maxlength: 128,
          value: view.displayName.value,
          focused: view.displayName.error !== null,
          error: view.displayName.error ?? undefined,
        })}
      <button class="btn primary">${t`Save name`}</button></div>`,
      )}</div>
    </section>
    ${emailPanel(site, view)}
    <p class="small"><a href="${site.base}/account">${t`Back to your account`}</a></p>`,
  )
}

function emailPanel(site: Site, { email, change }: ProfileView): Html {
  const { t } = site.words
  return html`<section class="panel" id="e-mail">
      <header><h2>${t`E-mail`}</h2><p>${t`Where links and notices go. It signs nobody in.`}</p></header>
      <dl class="facts pad"><dt>${t`Address`}</dt><dd>${email === null ? t`none` : email.address}${email === null ? '' : html`<br><span class="state${email.verified ? ' ok' : ''}">${email.verified ? t`verified` : t`not verified`}</span>`}</dd></dl>
      ${change === null ? html`<footer>${t`No mail is sent from here. Your admin sets your address.`}</footer>` : html`<div class="pad stack">${pendingNote(site, change)}${changeForm(site, change, email?.verified === true)}</div>`}
    </section>`
}

function pendingNote(site: Site, { pending }: EmailChangeView): Html | '' {
  const { t } = site.words
  if (pending === null) return ''
  const end = stamp(site.words, pending.expiresAt)
  const waits = pending.newProved
    ? t`<b>${pending.email}</b> waits for the link in the old mailbox, until ${end}.`
    : pending.oldProved === false
      ? t`<b>${pending.email}</b> waits for the links in the new and in the old mailbox, until ${end}.`
      : t`<b>${pending.email}</b> waits for the link in the new mailbox, until ${end}.`
  return html`${note('info', waits)}
      ${form(pending.cancel, html`<button class="btn">${t`Withdraw it`}</button>`)}`
}

function changeForm({ words }: Site, view: EmailChangeView, proved: boolean): Html {
  const { t } = words
  const error = (name: 'email' | 'current_password') =>
    view.error?.field === name ? english(words, view.error.sentence) : undefined
  return form(
    view,
    html`<div class="stack">${field({
      name: 'email',
      label: t`New address`,
      autocomplete: 'email',
      capitals: 'none',
      maxlength: 254,
      value: view.value,
      focused: view.error?.field === 'email',
      error: error('email'),
      hint: {
        text: proved
          ? t`A link goes there and to your present address. It changes when both are confirmed.`
          : t`A link goes there. It is yours when you confirm it.`,
      },
    })}
      ${
        view.asksPassword
          ? field({
              name: 'current_password',
              label: t`Present password`,
              type: 'password',
              autocomplete: 'current-password',
              maxlength: 1024,
              focused: view.error?.field === 'current_password',
              error: error('current_password'),
            })
          : ''
      }
      <button class="btn primary">${t`Send links`}</button></div>`,
  )
}
