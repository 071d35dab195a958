import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago } from '../time.ts'
import { cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, counted, cut, groupTag, some } from './parts.ts'

export interface ClusterHealth {
  readonly state: 'ok' | 'warn' | 'bad' | 'plain'
  /** `healthy`, `1 to fix`, `refusing`. */
  readonly words: string
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
  return adminFrame(
    site,
    view,
    {
      title: 'Clusters',
      heading: 'Clusters',
      lead: 'A token for one cluster is worthless at another.',
      current: 'clusters',
      aside: html`<span class="end"><a class="btn primary" href="${site.base}/admin/new-cluster">Add cluster</a></span>`,
    },
    view.rows.length === 0
      ? html`<section class="panel empty"><h2>There is no cluster</h2><p>Add the first one, and paste what its page shows into its kube-apiserver.</p><a class="btn" href="${site.base}/admin/new-cluster">Add cluster</a></section>`
      : html`<section class="panel">
      ${view.hasMore ? cutShort('The first 1,000 by name.') : ''}
      ${table(
        'Clusters',
        html`<th scope="col">Cluster</th><th scope="col">Health</th><th scope="col" class="lo">Groups</th><th scope="col" class="mid">Alg</th><th scope="col" class="mid">Who may enter</th><th scope="col">Doctor</th><th scope="col" class="num">Entered in a day</th>`,
        view.rows.map((row) => clusterRow(site, view, row)),
      )}
    </section>`,
  )
}

function clusterRow(site: Site, view: ClustersView, row: ClusterRow): Html {
  return html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.cluster(row.name)}"><bdi>${row.name}</bdi></a> <small>${row.server}</small></th>
            <td>${healthState(row.health)}</td>
            <td class="lo">${row.liveGroups ? 'live' : 'embedded'}</td>
            <td class="mid">${row.signingAlg}</td>
            <td class="mid">${row.everyone ? 'everyone' : some(row.groups, SHOWN_GROUPS, (name) => groupTag(site.base, name))}</td>
            <td data-l="Doctor">${row.doctor === null ? html`<span class="muted">not run</span>` : html`${row.doctor.passed} of ${row.doctor.of} <small>${ago(site.words, row.doctor.at, view.now)}</small>`}</td>
            <td class="num" data-l="Entered in a day">${row.entered > 1_000 ? 'over 1,000' : row.entered}</td>
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

/** The last logins that entered; at most as many as the caller read. */
export function entriesPanel(
  site: Site,
  view: { readonly now: number; readonly entries: readonly EntryRow[]; readonly entered: number },
): Html {
  return html`<section class="panel" id="entries">
      <header><h2>Who entered lately</h2><p>${counted(view.entered, 'login', 'logins')} entered in the last day. A login is listed once, when it first entered.</p></header>
      ${
        view.entries.length === 0
          ? html`<p class="pad muted">Nobody yet.</p>`
          : table(
              'Who entered lately',
              html`<th scope="col">Who</th><th scope="col" class="nowrap">When</th><th scope="col" class="lo">Login</th>`,
              view.entries.map(
                (entry) => html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.user(entry.username)}">${cut(entry.username)}</a> <small>${cut(entry.device)}${entry.address === null ? '' : html` <span class="mono">${entry.address}</span>`}</small></th>
            <td class="nowrap">${ago(site.words, entry.enteredAt, view.now)}</td>
            <td class="lo"><span class="state${entry.state === 'signed in' ? ' ok' : ''}">${entry.state}</span></td>
          </tr>`,
              ),
            )
      }
    </section>`
}
