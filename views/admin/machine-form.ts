import { english } from '../english.ts'
import { form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import type { Words } from '../words/words.ts'
import { area, radios, tickBox } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { select, textField } from './parts.ts'

interface Fault {
  readonly sentence: string
  readonly todo: string
}

export interface RuleFields {
  readonly name: string
  readonly issuer: string
  readonly audience: string
  readonly other_audiences: boolean
  readonly claims: string
  readonly username: string
  readonly groups: string
  readonly clusters: string
  readonly lifetime: string
}

export interface RuleFormView extends AdminView {
  readonly fields: RuleFields
  readonly issuers: readonly string[]
  /** Seconds. */
  readonly lifetimes: readonly number[]
  readonly fault: Fault | null
}

function page(
  site: Site,
  view: AdminView & { readonly fault: Fault | null },
  { title, lead, path }: { readonly title: Part; readonly lead: Part; readonly path: string },
  fields: Html,
): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: title,
      ...{ heading: title, lead, current: 'machines' },
      crumb: html`<a href="${site.base}/admin/machines">${t`Machines`}</a> / ${title}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">${fields}<button class="btn primary">${title}</button></div>`,
    )}</div></section>`,
  )
}

/** What a token must be, and who it then is. */
export function ruleFormPage(site: Site, view: RuleFormView): string {
  const { t } = site.words
  const { fields } = view
  const issuers = view.issuers.map((name) => ({ value: name, label: name }))
  const lifetimes = view.lifetimes.map((seconds) => ({
    value: String(seconds),
    label: site.words.span(seconds * 1000),
  }))
  return page(
    site,
    view,
    {
      title: t`Add rule`,
      lead: t`A token that matches every line enters these clusters, as this machine.`,
      path: '/admin/machines/rules',
    },
    html`${textField({ name: 'name', label: t`Name`, value: fields.name, maxlength: 63, required: true })}
      ${select('issuer', t`Issuer`, issuers, fields.issuer)}
      ${area({ name: 'claims', label: t`Claims`, value: fields.claims, rows: 4, maxlength: 8_000, required: true, hint: t`One a line: repository = acme/web for exactly that, ref ~ refs/tags/* with one star for one segment, pull := 7 for a number, true or false.` })}
      ${textField({ name: 'audience', label: t`Audience`, value: fields.audience, maxlength: 512, hint: t`What aud must be; the address of Lanyard unless given.` })}
      ${tickBox('other_audiences', t`aud may name others beside it`, fields.other_audiences)}
      ${textField({ name: 'username', label: t`Becomes`, value: fields.username, maxlength: 128, required: true, hint: t`machine: and a name.` })}
      ${textField({ name: 'groups', label: t`In groups`, value: fields.groups, maxlength: 2_000, hint: t`Names with a space between them.` })}
      ${textField({ name: 'clusters', label: t`Enters clusters`, value: fields.clusters, maxlength: 2_000, required: true, hint: t`Names with a space between them.` })}
      ${select('lifetime', t`Its tokens live`, lifetimes, fields.lifetime)}`,
  )
}

export interface IssuerFields {
  readonly name: string
  readonly kind: string
  readonly issuer: string
  readonly jwks_uri: string
  readonly jwks: string
  readonly certificate_authority: string
  readonly replay: string
}

export interface IssuerFormView extends AdminView {
  readonly fields: IssuerFields
  readonly kinds: readonly string[]
  readonly fault: Fault | null
}

const replays = ({ t }: Words) => [
  { value: '', label: t`As is usual for its kind` },
  { value: 'once', label: t`Once` },
  { value: 'until-expiry', label: t`Until it ends`, hint: t`Whoever finds one may use it too.` },
]

/** Whose tokens rules may name. */
export function issuerFormPage(site: Site, view: IssuerFormView): string {
  const { t } = site.words
  const { fields } = view
  const kinds = view.kinds.map((kind) => ({ value: kind, label: kind }))
  return page(
    site,
    view,
    {
      title: t`Trust an issuer`,
      lead: t`Without a rule that names it, trust lets nobody in.`,
      path: '/admin/machines/issuers',
    },
    html`${textField({ name: 'name', label: t`Name`, value: fields.name, maxlength: 63, required: true })}
      ${select('kind', t`Kind`, [{ value: '', label: t`made out from the address` }, ...kinds], fields.kind)}
      ${textField({ name: 'issuer', label: t`Address`, value: fields.issuer, maxlength: 2_048, hint: t`Exactly as iss has it; the kind’s own unless given.` })}
      ${textField({ name: 'jwks_uri', label: t`Where its keys are`, value: fields.jwks_uri, maxlength: 2_048, hint: t`Empty where it says so itself.` })}
      ${area({ name: 'jwks', label: t`Its keys`, value: fields.jwks, rows: 3, maxlength: 32_000, hint: t`A JSON Web Key Set; then nobody is asked.` })}
      ${area({ name: 'certificate_authority', label: t`CA`, value: fields.certificate_authority, rows: 3, maxlength: 16_000, hint: t`PEM that alone is trusted when it is asked for its keys.` })}
      ${radios('replay', t`One token is good`, replays(site.words), fields.replay)}`,
  )
}
