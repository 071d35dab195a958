import { form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, cut, groupTag, pagesNav, some, textField, withQuery } from './parts.ts'

export interface GroupRow {
  readonly name: string
  readonly description: string
  /** Direct members; more than a thousand is "more". */
  readonly users: number
  readonly groups: readonly string[]
  /** Names of clusters and applications that let it in itself. */
  readonly opens: readonly string[]
  readonly needs: Part
}

export interface GroupsView extends AdminView {
  readonly text: string
  readonly rows: readonly GroupRow[]
  /** The name after which this page and the next begin; empty for the first and after the last. */
  readonly after: string
  readonly next: string
}

const SHOWN = 3

/** All groups, page by page. */
export function groupsPage(site: Site, view: GroupsView): string {
  const { t } = site.words
  const path = `${site.base}/admin/groups`
  return adminFrame(
    site,
    view,
    {
      title: t`Groups`,
      heading: t`Groups`,
      lead: t`A group’s name is what RBAC binds.`,
      current: 'groups',
      aside: html`<span class="end row">
        <a class="btn" href="${site.base}/admin/csv">${t`Import and export`}</a>
        <a class="btn primary" href="${site.base}/admin/new-group">${t`New group`}</a>
      </span>`,
    },
    html`<form class="filters row" method="get" action="${path}" role="search">
      ${textField({ name: 'q', label: t`Search`, type: 'search', value: view.text, maxlength: 128, placeholder: t`How the name begins` })}
      <button class="btn">${t`Filter`}</button>
    </form>
    ${view.rows.length === 0 ? nothing(site, path, view) : list(site, view, path)}`,
  )
}

function nothing({ words: { t } }: Site, path: string, { text }: GroupsView): Html {
  return html`<section class="panel empty">
      <h2>${text === '' ? t`There is no group yet` : t`No group begins with “<bdi>${text}</bdi>”`}</h2>
      <a class="btn" href="${path}">${t`Clear filters`}</a>
    </section>`
}

function list(site: Site, view: GroupsView, path: string): Html {
  const { t } = site.words
  return html`<section class="panel">
      ${table(
        t`Groups`,
        html`<th scope="col">${t`Group`}</th><th scope="col" class="num">${t`Members`}</th><th scope="col" class="lo">${t`Contains`}</th><th scope="col">${t`Opens`}</th><th scope="col" class="lo">${t`Sign-in needs`}</th>`,
        view.rows.map(
          (row) => html`<tr>
            <th scope="row"><a href="${site.base}${adminPath.group(row.name)}">${cut(row.name)}</a> <small>${cut(row.description)}</small></th>
            <td class="num" data-l="${t`Members`}">${row.users > 1_000 ? t`over 1,000` : row.users}</td>
            <td class="lo">${some(site.words, row.groups, SHOWN, (name) => groupTag(site.base, name))}</td>
            <td>${some(site.words, row.opens, SHOWN, (name) => html`<span class="tag">${cut(name)}</span>`)}</td>
            <td class="lo">${row.needs}</td>
          </tr>`,
        ),
      )}
      ${pagesNav(site.words, {
        firstPath: view.after === '' ? null : withQuery(path, { q: view.text }),
        nextPath: view.next === '' ? null : withQuery(path, { q: view.text, after: view.next }),
      })}
    </section>`
}

export interface NewGroupView extends AdminView {
  readonly typed: { readonly name: string; readonly description: string }
  readonly failure: null | { readonly field: 'name' | 'description'; readonly sentence: string }
}

/** One more group. */
export function newGroupPage(site: Site, view: NewGroupView): string {
  const { t } = site.words
  const { typed, failure } = view
  const error = (name: string) => (failure?.field === name ? failure.sentence : undefined)
  return adminFrame(
    site,
    view,
    {
      failed: failure !== null,
      title: t`New group`,
      heading: t`New group`,
      lead: t`Nobody is in it at first, and it opens nothing.`,
      current: 'groups',
      crumb: html`<a href="${site.base}/admin/groups">${t`Groups`}</a> / ${t`New group`}`,
    },
    html`<section class="panel"><div class="pad">${form(
      { action: `${site.base}/admin/groups`, csrf: view.csrf },
      html`<div class="stack">
      ${textField({ name: 'name', label: t`Name`, value: typed.name, maxlength: 128, required: true, error: error('name'), hint: t`RBAC binds this name. It never changes, and nobody can have it again once it is deleted.` })}
      ${textField({ name: 'description', label: t`Description`, value: typed.description, maxlength: 256, error: error('description') })}
      <button class="btn primary">${t`Make group`}</button>
      </div>`,
    )}</div></section>`,
  )
}
