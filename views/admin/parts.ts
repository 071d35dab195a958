import { type Html, html, type Part } from '../html.ts'
import type { Words } from '../words/words.ts'

/** Addresses of admin pages, below the issuer's path. Names may hold what an address would take for its own. */
export const adminPath = {
  user: (username: string): `/${string}` => `/admin/users/${encodeURIComponent(username)}`,
  group: (name: string): `/${string}` => `/admin/groups/${encodeURIComponent(name)}`,
  cluster: (name: string): `/${string}` => `/admin/clusters/${encodeURIComponent(name)}`,
  application: (name: string): `/${string}` => `/admin/applications/${encodeURIComponent(name)}`,
} as const

/** What clusters and records say, whole, without what can rewrite the line around it (control, format and bidirectional characters). */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
}

/** What a record or an answer holds comes from anywhere; what we say ourselves stays as it is. */
export function seen(text: Part): Part {
  return typeof text === 'string' ? visible(text) : text
}

/** A name in a list: one line, the whole of it on demand. */
export function cut(text: string): Html {
  const shown = visible(text)
  return html`<bdi class="cut" title="${shown}">${shown}</bdi>`
}

export function userLink(base: string, username: string): Html {
  return html`<a href="${base}${adminPath.user(username)}">${cut(username)}</a>`
}

export function groupTag(base: string, name: string): Html {
  return html`<a class="tag" href="${base}${adminPath.group(name)}">${cut(name)}</a>`
}

/** A few of many, and how many more there are. */
export function some<T>(
  { t }: Words,
  items: readonly T[],
  most: number,
  show: (item: T) => Html,
): Part {
  if (items.length === 0) return html`<span class="muted">${t`none`}</span>`
  const more = items.length - most
  return html`${items.slice(0, most).map((item) => html`${show(item)} `)}${more > 0 ? html`<span class="hint">${t`and ${more} more`}</span>` : ''}`
}

/** The way on through a list that has no numbered pages. */
export function pagesNav(
  { t }: Words,
  options: { readonly firstPath: string | null; readonly nextPath: string | null },
): Html | '' {
  const { firstPath, nextPath } = options
  if (firstPath === null && nextPath === null) return ''
  const link = (path: string | null, label: Part) =>
    path === null
      ? html`<span class="btn tiny" aria-disabled="true">${label}</span>`
      : html`<a class="btn tiny" href="${path}">${label}</a>`
  return html`<nav class="pages" aria-label="${t`Pages`}"><span class="end row">${link(firstPath, t`First page`)} ${link(nextPath, t`Next page`)}</span></nav>`
}

/** An address with its query; what is empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== '')
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}

/** A choice from a closed list. */
export function select(
  name: string,
  label: Part,
  options: readonly { readonly value: string; readonly label: Part }[],
  chosen: string,
): Html {
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}">${options.map(
    ({ value, label: text }) =>
      html`<option value="${value}"${value === chosen ? html` selected` : ''}>${text}</option>`,
  )}</select></div>`
}

/** A line of text to fill in, without more. */
export function textField(options: {
  readonly name: string
  /** The name, unless another field of the page has it. */
  readonly id?: string
  readonly label: Part
  readonly value?: string
  readonly maxlength: number
  readonly hint?: Part
  readonly error?: Part | undefined
  readonly type?: 'text' | 'search' | 'password' | 'email'
  readonly list?: string
  readonly required?: boolean
  readonly placeholder?: Part
}): Html {
  const { name, id = name, value = '', error, hint, list, required = false, placeholder } = options
  const described = [
    ...(error === undefined ? [] : [`${id}-error`]),
    ...(hint === undefined ? [] : [`${id}-hint`]),
  ].join(' ')
  return html`<div class="field">
      <label for="${id}">${options.label}</label>
      <input id="${id}" name="${name}" type="${options.type ?? 'text'}" value="${value}" maxlength="${options.maxlength}" autocomplete="off" autocapitalize="none" spellcheck="false"${placeholder === undefined ? '' : html` placeholder="${placeholder}"`}${list === undefined ? '' : html` list="${list}"`}${required ? html` required` : ''}${error === undefined ? '' : html` aria-invalid="true" autofocus`}${described === '' ? '' : html` aria-describedby="${described}"`}>
      ${error === undefined ? '' : html`<p class="err" id="${id}-error" role="alert">${error}</p>`}
      ${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    </div>`
}
