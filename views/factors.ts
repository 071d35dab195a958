import { english } from './english.ts'
import { type FormTarget, field, form, note } from './form.ts'
import { type Html, html, type Part } from './html.ts'
import { keyIcon } from './icons.ts'
import { card, type Site } from './layout.ts'
import { outside, outsideText } from './outside.ts'
import { type PasskeyForm, passkeyForm, passkeyRefused, passkeysNeedScript } from './passkey.ts'
import { ago, stamp } from './time.ts'

export interface PasskeyRow {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface FactorsView {
  readonly now: number
  readonly password: boolean
  readonly passkeys: readonly PasskeyRow[]
  readonly oneTimeCode: boolean
  readonly recoveryCodesLeft: number
}

/** Said at the top of the account, while it is easy to mend. */
export function factorsNudge(site: Site, { passkeys, oneTimeCode, ...view }: FactorsView): Part {
  const { t } = site.words
  if (view.recoveryCodesLeft === 0 && (oneTimeCode || passkeys.length > 0)) {
    return note(
      'warn',
      t`<b>You have no recovery codes.</b> If you lose your phone or key, only an admin can let you back in. <a href="${site.base}/account/recovery-codes">Make new ones</a>.`,
    )
  }
  if (passkeys.length !== 1) return ''
  return note(
    'warn',
    t`<b>You have one passkey.</b> If you lose it, you need a recovery code or an admin. <a href="${site.base}/account/passkeys/new">Add a second one</a>.`,
  )
}

/** What a person signs in with, on their own page. */
export function factorsPanel(site: Site, view: FactorsView): Html {
  const { t } = site.words
  const { now, passkeys } = view
  return html`<section class="panel" id="factors">
          <header><h2>${t`How you sign in`}</h2><a class="end btn tiny" href="${site.base}/account/passkeys/new">${keyIcon(16)} ${t`Add passkey`}</a></header>
          <div class="scroll" role="region" aria-label="${t`How you sign in`}" tabindex="0">
          <table>
            <thead>
              <tr><th scope="col">${t`Way`}</th><th scope="col" class="lo">${t`Added`}</th><th scope="col">${t`Last used`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th></tr>
            </thead>
            <tbody>
              ${passkeys.map(
                (passkey) => html`<tr>
                <th scope="row">${t`Passkey`} <small>${outside(passkey.name)}</small></th>
                <td class="lo" data-l="${t`Added`}">${ago(site.words, passkey.createdAt, now)}</td>
                <td data-l="${t`Last used`}">${passkey.lastUsedAt === null ? t`never` : ago(site.words, passkey.lastUsedAt, now)}</td>
                <td class="act"><a class="btn tiny" href="${site.base}/account/passkeys/${encodeURIComponent(passkey.id)}">${t`Change<span class="sr"> passkey ${outside(passkey.name)}</span>`}</a></td>
              </tr>`,
              )}
              ${codesRow(site, view)}
              ${recoveryRow(site, view)}
              ${passwordRow(site, view)}
            </tbody>
          </table>
          </div>
        </section>`
}

const row = (what: Html, more: Html, action: Html): Html => html`<tr>
                <th scope="row">${what} <small>${more}</small></th>
                <td class="lo"></td>
                <td></td>
                <td class="act">${action}</td>
              </tr>`

function codesRow(site: Site, { oneTimeCode }: FactorsView): Html {
  const { t } = site.words
  const action = html`<a class="btn tiny" href="${site.base}/account/one-time-codes">${oneTimeCode ? t`Change<span class="sr"> one-time codes</span>` : t`Set up<span class="sr"> one-time codes</span>`}</a>`
  return row(
    t`One-time codes`,
    oneTimeCode ? t`from your authenticator app` : t`not set up`,
    action,
  )
}

function recoveryRow(site: Site, view: FactorsView): Part {
  const { t } = site.words
  if (!view.oneTimeCode && view.passkeys.length === 0) return ''
  const left = view.recoveryCodesLeft === 0 ? t`none left` : t`${view.recoveryCodesLeft} left`
  const action = html`<a class="btn tiny" href="${site.base}/account/recovery-codes">${t`New codes<span class="sr"> for recovery</span>`}</a>`
  return row(t`Recovery codes`, left, action)
}

function passwordRow(site: Site, { password, oneTimeCode }: FactorsView): Part {
  const { t } = site.words
  if (!password) return ''
  const action = html`<a class="btn tiny" href="${site.base}/account/password">${t`Change<span class="sr"> password</span>`}</a>`
  return row(t`Password`, oneTimeCode ? t`always with a one-time code` : t`on its own`, action)
}

export interface NewPasskeyView extends PasskeyForm {
  readonly username: string
  readonly name: string
  /** A whole sentence, or that the passkey itself was refused. */
  readonly failure: null | 'refused' | { readonly sentence: string }
}

/** Adds a passkey to an account. */
export function newPasskeyPage(site: Site, view: NewPasskeyView): string {
  const { t } = site.words
  const { failure } = view
  const heading = t`Add a passkey`
  return card(
    site,
    {
      title: heading,
      failed: failure !== null,
      heading,
      lead: [t`For <b>${view.username}</b>, on this device, a phone or a security key.`],
      script: true,
    },
    html`${failure === 'refused' ? passkeyRefused(site.words, 'nothing') : ''}
    ${passkeyForm(site.words, view, {
      act: 'create',
      label: t`Make the passkey`,
      primary: true,
      fields: nameField(site, view.name, failure),
    })}
    ${passkeysNeedScript(site, 'nothing')}
    ${backToFactors(site)}`,
  )
}

function nameField({ words }: Site, name: string, failure: NewPasskeyView['failure']): Html {
  const { t } = words
  return field({
    name: 'name',
    label: t`Name`,
    autocomplete: 'off',
    maxlength: 64,
    value: name,
    focused: true,
    error: failure !== null && failure !== 'refused' ? english(words, failure.sentence) : undefined,
    hint: { text: t`Where it is kept, such as “laptop fingerprint” or “blue key”.` },
  })
}

export interface OnePasskeyView {
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly backedUp: boolean
  readonly now: number
  readonly rename: FormTarget
  readonly remove: FormTarget
  readonly failure: null | { readonly sentence: string }
}

/** One passkey: its name, and its end. */
export function onePasskeyPage(site: Site, view: OnePasskeyView): string {
  const { t } = site.words
  const { failure } = view
  const heading = t`Passkey`
  return card(
    site,
    {
      title: outsideText(view.name),
      failed: failure !== null,
      heading,
      lead: [outside(view.name)],
    },
    html`<dl class="facts">
      <dt>${t`Added`}</dt><dd>${stamp(site.words, view.createdAt)}</dd>
      <dt>${t`Last used`}</dt><dd>${view.lastUsedAt === null ? t`never` : ago(site.words, view.lastUsedAt, view.now)}</dd>
      <dt>${t`Kept`}</dt><dd>${view.backedUp ? t`on several devices, by whoever keeps your passkeys` : t`on one device or key alone`}</dd>
    </dl>
    ${form(
      view.rename,
      html`${nameField(site, view.name, failure)}
      <button class="btn">${t`Change name`}</button>`,
    )}
    ${form(view.remove, html`<button class="btn danger">${t`Remove this passkey`}</button>`)}
    ${backToFactors(site)}`,
  )
}

export interface CodesView {
  readonly username: string
  /** Whether they are set up. */
  readonly confirmed: boolean
  readonly begin: FormTarget
  readonly remove: FormTarget
}

/** One-time codes on an account: begin, begin anew, or end. */
export function codesPage(site: Site, view: CodesView): string {
  const { t } = site.words
  const heading = t`One-time codes`
  return card(
    site,
    {
      title: heading,
      heading,
      lead: [t`For <b>${view.username}</b>, from an authenticator app.`],
    },
    html`${
      view.confirmed
        ? html`<p>${t`They are set up: your password always asks for one. For another phone, remove them and set them up again.`}</p>
    ${form(view.remove, html`<button class="btn danger">${t`Remove one-time codes`}</button>`)}`
        : html`<p>${t`Once they are set up, your password always asks for one. Nobody gets in with your password alone.`}</p>
    ${form(view.begin, html`<button class="btn primary">${t`Set up one-time codes`}</button>`)}`
    }
    ${backToFactors(site)}`,
  )
}

export interface NewRecoveryCodesView extends FormTarget {
  readonly username: string
  readonly left: number
}

/** Asks before the old ones die. */
export function newRecoveryCodesPage(site: Site, view: NewRecoveryCodesView): string {
  const { t } = site.words
  const heading = t`New recovery codes`
  const lead =
    view.left === 1
      ? t`For <b>${view.username}</b>; 1 code is left.`
      : t`For <b>${view.username}</b>; ${view.left} codes are left.`
  return card(
    site,
    { title: heading, heading, lead: [lead] },
    html`<p>${t`You get ten new ones, and those that you have no longer work.`}</p>
    ${form(view, html`<button class="btn primary">${t`Make new codes`}</button>`)}
    ${backToFactors(site)}`,
  )
}

function backToFactors({ base, words: { t } }: Site): Html {
  return html`<p class="small"><a href="${base}/account#factors">${t`Back to your account`}</a></p>`
}
