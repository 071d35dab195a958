import type { Page, Person } from '../../support/person.ts'
import { addPeople, BY, type Fixture, openWeb, PASSWORD, signIn } from '../fixture.ts'

export interface AdminSite extends AsyncDisposable {
  readonly web: Fixture
  /** Signed in as `root`, who is an admin. */
  readonly root: Person
}

/** Ada and bob of the other fixture, and root, an admin whose browser has just signed in. */
export async function openAdmin(options: Parameters<typeof openWeb>[0] = {}): Promise<AdminSite> {
  const web = await openWeb(options)
  await addPeople(web)
  const account = { password: PASSWORD, mustChange: false }
  await web.directory.users.add({ username: 'root', displayName: 'Root Admin', ...account }, BY)
  await web.directory.groups.add({ name: 'lanyard-admins' }, BY)
  await web.directory.groups.addMember('lanyard-admins', { user: 'root' }, BY)
  const root = web.person()
  await signIn(root, 'root')
  return { web, root, [Symbol.asyncDispose]: () => web[Symbol.asyncDispose]() }
}

/** Sends the form of a page whose action ends so, with fields filled in. */
export async function act(
  person: Person,
  page: Page,
  action: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const index = page.forms.findIndex((form) => form.action.endsWith(action))
  if (index === -1) throw new Error(`no form of "${page.heading}" ends in ${action}`)
  return person.submit(page, fields, index)
}

/** The text of a page, without its markup. */
export function textOf({ html }: Page): string {
  return html
    .replace(/[\s\S]*<main/, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ')
}

/** The types of what was recorded of somebody, the last first. */
export async function recorded({ audit, directory }: Fixture, username: string): Promise<string[]> {
  const { id } = await directory.users.get(username)
  const entries = await audit.list({ userId: id, limit: 20 })
  return entries.filter(({ target }) => target?.id === id).map(({ type }) => type)
}
