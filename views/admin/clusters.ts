import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago } from '../time.ts'
import { cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, cut, groupTag, some } from './parts.ts'

export interface ClusterHealth {
  readonly state: 'ok' | 'warn' | 'bad' | 'plain'
  /** `healthy`, `1 to fix`, `refusing`. */
  readonly words: Part
}

export interface DoctorCount {
  readonly passed: number
  readonly of: number
  readonly at: number
}

export interface ClusterRow {
  readonly name: string
  readonly server: string
  readonly health: ClusterHealth
  readonly liveGroups: boolean
  readonly signingAlg: string
  readonly everyone: boolean
  readonly groups: readonly string[]
  /** Null where it did not run since the server started. */
  readonly doctor: DoctorCount | null
  /** Logins that entered in a day; 1,001 for more than 1,000. */
  readonly entered: number
}

export interface ClustersView extends AdminView {
  readonly rows: readonly ClusterRow[]
  /** True where there are more than the rows. */
  readonly hasMore: boolean
}

const SHOWN_GROUPS = 3

export function clustersPage(site: Site, view: ClustersView): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      title: t`Clusters`,
      heading: t`Clusters`,
      lead: t`A token for one cluster is worthless at another.`,
      current: 'clusters',
      aside: html`<span class="end"><a class="btn primary" href="${site.base}/admin/new-cluster">${t`Add cluster`}</a></span>`,
    },
    view.rows.length === 0
      ? html`<section class="panel empty"><h2>${t`There is no cluster`}</h2><p>${t`Add the first one, and paste what its page shows into its kube-apiserver.`}</p><a class="btn" href="${site.base}/admin/new-cluster">${t`Add cluster`}</a></section>`
      : html`<section class="panel">
      ${view.hasMore ? cutShort(t`The first 1,000 by name.`) : ''}
      ${table(
        t`Clusters`,
        html`<th scope="col">${t`Cluster`}</th><th scope="col">${t`Health`}</th><th scope="col" class="lo">${t`Groups`}</th><th scope="col" class="mid">${t`Alg`}</th><th scope="col" class="mid">${t`Who may enter`}</th><th scope="col">${t`Doctor`}</th><th scope="col" class="num">${t`Entered in a day`}</th>`,
        view.rows.map((row) => clusterRow(site, view, row)),
      )}
    </section>`,
  )
}

function clusterRow(site: Site, view: ClustersView, row: ClusterRow): Html {
  const { t } = site.words
  return html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.cluster(row.name)}"><bdi>${row.name}</bdi></a> <small>${cut(row.server)}</small></th>
            <td>${healthState(row.health)}</td>
            <td class="lo">${row.liveGroups ? t`live` : t`embedded`}</td>
            <td class="mid">${row.signingAlg}</td>
            <td class="mid">${row.everyone ? t`everyone` : some(site.words, row.groups, SHOWN_GROUPS, (name) => groupTag(site.base, name))}</td>
            <td class="nowrap" data-l="${t`Doctor`}">${row.doctor === null ? html`<span class="muted">${t`not run`}</span>` : html`${t`${row.doctor.passed} of ${row.doctor.of}`} <small>${ago(site.words, row.doctor.at, view.now)}</small>`}</td>
            <td class="num" data-l="${t`Entered in a day`}">${row.entered > 1_000 ? t`over 1,000` : row.entered}</td>
          </tr>`
}

export function healthState({ state, words }: ClusterHealth): Html {
  return html`<span class="state${state === 'plain' ? '' : ` ${state}`}">${words}</span>`
}

export interface EntryRow {
  readonly username: string
  readonly device: string
  readonly enteredAt: number
  readonly address: string | null
  readonly state: 'signed in' | 'ended' | 'revoked'
}

/** Counted to a thousand and no further. */
function enteredText({ words: { t } }: Site, entered: number): Html {
  if (entered > 1_000) {
    return t`more than 1,000 logins entered in the last day. A login is listed once, when it first entered.`
  }
  return entered === 1
    ? t`1 login entered in the last day. A login is listed once, when it first entered.`
    : t`${entered} logins entered in the last day. A login is listed once, when it first entered.`
}

/** The last logins that entered; at most as many as the caller read. */
export function entriesPanel(
  site: Site,
  view: { readonly now: number; readonly entries: readonly EntryRow[]; readonly entered: number },
): Html {
  const { t } = site.words
  const states = { 'signed in': t`signed in`, ended: t`ended`, revoked: t`revoked` }
  return html`<section class="panel" id="entries">
      <header><h2>${t`Who entered lately`}</h2><p>${enteredText(site, view.entered)}</p></header>
      ${
        view.entries.length === 0
          ? html`<p class="pad muted">${t`Nobody yet.`}</p>`
          : table(
              t`Who entered lately`,
              html`<th scope="col">${t`Who`}</th><th scope="col" class="nowrap">${t`When`}</th><th scope="col" class="lo">${t`Login`}</th>`,
              view.entries.map(
                (entry) => html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.user(entry.username)}">${cut(entry.username)}</a> <small>${cut(entry.device)}${entry.address === null ? '' : html` <span class="mono">${entry.address}</span>`}</small></th>
            <td class="nowrap">${ago(site.words, entry.enteredAt, view.now)}</td>
            <td class="lo"><span class="state${entry.state === 'signed in' ? ' ok' : ''}">${states[entry.state]}</span></td>
          </tr>`,
              ),
            )
      }
    </section>`
}
