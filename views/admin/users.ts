import { form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import type { Words } from '../words/words.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { cut, groupTag, pagesNav, select, some, textField, userLink, withQuery } from './parts.ts'

export interface UserRow {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly state: UserState
  readonly groups: readonly string[]
  readonly factors: Part
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

const statuses = ({ t }: Words) => [
  { value: '', label: t`Any` },
  { value: 'active', label: t`Active` },
  { value: 'disabled', label: t`Locked` },
]
const SHOWN_GROUPS = 3

/** Everybody, page by page, and what is done to several of them at once. */
export function usersPage(site: Site, view: UsersView): string {
  const { t } = site.words
  const { users, locked } = view.counts
  const path = `${site.base}/admin/users`
  const say = (count: number) => count.toLocaleString(site.words.language)
  return adminFrame(
    site,
    view,
    {
      title: t`Users`,
      heading: t`Users`,
      lead:
        users === 1
          ? t`1 person, ${say(locked)} locked.`
          : t`${say(users)} people, ${say(locked)} locked.`,
      current: 'users',
      aside: html`<span class="end row">
        <a class="btn" href="${site.base}/admin/csv">${t`Import and export`}</a>
        <a class="btn primary" href="${site.base}/admin/new-user">${t`Add user`}</a>
      </span>`,
    },
    html`<form class="filters row" method="get" action="${path}" role="search">
      ${textField({ name: 'q', label: t`Search`, type: 'search', value: view.text, maxlength: 128, placeholder: t`Username, name or e-mail` })}
      ${select('status', t`Status`, statuses(site.words), view.status)}
      <button class="btn">${t`Filter`}</button>
    </form>
    ${view.rows.length === 0 ? nobody(site, path, view) : list(site, view, path)}`,
  )
}

function nobody({ words: { t } }: Site, path: string, { text }: UsersView): Html {
  return html`<section class="panel empty">
      <h2>${text === '' ? t`Nobody is here` : t`Nobody matches “<bdi>${text}</bdi>”`}</h2>
      <p>${t`Search looks at how usernames, names and e-mail addresses begin.`}</p>
      <a class="btn" href="${path}">${t`Clear filters`}</a>
    </section>`
}

function list(site: Site, view: UsersView, path: string): Html {
  const { t } = site.words
  const query = { q: view.text, status: view.status }
  return html`<section class="panel">
      ${form(
        { action: `${site.base}/admin/users/groups`, csrf: view.csrf },
        html`${table(
          t`Users`,
          html`<th scope="col"><span class="sr">${t`Select`}</span></th><th scope="col">${t`Username`}</th><th scope="col">${t`Status`}</th><th scope="col" class="lo">${t`Groups`}</th><th scope="col" class="mid">${t`Signs in with`}</th>`,
          view.rows.map((row, at) => userRow(site, row, at)),
        )}
        <div class="pad row filters">
          ${textField({ name: 'group', label: t`Group for the selected`, maxlength: 128 })}
          <button class="btn" name="act" value="add">${t`Add to group`}</button>
          <button class="btn danger" name="act" value="remove">${t`Remove from group`}</button>
        </div>`,
      )}
      ${pagesNav(site.words, {
        firstPath: view.after === '' ? null : withQuery(path, query),
        nextPath: view.next === '' ? null : withQuery(path, { ...query, after: view.next }),
      })}
    </section>`
}

function userRow(site: Site, row: UserRow, at: number): Html {
  const { t } = site.words
  return html`<tr>
            <td><input type="checkbox" id="user-${at}" name="user.${row.username}" value="yes"><label class="sr" for="user-${at}">${t`Select ${row.username}`}</label></td>
            <th scope="row">${userLink(site.base, row.username)} <small>${cut(row.displayName)}${row.email === null ? '' : html` · ${cut(row.email)}`}</small></th>
            <td>${userState(site.words, row.state)}</td>
            <td class="lo">${some(site.words, row.groups, SHOWN_GROUPS, (name) => groupTag(site.base, name))}</td>
            <td class="mid">${row.factors}</td>
          </tr>`
}

export function userState({ t }: Words, state: UserState): Html {
  const kind = {
    active: ' ok',
    locked: ' bad',
    'no password': '',
    'password to be changed': ' warn',
  }
  const said = {
    active: t`active`,
    locked: t`locked`,
    'no password': t`no password`,
    'password to be changed': t`password to be changed`,
  }
  return html`<span class="state${kind[state]}">${said[state]}</span>`
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
  const { t } = site.words
  const { typed, failure } = view
  const error = (name: NonNullable<NewUserView['failure']>['field']) =>
    failure?.field === name ? failure.sentence : undefined
  return adminFrame(
    site,
    view,
    {
      failed: failure !== null,
      title: t`Add user`,
      heading: t`Add user`,
      lead: t`Without a password at first: make them a link on their page, or invite them instead.`,
      current: 'users',
      crumb: html`<a href="${site.base}/admin/users">${t`Users`}</a> / ${t`Add user`}`,
    },
    html`<section class="panel"><div class="pad">${form(
      { action: `${site.base}/admin/users`, csrf: view.csrf },
      html`<div class="stack">
      ${textField({ name: 'username', label: t`Username`, value: typed.username, maxlength: 128, required: true, error: error('username'), hint: t`Kubernetes sees this name. It never changes.` })}
      ${textField({ name: 'display_name', label: t`Name`, value: typed.displayName, maxlength: 128, error: error('display_name'), hint: t`The username unless given.` })}
      ${textField({ name: 'email', label: t`E-mail`, type: 'email', value: typed.email, maxlength: 254, error: error('email') })}
      ${textField({ name: 'groups', label: t`Groups`, value: typed.groups, maxlength: 2_000, error: error('groups'), hint: t`Names with a space between them.` })}
      <button class="btn primary">${t`Add user`}</button>
      </div>`,
    )}</div></section>`,
  )
}
