import { note } from '../form.ts'
import { type Html, html } from '../html.ts'
import { downloadIcon } from '../icons.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago, until } from '../time.ts'
import { cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import {
  adminPath,
  counted,
  cut,
  groupTag,
  textField,
  userLink,
  visible,
  withQuery,
} from './parts.ts'

export interface ReviewMemberRow {
  readonly username: string
  readonly displayName: string
  readonly isLocked: boolean
  readonly through: readonly string[]
  readonly endsAt: number | null
  readonly signedInAt: number | null
  readonly enteredAt: number | null
  readonly logins: number
  readonly isDormant: boolean
}

export interface ReviewGroup {
  readonly name: string
  readonly reasons: readonly string[]
  readonly members: readonly ReviewMemberRow[]
  readonly hasMore: boolean
}

export interface ReviewCluster {
  readonly name: string
  readonly state: 'read' | 'none' | 'failed'
  readonly fault: string
  readonly bound: readonly {
    readonly kind: 'user' | 'group'
    readonly name: string
    readonly role: string
    readonly namespace: string | null
    readonly binding: string
  }[]
  readonly unknown: readonly {
    readonly kind: 'user' | 'group'
    readonly subject: string
    readonly bindings: readonly string[]
    readonly near: string | null
  }[]
  readonly unbound: readonly string[]
  readonly hasMore: boolean
}

export interface AccessReviewView extends AdminView {
  readonly days: string
  readonly group: string
  readonly groups: readonly ReviewGroup[]
  readonly hasMore: boolean
  readonly idle: readonly {
    readonly kind: string
    readonly username: string
    readonly name: string
    readonly lastUsedAt: number | null
    readonly expiresAt: number
  }[]
  readonly clusters: readonly ReviewCluster[]
  readonly fault: string | null
}

const MOST_ROWS = 1_000

/** Who holds what: the people in the groups that matter, and what the clusters' role bindings say of it. */
export function accessReviewPage(site: Site, view: AccessReviewView): string {
  const path = `${site.base}/admin/access-review`
  const query = { days: view.days, group: view.group }
  const link = (file: string, label: string) =>
    html`<a class="btn" href="${withQuery(`${path}/${file}`, query)}" download>${downloadIcon()} ${label}</a>`
  return adminFrame(
    site,
    view,
    {
      title: `${view.fault === null ? '' : 'Error: '}Access review`,
      heading: 'Access review',
      lead: 'Who is in the groups that matter, by which way and since when unused, and what they may do.',
      current: 'review',
      aside: html`<span class="end row">${link('memberships.csv', 'People as CSV')} ${link('bindings.csv', 'Bindings as CSV')} ${link('review.json', 'All as JSON')}</span>`,
    },
    html`${view.fault === null ? '' : note('bad', view.fault, 'fault')}
    <form class="filters" method="get" action="${path}" role="search">
      ${textField({ name: 'group', label: 'One group alone', value: view.group, maxlength: 128 })}
      ${textField({ name: 'days', label: 'Dormant after days', value: view.days, maxlength: 4 })}
      <button class="btn">Show</button>
    </form>
    ${view.hasMore ? note('warn', 'The first 1,000 memberships are shown. The exports have 100,000; a group by itself may fit.') : ''}
    ${attention(view)}
    ${view.groups.map((group) => groupPanel(site, view, group))}
    ${idlePanel(site, view)}
    ${view.clusters.map((cluster) => clusterPanel(site, cluster))}`,
  )
}

function attention({ groups, idle, clusters }: AccessReviewView): Html {
  const dormant = new Set(
    groups.flatMap(({ members }) =>
      members.flatMap(({ isDormant, username }) => (isDormant ? [username] : [])),
    ),
  ).size
  const unknown = clusters.reduce((sum, cluster) => sum + cluster.unknown.length, 0)
  const tile = (count: number, one: string, many: string) =>
    html`<div><b>${count.toLocaleString('en')}</b> ${count === 1 ? one : many}</div>`
  return html`<section class="panel" aria-label="In numbers"><div class="tiles">
      ${tile(groups.length, 'privileged group', 'privileged groups')}
      ${tile(dormant, 'dormant person', 'dormant people')}
      ${tile(idle.length, 'unused login', 'unused logins')}
      ${tile(unknown, 'name in role bindings that is unknown here', 'names in role bindings that are unknown here')}
    </div></section>`
}

function groupPanel(site: Site, view: AccessReviewView, group: ReviewGroup): Html {
  const more = `The first ${group.members.length.toLocaleString('en')}.`
  return html`<section class="panel">
      <header><h2>${groupTag(site.base, group.name)}</h2><p>${group.reasons.join('; ')}</p></header>
      ${group.hasMore ? cutShort(more) : ''}
      ${
        group.members.length === 0
          ? html`<p class="pad muted">${group.hasMore ? 'Its members are not shown here: name the group above.' : 'Nobody is in it.'}</p>`
          : table(
              `Members of ${group.name}`,
              html`<th scope="col">Who</th><th scope="col">Through</th><th scope="col" class="mid nowrap">Ends</th><th scope="col" class="nowrap">Signed in</th><th scope="col" class="mid nowrap">Entered</th><th scope="col" class="lo num">Logins</th>`,
              group.members.map((member) => memberRow(site, view, member)),
            )
      }
    </section>`
}

function memberRow(site: Site, view: AccessReviewView, member: ReviewMemberRow): Html {
  const never = html`<span class="muted">never</span>`
  const through =
    member.through.length === 0
      ? 'direct'
      : html`${member.through.map((name, at) => html`${at === 0 ? '' : ' › '}${groupTag(site.base, name)}`)}`
  const signedIn = member.signedInAt === null ? never : ago(site.words, member.signedInAt, view.now)
  return html`<tr>
            <th scope="row">${userLink(site.base, member.username)} <small>${cut(member.displayName)}${member.isLocked ? ' · locked' : ''}</small></th>
            <td data-l="Through">${through}</td>
            <td class="mid nowrap">${member.endsAt === null ? html`<span class="muted">never</span>` : until(site.words, member.endsAt, view.now)}</td>
            <td class="nowrap" data-l="Signed in">${member.isDormant ? html`<span class="state warn">dormant, ${signedIn}</span>` : signedIn}</td>
            <td class="mid nowrap">${member.enteredAt === null ? never : ago(site.words, member.enteredAt, view.now)}</td>
            <td class="lo num">${member.logins}</td>
          </tr>`
}

function idlePanel(site: Site, view: AccessReviewView): Html | '' {
  if (view.idle.length === 0) return ''
  return html`<section class="panel" id="idle">
      <header><h2>Good, and not used for ${view.days} days</h2><p>Devices and access tokens of these people. Revoke them on the person’s page.</p></header>
      ${view.idle.length > MOST_ROWS ? cutShort('The first 1,000.') : ''}
      ${table(
        'Unused logins',
        html`<th scope="col">What</th><th scope="col">Whose</th><th scope="col" class="nowrap">Last used</th><th scope="col" class="mid nowrap">Ends</th>`,
        view.idle.slice(0, MOST_ROWS).map(
          (each) => html`<tr>
            <th scope="row">${cut(each.name)} <small>${each.kind}</small></th>
            <td>${userLink(site.base, each.username)}</td>
            <td class="nowrap" data-l="Last used">${each.lastUsedAt === null ? 'never' : ago(site.words, each.lastUsedAt, view.now)}</td>
            <td class="mid nowrap">${until(site.words, each.expiresAt, view.now)}</td>
          </tr>`,
        ),
      )}
    </section>`
}

function clusterPanel(site: Site, cluster: ReviewCluster): Html {
  const link = html`<a href="${site.base}${adminPath.cluster(cluster.name)}"><bdi>${cluster.name}</bdi></a>`
  if (cluster.state !== 'read') {
    const why =
      cluster.state === 'failed'
        ? html`${note('bad', cluster.fault)}`
        : html`<p class="muted">Its role bindings are not read. On the server: <code>lanyard cluster rbac-reader ${cluster.name} --rbac</code></p>`
    return html`<section class="panel"><header><h2>Cluster ${link}</h2></header><div class="pad">${why}</div></section>`
  }
  return html`<section class="panel">
      <header><h2>Cluster ${link}</h2><p>${counted(cluster.bound.length, 'binding', 'bindings')} of people and groups of Lanyard.</p></header>
      ${unknownList(cluster)}
      ${cluster.hasMore || cluster.bound.length > MOST_ROWS ? cutShort('The first 1,000 bindings. The exports have 20,000.') : ''}
      ${
        cluster.bound.length === 0
          ? html`<p class="pad muted">Nobody of Lanyard is bound to a role.</p>`
          : table(
              `Role bindings of ${cluster.name}`,
              html`<th scope="col">Who</th><th scope="col">Role</th><th scope="col">Where</th><th scope="col" class="mid">Binding</th>`,
              cluster.bound.slice(0, MOST_ROWS).map(
                (each) => html`<tr>
            <th scope="row">${each.kind === 'group' ? groupTag(site.base, each.name) : userLink(site.base, each.name)} <small>${each.kind}</small></th>
            <td><bdi>${visible(each.role)}</bdi></td>
            <td data-l="Where">${each.namespace === null ? 'everywhere' : html`<bdi>${each.namespace}</bdi>`}</td>
            <td class="mid mono">${cut(each.binding)}</td>
          </tr>`,
              ),
            )
      }
    </section>`
}

function unknownList({ unknown, unbound }: ReviewCluster): Html | '' {
  if (unknown.length === 0 && unbound.length === 0) return ''
  return html`<ul class="pad stack">
      ${unknown.map(
        ({ kind, subject, bindings, near }) =>
          html`<li><span class="state warn">Unknown here</span> ${kind} <bdi class="mono">${visible(subject)}</bdi> <span class="hint">in <bdi>${visible(bindings.join(', '))}</bdi>.${near === null ? '' : html` Fix: write <bdi class="mono">${near}</bdi>, if that was meant.`}</span></li>`,
      )}
      ${unbound.map(
        (name) =>
          html`<li><span class="state">Bound to nothing</span> group <bdi class="mono">${name}</bdi> <span class="hint">may enter, and may do nothing there by itself.</span></li>`,
      )}
    </ul>`
}
