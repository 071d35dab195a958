import { form } from '../form.ts'
import { type Html, html } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { cut, groupTag, pagesNav, select, some, textField, userLink, withQuery } from './parts.ts'

export interface UserRow {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly state: UserState
  readonly groups: readonly string[]
  readonly factors: string
}

export type UserState = 'active' | 'locked' | 'no password' | 'password to be changed'

export interface UsersView extends AdminView {
  readonly counts: { readonly users: number; readonly locked: number }
  readonly text: string
  readonly status: '' | 'active' | 'disabled'
  readonly rows: readonly UserRow[]
  /** The address's `after` of this page and of the next; empty for the first and after the last. */
  readonly after: string
  readonly next: string
}

const STATUSES = [
  { value: '', label: 'Any' },
  { value: 'active', label: 'Active' },
  { value: 'disabled', label: 'Locked' },
]
const SHOWN_GROUPS = 3

/** Everybody, page by page, and what is done to several of them at once. */
export function usersPage(site: Site, view: UsersView): string {
  const { users, locked } = view.counts
  const path = `${site.base}/admin/users`
  return adminFrame(
    site,
    view,
    {
      title: 'Users',
      heading: 'Users',
      lead: `${users.toLocaleString('en')} ${users === 1 ? 'person' : 'people'}, ${locked.toLocaleString('en')} locked.`,
      current: 'users',
      aside: html`<span class="end row">
        <a class="btn" href="${site.base}/admin/csv">Import and export</a>
        <a class="btn primary" href="${site.base}/admin/new-user">Add user</a>
      </span>`,
    },
    html`<form class="filters row" method="get" action="${path}" role="search">
      ${textField({ name: 'q', label: 'Search', type: 'search', value: view.text, maxlength: 128, placeholder: 'Username, name or e-mail' })}
      ${select('status', 'Status', STATUSES, view.status)}
      <button class="btn">Filter</button>
    </form>
    ${view.rows.length === 0 ? nobody(path, view) : list(site, view, path)}`,
  )
}

function nobody(path: string, { text }: UsersView): Html {
  return html`<section class="panel empty">
      <h2>${text === '' ? 'Nobody is here' : html`Nobody matches “<bdi>${text}</bdi>”`}</h2>
      <p>Search looks at how usernames, names and e-mail addresses begin.</p>
      <a class="btn" href="${path}">Clear filters</a>
    </section>`
}

function list(site: Site, view: UsersView, path: string): Html {
  const query = { q: view.text, status: view.status }
  return html`<section class="panel">
      ${form(
        { action: `${site.base}/admin/users/groups`, csrf: view.csrf },
        html`${table(
          'Users',
          html`<th scope="col"><span class="sr">Select</span></th><th scope="col">Username</th><th scope="col">Status</th><th scope="col" class="lo">Groups</th><th scope="col" class="mid">Signs in with</th>`,
          view.rows.map((row, at) => userRow(site, row, at)),
        )}
        <div class="pad row filters">
          ${textField({ name: 'group', label: 'Group for the selected', maxlength: 128 })}
          <button class="btn" name="act" value="add">Add to group</button>
          <button class="btn danger" name="act" value="remove">Remove from group</button>
        </div>`,
      )}
      ${pagesNav({
        firstPath: view.after === '' ? null : withQuery(path, query),
        nextPath: view.next === '' ? null : withQuery(path, { ...query, after: view.next }),
      })}
    </section>`
}

function userRow(site: Site, row: UserRow, at: number): Html {
  return html`<tr>
            <td><input type="checkbox" id="user-${at}" name="user.${row.username}" value="yes"><label class="sr" for="user-${at}">Select ${row.username}</label></td>
            <th scope="row">${userLink(site.base, row.username)} <small>${cut(row.displayName)}${row.email === null ? '' : html` · ${cut(row.email)}`}</small></th>
            <td>${userState(row.state)}</td>
            <td class="lo">${some(row.groups, SHOWN_GROUPS, (name) => groupTag(site.base, name))}</td>
            <td class="mid">${row.factors}</td>
          </tr>`
}

export function userState(state: UserState): Html {
  const kind = {
    active: ' ok',
    locked: ' bad',
    'no password': '',
    'password to be changed': ' warn',
  }
  return html`<span class="state${kind[state]}">${state}</span>`
}

export interface NewUserView extends AdminView {
  readonly typed: {
    readonly username: string
    readonly displayName: string
    readonly email: string
    readonly groups: string
  }
  readonly failure: null | {
    readonly field: 'username' | 'display_name' | 'email' | 'groups'
    readonly sentence: string
  }
}

/** One more person. */
export function newUserPage(site: Site, view: NewUserView): string {
  const { typed, failure } = view
  const error = (name: NonNullable<NewUserView['failure']>['field']) =>
    failure?.field === name ? failure.sentence : undefined
  return adminFrame(
    site,
    view,
    {
      title: `${failure === null ? '' : 'Error: '}Add user`,
      heading: 'Add user',
      lead: 'Without a password at first: make them a link on their page, or invite them instead.',
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">Users</a> / Add user`,
    },
    html`<section class="panel"><div class="pad">${form(
      { action: `${site.base}/admin/users`, csrf: view.csrf },
      html`<div class="stack">
      ${textField({ name: 'username', label: 'Username', value: typed.username, maxlength: 128, required: true, error: error('username'), hint: 'Kubernetes sees this name. It never changes.' })}
      ${textField({ name: 'display_name', label: 'Name', value: typed.displayName, maxlength: 128, error: error('display_name'), hint: 'The username unless given.' })}
      ${textField({ name: 'email', label: 'E-mail', type: 'email', value: typed.email, maxlength: 254, error: error('email') })}
      ${textField({ name: 'groups', label: 'Groups', value: typed.groups, maxlength: 2_000, error: error('groups'), hint: 'Names with a space between them.' })}
      <button class="btn primary">Add user</button>
      </div>`,
    )}</div></section>`,
  )
}
