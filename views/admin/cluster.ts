import { english } from '../english.ts'
import { type FormTarget, form, note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { ago, stamp } from '../time.ts'
import type { Words } from '../words/words.ts'
import { type ConfigView, configPanel } from './cluster-config.ts'
import { type DoctorView, doctorPanel } from './cluster-doctor.ts'
import { type ClusterHealth, type EntryRow, entriesPanel, healthState } from './clusters.ts'
import { actButton, radios } from './controls.ts'
import { accessPanel, type PolicyView, policyPanel, type To } from './entry.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath } from './parts.ts'

export interface ClusterView extends AdminView {
  readonly name: string
  readonly health: ClusterHealth
  readonly facts: readonly (readonly [label: Part, value: Part])[]
  readonly rbacReader: { readonly since: number } | null
  readonly everyone: boolean
  readonly groups: readonly string[]
  readonly policy: PolicyView
  readonly liveGroups: boolean
  readonly fallbackAfter: number | null
  readonly tokenLifetime: string
  readonly config: ConfigView
  readonly doctor: DoctorView
  readonly entries: readonly EntryRow[]
  readonly entered: number
  readonly credentials: readonly { readonly kind: 'webhook' | 'proxy'; readonly at: number }[]
  /** What the last form was refused for: whole sentences. */
  readonly fault: { readonly sentence: string; readonly todo: string } | null
}

/** One cluster: who may enter and how, what its apiserver is told, and whether that works. */
export function clusterPage(site: Site, view: ClusterView): string {
  const { t } = site.words
  const path = `${site.base}${adminPath.cluster(view.name)}`
  const to = (rest: string): FormTarget => ({ action: `${path}/${rest}`, csrf: view.csrf })
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: view.name,
      heading: html`<bdi>${view.name}</bdi>`,
      lead: healthState(view.health),
      current: 'clusters',
      crumb: html`<a href="${site.base}/admin/clusters">${t`Clusters`}</a> / <bdi>${view.name}</bdi>`,
      aside: html`<span class="end row"><a class="btn" href="${path}/edit">${t`Edit`}</a></span>`,
      copies: true,
    },
    html`${view.fault === null ? '' : note('bad', html`<b>${english(site.words, view.fault.sentence)}</b> ${english(site.words, view.fault.todo)}`, 'fault')}
    <div class="cols">
      <div>
        ${accessPanel(site, view, t`What they may do there is said by RBAC in the cluster, which binds these groups.`, to)}
        ${policyPanel(site, view.policy, view.tokenLifetime, to('policy'))}
        ${groupsPanel(site, view, to('groups-mode'))}
        ${configPanel(site, path, view.config)}
      </div>
      <div>
        ${doctorPanel(site, to('doctor'), view.doctor, view.now)}
        ${factsPanel(site, view)}
        ${entriesPanel(site, view)}
        ${credentialsPanel(site, view, to)}
        ${deletePanel(site, view, to('delete'))}
      </div>
    </div>`,
  )
}

function groupsPanel(site: Site, view: ClusterView, target: FormTarget): Html {
  const { t } = site.words
  const fallback =
    view.fallbackAfter === null
      ? ''
      : html` ${t`After ${site.words.span(view.fallbackAfter * 1000)} without live groups, tokens carry them all the same.`}`
  const modes = [
    {
      value: 'live',
      label: t`Live`,
      hint: html`${t`The API server asks Lanyard. Removing someone takes effect within 10 seconds; if Lanyard is down, nobody new gets in.`}${fallback}`,
    },
    {
      value: 'embedded',
      label: t`Embedded`,
      hint: t`Groups travel in the token. Removing someone takes effect when the token ends, at most ${view.tokenLifetime}; who is in already works on while Lanyard is down.`,
    },
  ]
  return html`<section class="panel" id="groups-mode">
      <header><h2>${t`Groups in tokens`}</h2><p>${t`The API server’s configuration below changes with this: paste it again.`}</p></header>
      <div class="pad">${form(target, html`<div class="stack">${radios('groups_mode', t`Groups are`, modes, view.liveGroups ? t`live` : t`embedded`)}<button class="btn">${t`Save`}</button></div>`)}</div>
    </section>`
}

function factsPanel(site: Site, view: ClusterView): Html {
  const { t } = site.words
  const reader =
    view.rbacReader === null
      ? t`not read. On the server: <code>lanyard cluster rbac-reader ${view.name} --rbac</code>`
      : t`read for the access review, since ${stamp(site.words, view.rbacReader.since)}`
  return html`<section class="panel" id="facts">
      <header><h2>${t`Facts`}</h2></header>
      <dl class="facts pad">
        ${view.facts.map(([label, value]) => html`<dt>${label}</dt><dd class="mono">${value}</dd>`)}
        <dt>${t`Role bindings`}</dt><dd>${reader}</dd>
      </dl>
    </section>`
}

const kinds = ({ t }: Words) =>
  [
    {
      kind: 'webhook',
      label: t`Token webhook`,
      hint: t`For an API server that asks Lanyard about each token.`,
    },
    { kind: 'proxy', label: t`Proxy`, hint: t`For lanyard proxy before an API server.` },
  ] as const

function credentialsPanel(site: Site, view: ClusterView, to: To): Html {
  const { t } = site.words
  return html`<section class="panel" id="credentials">
      <header><h2>${t`Credentials of gateways`}</h2><p>${t`Whoever has one can ask Lanyard whose a token is. Each is shown once.`}</p></header>
      <ul class="pad stack">
        ${kinds(site.words).map(({ kind, label, hint }) => {
          const own = view.credentials.filter((each) => each.kind === kind)
          const [newest] = own
          return html`<li class="stack"><p><b>${label}</b> <span class="hint">${hint} ${newest === undefined ? t`There is none.` : t`${own.length} good, the newest made ${ago(site.words, newest.at, view.now)}.`}</span></p>
          <div class="row">${actButton(to('credentials'), t`Make one<span class="sr"> for the ${label}</span>`, { fields: { kind } })}
          ${newest === undefined ? '' : actButton(to('credentials/revoke'), t`Revoke all<span class="sr"> of the ${label}</span>`, { danger: true, fields: { kind } })}</div></li>`
        })}
      </ul>
    </section>`
}

function deletePanel({ words: { t } }: Site, view: ClusterView, target: FormTarget): Html {
  return html`<section class="panel" id="delete">
      <header><h2>${t`Delete`}</h2><p>${t`Nobody gets a token for it any more, and no later cluster inherits its audience. Contexts in people’s kubeconfigs stay, and are of no use.`}</p></header>
      <div class="pad">${actButton(target, t`Delete cluster<span class="sr"> <bdi>${view.name}</bdi></span>`, { danger: true, tiny: false })}</div>
    </section>`
}
