import { form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
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
  { title, lead, path }: { readonly title: string; readonly lead: string; readonly path: string },
  fields: Html,
): string {
  return adminFrame(
    site,
    view,
    {
      title: `${view.fault === null ? '' : 'Error: '}${title}`,
      ...{ heading: title, lead, current: 'machines' },
      crumb: html`<a href="${site.base}/admin/machines">Machines</a> / ${title}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${view.fault.sentence}</b> ${view.fault.todo}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">${fields}<button class="btn primary">${title}</button></div>`,
    )}</div></section>`,
  )
}

/** What a token must be, and who it then is. */
export function ruleFormPage(site: Site, view: RuleFormView): string {
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
      title: 'Add rule',
      lead: 'A token that matches every line enters these clusters, as this machine.',
      path: '/admin/machines/rules',
    },
    html`${textField({ name: 'name', label: 'Name', value: fields.name, maxlength: 63, required: true })}
      ${select('issuer', 'Issuer', issuers, fields.issuer)}
      ${area({ name: 'claims', label: 'Claims', value: fields.claims, rows: 4, maxlength: 8_000, required: true, hint: 'One a line: repository = acme/web for exactly that, ref ~ refs/tags/* with one star for one segment, pull := 7 for a number, true or false.' })}
      ${textField({ name: 'audience', label: 'Audience', value: fields.audience, maxlength: 512, hint: 'What aud must be; the address of Lanyard unless given.' })}
      ${tickBox('other_audiences', 'aud may name others beside it', fields.other_audiences)}
      ${textField({ name: 'username', label: 'Becomes', value: fields.username, maxlength: 128, required: true, hint: 'machine: and a name.' })}
      ${textField({ name: 'groups', label: 'In groups', value: fields.groups, maxlength: 2_000, hint: 'Names with a space between them.' })}
      ${textField({ name: 'clusters', label: 'Enters clusters', value: fields.clusters, maxlength: 2_000, required: true, hint: 'Names with a space between them.' })}
      ${select('lifetime', 'Its tokens live', lifetimes, fields.lifetime)}`,
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

const REPLAYS = [
  { value: '', label: 'As is usual for its kind' },
  { value: 'once', label: 'Once' },
  { value: 'until-expiry', label: 'Until it ends', hint: 'Whoever finds one may use it too.' },
]

/** Whose tokens rules may name. */
export function issuerFormPage(site: Site, view: IssuerFormView): string {
  const { fields } = view
  const kinds = view.kinds.map((kind) => ({ value: kind, label: kind }))
  return page(
    site,
    view,
    {
      title: 'Trust an issuer',
      lead: 'Without a rule that names it, trust lets nobody in.',
      path: '/admin/machines/issuers',
    },
    html`${textField({ name: 'name', label: 'Name', value: fields.name, maxlength: 63, required: true })}
      ${select('kind', 'Kind', [{ value: '', label: 'made out from the address' }, ...kinds], fields.kind)}
      ${textField({ name: 'issuer', label: 'Address', value: fields.issuer, maxlength: 2_048, hint: 'Exactly as iss has it; the kind’s own unless given.' })}
      ${textField({ name: 'jwks_uri', label: 'Where its keys are', value: fields.jwks_uri, maxlength: 2_048, hint: 'Empty where it says so itself.' })}
      ${area({ name: 'jwks', label: 'Its keys', value: fields.jwks, rows: 3, maxlength: 32_000, hint: 'A JSON Web Key Set; then nobody is asked.' })}
      ${area({ name: 'certificate_authority', label: 'CA', value: fields.certificate_authority, rows: 3, maxlength: 16_000, hint: 'PEM that alone is trusted when it is asked for its keys.' })}
      ${radios('replay', 'One token is good', REPLAYS, fields.replay)}`,
  )
}
