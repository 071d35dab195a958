import { english } from './english.ts'
import { type FormTarget, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { tickIcon } from './icons.ts'
import { card, type Site } from './layout.ts'
import { outside } from './outside.ts'
import { type TargetView, targetBox, targetFact } from './target.ts'
import { stamp } from './time.ts'

export interface DoneView {
  readonly username: string
  readonly deviceName: string
  readonly target: Exclude<TargetView, { kind: 'account' }>
  readonly expiresAt: number
}

/** A device was signed in by its code. */
export function donePage(site: Site, view: DoneView): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`Done`,
      heading: t`You are signed in`,
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: [t`You can close this tab and go back to your terminal.`],
    },
    html`<dl class="facts">
      <dt>${t`User`}</dt><dd><b>${view.username}</b></dd>
      <dt>${t`Device`}</dt><dd>${outside(view.deviceName, 'mono')}</dd>
      ${targetFact(site, view.target)}
      <dt>${t`Next sign-in`}</dt><dd>${stamp(site.words, view.expiresAt)}</dd>
    </dl>
    <p class="small">${t`<a href="${site.base}/account#devices">See all your devices</a> or revoke this one.`}</p>`,
  )
}

export interface RefusedView {
  /** Who refused: the person, or Lanyard, with its sentence. */
  readonly by: { readonly kind: 'person' } | { readonly kind: 'policy'; readonly sentence: string }
  readonly reference: string
}

/** A device was not signed in, and cannot be with the same code. */
export function refusedPage(site: Site, view: RefusedView): string {
  const { t } = site.words
  const record = t`Your admin can see the refusal in the audit log under <span class="mono">${view.reference}</span>.`
  return card(
    site,
    {
      title: t`Refused`,
      heading: t`Refused`,
      lead: [t`The device was not signed in, and its code no longer works.`],
    },
    html`${
      view.by.kind === 'person'
        ? html`<p>${t`If you did not expect this request, someone may be trying to use your account.`} ${record}</p>`
        : html`${note('warn', html`<b>${english(site.words, view.by.sentence)}</b> ${t`Your admin decides who may enter.`}`)}
    <p>${record}</p>`
    }
    <p class="small"><a href="${site.base}/account#activity">${t`See your recent activity`}</a></p>`,
  )
}

export interface NotAdmittedView extends FormTarget {
  readonly username: string
  readonly target: TargetView
  /** Why: a whole sentence. */
  readonly sentence: string
  readonly reference: string
  readonly switchPath: string
  /** A passkey of theirs would open it, and they have none. */
  readonly lacksPasskey: boolean
}

/** Somebody is signed in, and may not enter what they asked for. */
export function notAdmittedPage(site: Site, view: NotAdmittedView): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`You may not enter`,
      heading: t`You may not enter`,
      lead: [
        html`${t`Signed in as <b>${view.username}</b>`} · <a href="${view.switchPath}">${t`Not ${view.username}?`}</a>`,
      ],
    },
    html`${targetBox(site, view.target)}
    ${
      view.lacksPasskey
        ? note(
            'warn',
            html`<b>${english(site.words, view.sentence)}</b> ${t`You have none: <a href="${site.base}/account/passkeys/new">add a passkey</a> to your account, then sign in here again.`}`,
          )
        : note(
            'warn',
            html`<b>${english(site.words, view.sentence)}</b> ${t`Your admin decides who may enter.`}`,
          )
    }
    ${form(view, html`<button class="btn" name="answer" value="refuse">${t`Go back without signing in`}</button>`)}
    <p class="small muted">${t`Your admin can find this under <span class="mono">${view.reference}</span>.`}</p>`,
  )
}

export interface SignOutView {
  /** Null when nobody is signed in here. */
  readonly username: string | null
  /** How many devices of this person are signed in; 0 leaves the question away. */
  readonly devices: number
  /** The application that asked, and where the browser goes next. */
  readonly askedBy: { readonly name: string; readonly returnsTo: string | null } | null
  readonly target:
    | ({ readonly kind: 'ours' } & FormTarget)
    /** The engine's own form, with its own token in its fields. */
    | {
        readonly kind: 'engine'
        readonly action: string
        readonly fields: Readonly<Record<string, string>>
      }
}

/** Asks before signing out: no address that is merely opened ends a session. */
export function signOutPage(site: Site, view: SignOutView): string {
  const { t } = site.words
  const { target } = view
  const body = html`${view.devices === 0 ? '' : devicesChoice(site, view.devices)}
      <div class="pair">
        <a class="btn" href="${site.base}/account">${t`Stay signed in`}</a>
        <button class="btn primary"${target.kind === 'engine' ? html` name="logout" value="yes"` : ''}>${t`Sign out`}</button>
      </div>`
  return card(
    site,
    {
      title: t`Sign out?`,
      heading: t`Sign out?`,
      lead: [
        view.username === null
          ? t`Nobody is signed in in this browser.`
          : t`You are signed in as <b>${view.username}</b> in this browser.`,
      ],
    },
    html`${
      target.kind === 'ours'
        ? form(target, body)
        : html`<form method="post" action="${target.action}">
      ${Object.entries(target.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
      ${body}
    </form>`
    }
    ${view.askedBy === null ? '' : html`<p class="small muted">${t`${view.askedBy.name} asked for this sign-out.`}${view.askedBy.returnsTo === null ? '' : html` ${t`You return to ${view.askedBy.returnsTo} afterwards.`}`}</p>`}`,
  )
}

function devicesChoice({ words: { t } }: Site, devices: number): Html {
  const which = devices === 1 ? t`Also revoke my device` : t`Also revoke my ${devices} devices`
  return html`<label class="choice" for="devices"><input type="checkbox" id="devices" name="devices" value="all"> <span>${which} <span class="hint">${t`kubectl asks you to sign in again on each of them.`}</span></span></label>`
}

/** The end of a session. */
export function signedOutPage(site: Site, view: { readonly devicesRevoked: number }): string {
  const { t } = site.words
  const { devicesRevoked } = view
  const devices =
    devicesRevoked === 0
      ? t`Devices stay signed in until they end or you revoke them.`
      : devicesRevoked === 1
        ? t`1 device was signed out too.`
        : t`${devicesRevoked} devices were signed out too.`
  return card(
    site,
    {
      title: t`Signed out`,
      heading: t`You are signed out`,
      badge: html`<span class="ok">${tickIcon()}</span>`,
      lead: [devices],
    },
    html`<p class="small"><a href="${site.base}/sign-in">${t`Sign in again`}</a></p>`,
  )
}

export interface ErrorView {
  /** A heading, a whole sentence, and what to do next: whole sentences too. */
  readonly title: Part
  readonly sentence: Part
  readonly todo: Part
  readonly code: string
  readonly reference: string
  readonly time: Date
}

/** Something did not work. Nothing of the request is repeated here, not even the way back to it. */
export function errorPage(site: Site, view: ErrorView): string {
  const { t } = site.words
  return card(
    { ...site, here: undefined },
    { title: view.title, heading: view.title },
    html`<p>${english(site.words, view.sentence)}</p>
    ${view.todo === '' ? '' : note('info', t`<b>What to do:</b> ${english(site.words, view.todo)}`)}
    <dl class="facts">
      <dt>${t`Code`}</dt><dd class="mono">${view.code}</dd>
      <dt>${t`Reference`}</dt><dd class="mono">${view.reference}</dd>
      <dt>${t`Time`}</dt><dd>${stamp(site.words, view.time.getTime())}</dd>
    </dl>
    <p class="small muted">${t`Still stuck? Send your admin the reference. It holds nothing secret.`}</p>`,
  )
}
