import { form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { until } from '../time.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { type GroupRulesView, groupOwnersPanel, groupRulesPanel } from './group-rules.ts'
import { adminPath, cut, groupTag, pagesNav, textField, userLink, withQuery } from './parts.ts'

export interface GroupView extends AdminView {
  readonly group: { readonly name: string; readonly description: string }
  /** False for an owner: members and nothing else. */
  readonly isAdmin: boolean
  /** Null for an owner. */
  readonly rules: GroupRulesView | null
  /** Whether those who are in it through other groups are listed too. */
  readonly nested: boolean
  readonly count: number
  readonly members: readonly MemberRow[]
  /** The username after which this page and the next begin; empty for the first and after the last. */
  readonly after: string
  readonly next: string
  readonly contains: readonly string[]
  readonly inside: readonly string[]
  readonly doors: readonly {
    readonly kind: 'cluster' | 'application'
    readonly name: string
    /** Of the groups that members are in, those that open it. */
    readonly through: readonly string[]
  }[]
}

export interface MemberRow {
  readonly username: string
  readonly displayName: string
  readonly locked: boolean
  readonly direct: boolean
  readonly endsAt: number | null
}

/** One group: who is in it, what it opens, and where it stands among the others. */
export function groupPage(site: Site, view: GroupView): string {
  const { t } = site.words
  const { group, isAdmin } = view
  const to = (rest: string) => ({ action: pathTo(site, view, rest), csrf: view.csrf })
  const admins = (panel: () => Html): Part => (isAdmin ? panel() : '')
  return adminFrame(
    site,
    view,
    {
      title: group.name,
      heading: html`<bdi>${group.name}</bdi>`,
      lead: html`<bdi>${group.description}</bdi>`,
      current: isAdmin ? 'groups' : null,
      ...(isAdmin
        ? {
            crumb: html`<a href="${site.base}/admin/groups">${t`Groups`}</a> / <bdi>${group.name}</bdi>`,
          }
        : {}),
    },
    html`<div class="cols">
      <div>
        ${membersPanel(site, view)}
        ${doorsPanel(site, view)}
      </div>
      <div>
        ${addPanel(site, view)}
        ${nestingPanel(site, view)}
        ${view.rules === null ? '' : groupRulesPanel(site, view.rules, to('/policy'))}
        ${view.rules === null ? '' : groupOwnersPanel(site, view.rules.owners, to)}
        ${admins(() => editPanel(site, view))}
        ${admins(() => deletePanel(site, view))}
      </div>
    </div>`,
  )
}

function pathTo(site: Site, view: GroupView, path = ''): string {
  return `${site.base}${adminPath.group(view.group.name)}${path}`
}

function membersPanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  const { group, members, nested } = view
  const path = pathTo(site, view)
  const query = { show: nested ? 'all' : '' }
  return html`<section class="panel" id="members">
      <header>
        <h2>${t`Members`}</h2>
        <span class="end row">${tab(path, t`Direct`, !nested)} ${tab(withQuery(path, { show: 'all' }), t`Everybody`, nested)}</span>
        <p>${countOf(site, view)}</p>
      </header>
      ${
        members.length === 0
          ? html`<p class="pad muted">${t`Nobody.`}</p>`
          : table(
              t`Members of ${group.name}`,
              html`<th scope="col">${t`User`}</th><th scope="col">${t`Member`}</th><th scope="col" class="lo">${t`Until`}</th><th scope="col" class="act"><span class="sr">${t`Actions`}</span></th>`,
              members.map((member) => memberRow(site, view, member)),
            )
      }
      ${pagesNav(site.words, {
        firstPath: view.after === '' ? null : withQuery(path, query),
        nextPath: view.next === '' ? null : withQuery(path, { ...query, after: view.next }),
      })}
    </section>`
}

/** Counted to a thousand and no further. */
function countOf({ words: { t } }: Site, { count, nested }: GroupView): Html {
  if (nested) {
    if (count > 1_000) return t`more than 1,000 people, those in groups that it contains included.`
    return count === 1
      ? t`1 person, those in groups that it contains included.`
      : t`${count} people, those in groups that it contains included.`
  }
  if (count > 1_000) return t`more than 1,000 people in it directly.`
  return count === 1 ? t`1 person in it directly.` : t`${count} people in it directly.`
}

function tab(path: string, label: Part, isCurrent: boolean): Html {
  return html`<a class="tag" href="${path}"${isCurrent ? html` aria-current="true"` : ''}>${label}</a>`
}

function memberRow(site: Site, view: GroupView, member: MemberRow): Html {
  const { t } = site.words
  const { username, displayName, locked, direct, endsAt } = member
  const who = view.isAdmin ? userLink(site.base, username) : cut(username)
  const remove = form(
    { action: pathTo(site, view, '/members/remove'), csrf: view.csrf },
    html`<input type="hidden" name="username" value="${username}"><button class="btn tiny danger">${t`Remove<span class="sr"> ${html`<bdi>${username}</bdi>`}</span>`}</button>`,
  )
  return html`<tr>
            <th scope="row">${who} <small>${cut(displayName)}</small></th>
            <td>${direct ? t`direct` : t`through a group`}${locked ? html` <span class="state bad">${t`locked`}</span>` : ''}</td>
            <td class="lo">${endsAt === null ? html`<span class="muted">${t`no end`}</span>` : until(site.words, endsAt, view.now)}</td>
            <td class="act">${direct ? remove : ''}</td>
          </tr>`
}

function doorsPanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  const { doors, group } = view
  return html`<section class="panel" id="access">
      <header><h2>${t`What it opens`}</h2><p>${t`What members may do there is for each cluster’s RBAC to say.`}</p></header>
      ${
        doors.length === 0
          ? html`<p class="pad muted">${t`No cluster and no application.`}</p>`
          : table(
              t`What ${group.name} opens`,
              html`<th scope="col">${t`Where`}</th><th scope="col">${t`Through`}</th>`,
              doors.map(
                ({ kind, name, through }) => html`<tr>
            <th scope="row">${cut(name)} <small>${kind === 'cluster' ? t`cluster` : t`application`}</small></th>
            <td data-l="${t`Through`}">${through.map((inner) => html`${tagOf(site, view, inner)} `)}</td>
          </tr>`,
              ),
            )
      }
    </section>`
}

/** Pages of other groups are the admin's. */
function tagOf(site: Site, view: GroupView, name: string): Html {
  return view.isAdmin ? groupTag(site.base, name) : html`<span class="tag">${cut(name)}</span>`
}

function addPanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  return html`<section class="panel" id="add">
      <header><h2>${t`Add member`}</h2></header>
      <div class="pad">${form(
        { action: pathTo(site, view, '/members'), csrf: view.csrf },
        html`<div class="stack">${textField({ name: 'username', label: t`Username`, maxlength: 128, required: true })}
        <button class="btn primary">${t`Add`}</button></div>`,
      )}</div>
      <footer>${t`Removing somebody takes effect within 10 seconds where a cluster asks for groups live.`}</footer>
    </section>`
}

function nestingPanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  const { contains, inside, isAdmin, group } = view
  const remove = (name: string) =>
    form(
      { action: pathTo(site, view, '/groups/remove'), csrf: view.csrf },
      html`<input type="hidden" name="group" value="${name}"><button class="btn tiny danger">${t`Take out<span class="sr"> <bdi>${name}</bdi></span>`}</button>`,
    )
  return html`<section class="panel" id="nesting">
      <header><h2>${t`Nesting`}</h2></header>
      <dl class="facts pad">
        <dt>${t`Contains`}</dt><dd>${contains.length === 0 ? html`<span class="muted">${t`no groups`}</span>` : html`<ul class="stack">${contains.map((name) => html`<li class="row">${tagOf(site, view, name)}${isAdmin ? html`<div class="end">${remove(name)}</div>` : ''}</li>`)}</ul>`}</dd>
        <dt>${t`Is inside`}</dt><dd>${inside.length === 0 ? html`<span class="muted">${t`no groups`}</span>` : inside.map((name) => html`${tagOf(site, view, name)} `)}</dd>
      </dl>
      ${
        isAdmin
          ? html`<div class="pad">${form(
              { action: pathTo(site, view, '/groups'), csrf: view.csrf },
              html`<div class="stack">${textField({ name: 'group', label: t`Put a group into it`, maxlength: 128, required: true })}
        <button class="btn">${t`Put in`}</button></div>`,
            )}</div>`
          : ''
      }
      ${inside.length === 0 ? '' : html`<footer>${inside.length === 1 ? t`Members of <bdi>${group.name}</bdi> are members of it too.` : t`Members of <bdi>${group.name}</bdi> are members of them too.`}</footer>`}
    </section>`
}

function editPanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  return html`<section class="panel" id="description">
      <header><h2>${t`Description`}</h2></header>
      <div class="pad">${form(
        { action: pathTo(site, view, '/description'), csrf: view.csrf },
        html`<div class="stack">${textField({ name: 'description', label: t`What it is for`, value: view.group.description, maxlength: 256 })}
        <button class="btn">${t`Save`}</button></div>`,
      )}</div>
    </section>`
}

function deletePanel(site: Site, view: GroupView): Html {
  const { t } = site.words
  return html`<section class="panel" id="delete">
      <header><h2>${t`Delete <bdi>${view.group.name}</bdi>`}</h2></header>
      <div class="pad stack"><p class="small muted">${t`Nobody can make a group of this name again: bindings made for this one would apply to it.`}</p>${form(
        { action: pathTo(site, view, '/delete'), csrf: view.csrf },
        html`<button class="btn danger">${t`Delete group`}</button>`,
      )}</div>
    </section>`
}
