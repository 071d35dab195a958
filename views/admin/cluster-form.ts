import { form, note } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { area, code, radios, tickBox } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, select, textField } from './parts.ts'

/** Fields as they are typed. */
export interface ClusterFields {
  readonly name: string
  readonly server: string
  readonly certificate_authority: string
  readonly kubernetes_version: string
  readonly signing_alg: string
  readonly username_prefix: string
  readonly groups_prefix: string
  readonly replicas: string
  readonly proxy_server: string
  readonly proxy_certificate_authority: string
  readonly fallback_after: string
}

export interface Fault {
  readonly sentence: string
  readonly todo: string
}

export interface ClusterFormView extends AdminView {
  readonly fields: ClusterFields
  readonly fault: Fault | null
  readonly kind:
    | {
        readonly kind: 'new'
        readonly audience: string
        readonly groups: string
        readonly everyone: boolean
        readonly groupsMode: string
      }
    | { readonly kind: 'edit'; readonly cluster: string; readonly version: string }
}

const ALGS = [
  { value: 'RS256', label: 'RS256: every apiserver takes it' },
  { value: 'ES256', label: 'ES256: shorter tokens, needs to be configured' },
]

/** A new cluster, or what is known of one. */
export function clusterFormPage(site: Site, view: ClusterFormView): string {
  const { kind } = view
  const heading = kind.kind === 'new' ? 'Add cluster' : html`Edit <bdi>${kind.cluster}</bdi>`
  const title = kind.kind === 'new' ? 'Add cluster' : `Edit ${kind.cluster}`
  const path = kind.kind === 'new' ? '/admin/clusters' : adminPath.cluster(kind.cluster)
  const back =
    kind.kind === 'new'
      ? 'Add'
      : html`<a href="${site.base}${path}"><bdi>${kind.cluster}</bdi></a> / Edit`
  return adminFrame(
    site,
    view,
    {
      title: `${view.fault === null ? '' : 'Error: '}${title}`,
      heading,
      lead:
        kind.kind === 'new'
          ? 'Its page then shows what to paste into its kube-apiserver.'
          : 'What its kube-apiserver is told may change with this: look at its page afterwards.',
      current: 'clusters',
      crumb: html`<a href="${site.base}/admin/clusters">Clusters</a> / ${back}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${view.fault.sentence}</b> ${view.fault.todo}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">
        ${mainFields(view)}
        ${kind.kind === 'new' ? newFields(kind) : html`<input type="hidden" name="version" value="${kind.version}">`}
        ${moreFields(view.fields)}
        <button class="btn primary">${kind.kind === 'new' ? 'Add cluster' : 'Save'}</button>
      </div>`,
    )}</div></section>`,
  )
}

function mainFields({ fields }: ClusterFormView): Html {
  return html`${textField({ name: 'name', label: 'Name', value: fields.name, maxlength: 63, required: true, hint: 'What people type: a to z, 0 to 9 and - inside.' })}
        ${textField({ name: 'server', label: 'API server', value: fields.server, maxlength: 2_048, required: true, hint: 'Its https address, as in a kubeconfig.' })}
        ${area({ name: 'certificate_authority', label: 'CA of the API server', value: fields.certificate_authority, rows: 4, maxlength: 16_000, hint: 'PEM, for kubectl. Empty where people’s systems trust it.' })}
        ${textField({ name: 'kubernetes_version', label: 'Kubernetes version', value: fields.kubernetes_version, maxlength: 16, hint: 'Such as 1.34. Empty for the newest that is known.' })}`
}

function newFields(kind: Extract<ClusterFormView['kind'], { readonly kind: 'new' }>): Html {
  const modes = [
    {
      value: 'live',
      label: 'Live',
      hint: 'The API server asks Lanyard: removing someone takes effect within 10 seconds.',
    },
    { value: 'embedded', label: 'Embedded', hint: 'Groups travel in the token.' },
  ]
  return html`${textField({ name: 'groups', label: 'Groups that may enter', value: kind.groups, maxlength: 2_000, hint: 'Names with a space between them.' })}
        ${tickBox('everyone', 'Every active user may enter', kind.everyone)}
        ${radios('groups_mode', 'Groups are', modes, kind.groupsMode)}
        ${textField({ name: 'audience', label: 'Audience', value: kind.audience, maxlength: 128, hint: 'For ever; the name unless given.' })}`
}

function moreFields(fields: ClusterFields): Html {
  return html`<details class="more"><summary>More</summary><div class="stack">
        ${select('signing_alg', 'Tokens are signed with', ALGS, fields.signing_alg)}
        ${textField({ name: 'username_prefix', label: 'Username prefix', value: fields.username_prefix, maxlength: 64, hint: 'What its API server puts before usernames.' })}
        ${textField({ name: 'groups_prefix', label: 'Groups prefix', value: fields.groups_prefix, maxlength: 64, hint: 'What its API server puts before groups.' })}
        ${textField({ name: 'fallback_after', label: 'Fallback after', value: fields.fallback_after, maxlength: 9, hint: 'Seconds without live groups after which tokens carry them. Empty for never.' })}
        ${area({ name: 'replicas', label: 'API servers behind that address', value: fields.replicas, rows: 2, maxlength: 4_000, hint: 'An https address a line, where there are several.' })}
        ${textField({ name: 'proxy_server', label: 'Proxy', value: fields.proxy_server, maxlength: 2_048, hint: 'The address of lanyard proxy before it: what kubeconfigs get instead.' })}
        ${area({ name: 'proxy_certificate_authority', label: 'CA of the proxy', value: fields.proxy_certificate_authority, rows: 3, maxlength: 16_000 })}
      </div></details>`
}

export interface SecretOnceView extends AdminView {
  readonly current: 'clusters' | 'applications'
  readonly title: string
  readonly lead: string
  readonly parts: readonly { readonly caption: string; readonly text: string }[]
  readonly hints: readonly string[]
  /** Where the reader goes on; below the issuer's path. */
  readonly next: `/${string}`
}

/** The only time that a secret is shown. */
export function secretOncePage(site: Site, view: SecretOnceView): string {
  return adminFrame(
    site,
    view,
    {
      ...{ title: view.title, heading: view.title, lead: view.lead, current: view.current },
      copies: true,
    },
    html`<section class="panel"><div class="pad stack">
      ${note('warn', 'It is not shown again. Put it where the program reads it, and into no command line: others see those.')}
      ${view.parts.map(({ caption, text }) => code({ caption, text }))}
      ${view.hints.map((hint) => html`<p class="small">${hint}</p>`)}
      <p><a class="btn primary" href="${site.base}${view.next}">I have copied it</a></p>
    </div></section>`,
  )
}
