import { english } from '../english.ts'
import { note } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import { downloadIcon } from '../icons.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { ago, until } from '../time.ts'
import { cutShort } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, cut, groupTag, textField, userLink, visible, withQuery } from './parts.ts'

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
  readonly reasons: readonly Part[]
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
    readonly kind: Part
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
  const { t } = site.words
  const path = `${site.base}/admin/access-review`
  const query = { days: view.days, group: view.group }
  const link = (file: string, label: Part) =>
    html`<a class="btn" href="${withQuery(`${path}/${file}`, query)}" download>${downloadIcon()} ${label}</a>`
  return adminFrame(
    site,
    view,
    {
      failed: view.fault !== null,
      title: t`Access review`,
      heading: t`Access review`,
      lead: t`Who is in the groups that matter, by which way and since when unused, and what they may do.`,
      current: 'review',
      aside: html`<span class="end row">${link('memberships.csv', t`People as CSV`)} ${link('bindings.csv', t`Bindings as CSV`)} ${link('review.json', t`All as JSON`)}</span>`,
    },
    html`${view.fault === null ? '' : note('bad', english(site.words, view.fault), 'fault')}
    <form class="filters" method="get" action="${path}" role="search">
      ${textField({ name: 'group', label: t`One group alone`, value: view.group, maxlength: 128 })}
      ${textField({ name: 'days', label: t`Dormant after days`, value: view.days, maxlength: 4 })}
      <button class="btn">${t`Show`}</button>
    </form>
    ${view.hasMore ? note('warn', t`The first 1,000 memberships are shown. The exports have 100,000; a group by itself may fit.`) : ''}
    ${attention(site, view)}
    ${view.groups.map((group) => groupPanel(site, view, group))}
    ${idlePanel(site, view)}
    ${view.clusters.map((cluster) => clusterPanel(site, cluster))}`,
  )
}

function attention({ words }: Site, { groups, idle, clusters }: AccessReviewView): Html {
  const { t } = words
  const dormant = new Set(
    groups.flatMap(({ members }) =>
      members.flatMap(({ isDormant, username }) => (isDormant ? [username] : [])),
    ),
  ).size
  const unknown = clusters.reduce((sum, cluster) => sum + cluster.unknown.length, 0)
  const tile = (count: number, one: Html, many: Html) =>
    html`<div><b>${count.toLocaleString(words.language)}</b> ${count === 1 ? one : many}</div>`
  return html`<section class="panel" aria-label="${t`In numbers`}"><div class="tiles">
      ${tile(groups.length, t`privileged group`, t`privileged groups`)}
      ${tile(dormant, t`dormant person`, t`dormant people`)}
      ${tile(idle.length, t`unused login`, t`unused logins`)}
      ${tile(unknown, t`name in role bindings that is unknown here`, t`names in role bindings that are unknown here`)}
    </div></section>`
}

function groupPanel(site: Site, view: AccessReviewView, group: ReviewGroup): Html {
  const { t } = site.words
  const more = t`The first ${group.members.length.toLocaleString(site.words.language)}.`
  return html`<section class="panel">
      <header><h2>${groupTag(site.base, group.name)}</h2><p>${group.reasons.map((reason, at) => html`${at === 0 ? '' : '; '}${reason}`)}</p></header>
      ${group.hasMore ? cutShort(more) : ''}
      ${
        group.members.length === 0
          ? html`<p class="pad muted">${group.hasMore ? t`Its members are not shown here: name the group above.` : t`Nobody is in it.`}</p>`
          : table(
              t`Members of ${group.name}`,
              html`<th scope="col">${t`Who`}</th><th scope="col">${t`Through`}</th><th scope="col" class="mid nowrap">${t`Ends`}</th><th scope="col" class="nowrap">${t`Signed in`}</th><th scope="col" class="mid nowrap">${t`Entered`}</th><th scope="col" class="lo num">${t`Logins`}</th>`,
              group.members.map((member) => memberRow(site, view, member)),
            )
      }
    </section>`
}

function memberRow(site: Site, view: AccessReviewView, member: ReviewMemberRow): Html {
  const { t } = site.words
  const never = html`<span class="muted">${t`never`}</span>`
  const through =
    member.through.length === 0
      ? t`direct`
      : html`${member.through.map((name, at) => html`${at === 0 ? '' : ' › '}${groupTag(site.base, name)}`)}`
  const signedIn = member.signedInAt === null ? never : ago(site.words, member.signedInAt, view.now)
  return html`<tr>
            <th scope="row">${userLink(site.base, member.username)} <small>${cut(member.displayName)}${member.isLocked ? html` · ${t`locked`}` : ''}</small></th>
            <td data-l="${t`Through`}">${through}</td>
            <td class="mid nowrap">${member.endsAt === null ? html`<span class="muted">${t`never`}</span>` : until(site.words, member.endsAt, view.now)}</td>
            <td class="nowrap" data-l="${t`Signed in`}">${member.isDormant ? html`<span class="state warn">${t`dormant, ${signedIn}`}</span>` : signedIn}</td>
            <td class="mid nowrap">${member.enteredAt === null ? never : ago(site.words, member.enteredAt, view.now)}</td>
            <td class="lo num">${member.logins}</td>
          </tr>`
}

function idlePanel(site: Site, view: AccessReviewView): Html | '' {
  const { t } = site.words
  if (view.idle.length === 0) return ''
  return html`<section class="panel" id="idle">
      <header><h2>${t`Good, and not used for ${view.days} days`}</h2><p>${t`Devices and access tokens of these people. Revoke them on the person’s page.`}</p></header>
      ${view.idle.length > MOST_ROWS ? cutShort(t`The first 1,000.`) : ''}
      ${table(
        t`Unused logins`,
        html`<th scope="col">${t`What`}</th><th scope="col">${t`Whose`}</th><th scope="col" class="nowrap">${t`Last used`}</th><th scope="col" class="mid nowrap">${t`Ends`}</th>`,
        view.idle.slice(0, MOST_ROWS).map(
          (each) => html`<tr>
            <th scope="row">${cut(each.name)} <small>${each.kind}</small></th>
            <td>${userLink(site.base, each.username)}</td>
            <td class="nowrap" data-l="${t`Last used`}">${each.lastUsedAt === null ? t`never` : ago(site.words, each.lastUsedAt, view.now)}</td>
            <td class="mid nowrap">${until(site.words, each.expiresAt, view.now)}</td>
          </tr>`,
        ),
      )}
    </section>`
}

/** Counted to a thousand and no further. */
function boundText({ words: { t } }: Site, count: number): Html {
  if (count > 1_000) return t`more than 1,000 bindings of people and groups of Lanyard.`
  return count === 1
    ? t`1 binding of people and groups of Lanyard.`
    : t`${count} bindings of people and groups of Lanyard.`
}

function clusterPanel(site: Site, cluster: ReviewCluster): Html {
  const { t } = site.words
  const link = html`<a href="${site.base}${adminPath.cluster(cluster.name)}"><bdi>${cluster.name}</bdi></a>`
  if (cluster.state !== 'read') {
    const why =
      cluster.state === 'failed'
        ? html`${note('bad', english(site.words, cluster.fault))}`
        : html`<p class="muted">${t`Its role bindings are not read. On the server: <code>lanyard cluster rbac-reader ${cluster.name} --rbac</code>`}</p>`
    return html`<section class="panel"><header><h2>${t`Cluster ${link}`}</h2></header><div class="pad">${why}</div></section>`
  }
  return html`<section class="panel">
      <header><h2>${t`Cluster ${link}`}</h2><p>${boundText(site, cluster.bound.length)}</p></header>
      ${unknownList(site, cluster)}
      ${cluster.hasMore || cluster.bound.length > MOST_ROWS ? cutShort(t`The first 1,000 bindings. The exports have 20,000.`) : ''}
      ${
        cluster.bound.length === 0
          ? html`<p class="pad muted">${t`Nobody of Lanyard is bound to a role.`}</p>`
          : table(
              t`Role bindings of ${cluster.name}`,
              html`<th scope="col">${t`Who`}</th><th scope="col">${t`Role`}</th><th scope="col">${t`Where`}</th><th scope="col" class="mid">${t`Binding`}</th>`,
              cluster.bound.slice(0, MOST_ROWS).map(
                (each) => html`<tr>
            <th scope="row">${each.kind === 'group' ? groupTag(site.base, each.name) : userLink(site.base, each.name)} <small>${each.kind === 'group' ? t`group` : t`user`}</small></th>
            <td><bdi>${visible(each.role)}</bdi></td>
            <td data-l="${t`Where`}">${each.namespace === null ? t`everywhere` : html`<bdi>${each.namespace}</bdi>`}</td>
            <td class="mid mono">${cut(each.binding)}</td>
          </tr>`,
              ),
            )
      }
    </section>`
}

function unknownList({ words: { t } }: Site, { unknown, unbound }: ReviewCluster): Html | '' {
  if (unknown.length === 0 && unbound.length === 0) return ''
  return html`<ul class="pad stack">
      ${unknown.map(
        ({ kind, subject, bindings, near }) =>
          html`<li><span class="state warn">${t`Unknown here`}</span> ${kind === 'group' ? t`group` : t`user`} <bdi class="mono">${visible(subject)}</bdi> <span class="hint">${t`in <bdi>${visible(bindings.join(', '))}</bdi>.`}${near === null ? '' : html` ${t`Fix: write <bdi class="mono">${near}</bdi>, if that was meant.`}`}</span></li>`,
      )}
      ${unbound.map(
        (name) =>
          html`<li><span class="state">${t`Bound to nothing`}</span> ${t`group <bdi class="mono">${name}</bdi> <span class="hint">may enter, and may do nothing there by itself.</span>`}</li>`,
      )}
    </ul>`
}
