import { english } from '../english.ts'
import { form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import type { Words } from '../words/words.ts'
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

const algs = ({ t }: Words) => [
  { value: 'RS256', label: t`RS256: every apiserver takes it` },
  { value: 'ES256', label: t`ES256: shorter tokens, needs to be configured` },
]

/** A new cluster, or what is known of one. */
export function clusterFormPage(site: Site, view: ClusterFormView): string {
  const { t } = site.words
  const { kind } = view
  const heading = kind.kind === 'new' ? t`Add cluster` : t`Edit <bdi>${kind.cluster}</bdi>`
  const title = kind.kind === 'new' ? t`Add cluster` : t`Edit ${kind.cluster}`
  const path = kind.kind === 'new' ? '/admin/clusters' : adminPath.cluster(kind.cluster)
  const back =
    kind.kind === 'new'
      ? t`Add`
      : html`<a href="${site.base}${path}"><bdi>${kind.cluster}</bdi></a> / ${t`Edit`}`
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: title,
      heading,
      lead:
        kind.kind === 'new'
          ? t`Its page then shows what to paste into its kube-apiserver.`
          : t`What its kube-apiserver is told may change with this: look at its page afterwards.`,
      current: 'clusters',
      crumb: html`<a href="${site.base}/admin/clusters">${t`Clusters`}</a> / ${back}`,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    <section class="panel"><div class="pad">${form(
      { action: `${site.base}${path}`, csrf: view.csrf },
      html`<div class="stack">
        ${mainFields(site, view)}
        ${kind.kind === 'new' ? newFields(site, kind) : html`<input type="hidden" name="version" value="${kind.version}">`}
        ${moreFields(site, view.fields)}
        <button class="btn primary">${kind.kind === 'new' ? t`Add cluster` : t`Save`}</button>
      </div>`,
    )}</div></section>`,
  )
}

function mainFields({ words: { t } }: Site, { fields }: ClusterFormView): Html {
  return html`${textField({ name: 'name', label: t`Name`, value: fields.name, maxlength: 63, required: true, hint: t`What people type: a to z, 0 to 9 and - inside.` })}
        ${textField({ name: 'server', label: t`API server`, value: fields.server, maxlength: 2_048, required: true, hint: t`Its https address, as in a kubeconfig.` })}
        ${area({ name: 'certificate_authority', label: t`CA of the API server`, value: fields.certificate_authority, rows: 4, maxlength: 16_000, hint: t`PEM, for kubectl. Empty where people’s systems trust it.` })}
        ${textField({ name: 'kubernetes_version', label: t`Kubernetes version`, value: fields.kubernetes_version, maxlength: 16, hint: t`Such as 1.34. Empty for the newest that is known.` })}`
}

function newFields(
  { words: { t } }: Site,
  kind: Extract<ClusterFormView['kind'], { readonly kind: 'new' }>,
): Html {
  const modes = [
    {
      value: 'live',
      label: t`Live`,
      hint: t`The API server asks Lanyard: removing someone takes effect within 10 seconds.`,
    },
    { value: 'embedded', label: t`Embedded`, hint: t`Groups travel in the token.` },
  ]
  return html`${textField({ name: 'groups', label: t`Groups that may enter`, value: kind.groups, maxlength: 2_000, hint: t`Names with a space between them.` })}
        ${tickBox('everyone', t`Every active user may enter`, kind.everyone)}
        ${radios('groups_mode', t`Groups are`, modes, kind.groupsMode)}
        ${textField({ name: 'audience', label: t`Audience`, value: kind.audience, maxlength: 128, hint: t`For ever; the name unless given.` })}`
}

function moreFields(site: Site, fields: ClusterFields): Html {
  const { t } = site.words
  return html`<details class="more"><summary>${t`More`}</summary><div class="stack">
        ${select('signing_alg', t`Tokens are signed with`, algs(site.words), fields.signing_alg)}
        ${textField({ name: 'username_prefix', label: t`Username prefix`, value: fields.username_prefix, maxlength: 64, hint: t`What its API server puts before usernames.` })}
        ${textField({ name: 'groups_prefix', label: t`Groups prefix`, value: fields.groups_prefix, maxlength: 64, hint: t`What its API server puts before groups.` })}
        ${textField({ name: 'fallback_after', label: t`Fallback after`, value: fields.fallback_after, maxlength: 9, hint: t`Seconds without live groups after which tokens carry them. Empty for never.` })}
        ${area({ name: 'replicas', label: t`API servers behind that address`, value: fields.replicas, rows: 2, maxlength: 4_000, hint: t`An https address a line, where there are several.` })}
        ${textField({ name: 'proxy_server', label: t`Proxy`, value: fields.proxy_server, maxlength: 2_048, hint: t`The address of lanyard proxy before it: what kubeconfigs get instead.` })}
        ${area({ name: 'proxy_certificate_authority', label: t`CA of the proxy`, value: fields.proxy_certificate_authority, rows: 3, maxlength: 16_000 })}
      </div></details>`
}

export interface SecretOnceView extends AdminView {
  readonly current: 'clusters' | 'applications'
  readonly title: Part
  readonly lead: Part
  readonly parts: readonly { readonly caption: Part; readonly text: string }[]
  readonly hints: readonly Part[]
  /** Where the reader goes on; below the issuer's path. */
  readonly next: `/${string}`
}

/** The only time that a secret is shown. */
export function secretOncePage(site: Site, view: SecretOnceView): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      ...{ title: view.title, heading: view.title, lead: view.lead, current: view.current },
      copies: true,
    },
    html`<section class="panel"><div class="pad stack">
      ${note('warn', t`It is not shown again. Put it where the program reads it, and into no command line: others see those.`)}
      ${view.parts.map(({ caption, text }) => code(site.words, { caption, text }))}
      ${view.hints.map((hint) => html`<p class="small">${hint}</p>`)}
      <p><a class="btn primary" href="${site.base}${view.next}">${t`I have copied it`}</a></p>
    </div></section>`,
  )
}
