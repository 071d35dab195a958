import { tooManyAttempts } from './attempts.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { card, type Site } from './layout.ts'
import { outside } from './outside.ts'
import { type TargetView, targetFact } from './target.ts'
import { exactly } from './time.ts'

export interface DeviceCodeView extends FormTarget {
  readonly failure:
    | null
    | { readonly kind: 'unknown'; readonly typed: string }
    | { readonly kind: 'limited'; readonly waitMinutes: number }
}

/** RFC 8628 §3.3: where a person types the code that a terminal shows. */
export function deviceCodePage(site: Site, view: DeviceCodeView): string {
  const { t } = site.words
  const { failure } = view
  const error =
    failure === null
      ? undefined
      : failure.kind === 'unknown'
        ? t`This code is not known, or it has expired. Run the command again to get a new one.`
        : tooManyAttempts(site.words, failure.waitMinutes)
  return card(
    site,
    {
      title: t`Sign in a device`,
      failed: failure !== null,
      heading: t`Sign in a device`,
      lead: [t`Type the code that your terminal shows.`],
      foot: 'password',
    },
    html`${form(
      view,
      html`${field({
        name: 'user_code',
        label: t`Code`,
        autocomplete: 'off',
        className: 'codein',
        capitals: 'characters',
        maxlength: 16,
        focused: true,
        value: failure?.kind === 'unknown' ? failure.typed : '',
        error,
        hint: {
          text: t`8 letters, such as WDJB-MJHT. Capitals, spaces and the dash do not matter.`,
        },
      })}
      <button class="btn primary">${t`Continue`}</button>`,
    )}
    ${note('warn', t`<b>Did someone send you a code?</b> Do not type it. Whoever sent it would be signed in as you.`)}`,
  )
}

interface RequestView extends FormTarget {
  readonly username: string
  readonly target: Exclude<TargetView, { kind: 'account' }>
  /** As the device names itself. */
  readonly deviceName: string
  readonly requestedAt: number
  readonly now: number
  readonly groups: readonly string[]
  /** How long the login lasts, in milliseconds. */
  readonly lifetime: number
}

export interface DeviceConfirmView extends RequestView {
  /** The user's id: what was read on this page counts for that person alone. */
  readonly person: string
  readonly userCode: string
  readonly requestAddress: string | null
  readonly browserAddress: string | null
  /** `elsewhere` takes away the primary button: approving must cost a thought. */
  readonly distance: 'same-address' | 'same-network' | 'elsewhere'
}

/** The page that stands between a phisher's code and this person's clusters. */
export function deviceConfirmPage(site: Site, view: DeviceConfirmView): string {
  const { t } = site.words
  const elsewhere = view.distance === 'elsewhere'
  return card(
    site,
    {
      title: t`Did you start this?`,
      heading: t`Did you start this?`,
      lead: [asks(site, view)],
      wide: true,
      foot: 'password',
    },
    html`<p class="bigcode"><b>${view.userCode}</b> <span class="hint">${t`Your own terminal must show this code.`}</span></p>
    ${elsewhere ? note('warn', t`<b>The request comes from another network than this browser.</b> That is normal for ssh or a jump host. If you are not using one now, refuse.`) : ''}
    ${facts(site, view, askedFrom(site, view))}
    ${form(
      view,
      html`<input type="hidden" name="person" value="${view.person}">
      <input type="hidden" name="user_code" value="${view.userCode}">
      <div class="pair">
        <button class="btn" name="answer" value="refuse">${t`Not me, refuse`}</button>
        <button class="btn${elsewhere ? '' : ' primary'}" name="answer" value="approve">${t`I started this`}</button>
      </div>`,
    )}
    <p class="small muted">${t`Nobody from your company, and no support desk, will ever ask you to approve a code.`}</p>`,
  )
}

export interface BrowserConfirmView extends RequestView {
  /** Signs in another person instead. */
  readonly switchPath: string
}

/**
 * RFC 8252 §8.6: any program on this machine can open a browser and listen on a loopback port, so a live session alone
 * does not hand out a code.
 */
export function browserConfirmPage(site: Site, view: BrowserConfirmView): string {
  const { t } = site.words
  return card(
    site,
    {
      title: t`Did you start this?`,
      heading: t`Did you start this?`,
      lead: [asks(site, view)],
      wide: true,
      foot: 'password',
    },
    html`${facts(site, view, '')}
    ${form(
      view,
      html`<div class="pair">
        <button class="btn" name="answer" value="refuse">${t`Not me, refuse`}</button>
        <button class="btn primary" name="answer" value="approve">${t`I started this`}</button>
      </div>`,
    )}
    <p class="small muted">${t`A program on this computer asks. If you did not just run kubectl, refuse.`} <a href="${view.switchPath}">${t`Sign in as somebody else`}</a></p>`,
  )
}

function asks({ words: { t } }: Site, view: RequestView): Html {
  const what =
    view.target.kind === 'application' ? html`<b>${view.target.name}</b>` : html`<b>kubectl</b>`
  return t`A device asks to use ${what} as <b>${view.username}</b>.`
}

function facts(site: Site, view: RequestView, between: Part): Html {
  const { t } = site.words
  return html`<dl class="facts">
      ${targetFact(site, view.target)}
      <dt>${t`Device`}</dt><dd>${outside(view.deviceName, 'mono')}<span class="hint">${t`as it names itself; not checked`}</span></dd>
      ${between}
      <dt>${t`Asked at`}</dt><dd>${exactly(site.words, view.requestedAt, view.now)}</dd>
      <dt>${t`Groups`}</dt><dd>${groupTags(site, view.groups)}</dd>
      <dt>${t`Ends`}</dt><dd>${t`after ${site.words.span(view.lifetime)}, or when you revoke it`}</dd>
    </dl>`
}

/** Groups as tags; a person without any is told so. */
export function groupTags({ words: { t } }: Site, groups: readonly string[]): Html {
  if (groups.length === 0) return html`<span class="muted">${t`none`}</span>`
  return html`${groups.map((group) => html`<span class="tag">${group}</span> `)}`
}

function askedFrom({ words: { t } }: Site, view: DeviceConfirmView): Html {
  const distance = {
    'same-address': t`the same address as this browser`,
    'same-network': t`the same network as this browser`,
    elsewhere:
      view.browserAddress === null
        ? t`this browser is at an unknown address`
        : t`this browser is at ${view.browserAddress}`,
  }[view.distance]
  return html`<dt>${t`Asked from`}</dt><dd><span class="mono">${view.requestAddress ?? t`unknown`}</span><span class="hint">${distance}</span></dd>`
}
