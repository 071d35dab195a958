import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { activate, openSite, type Site, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser('that admins can use the pages of people and groups')

const LONG =
  'contractors-of-acme-for-the-migration-of-2026-phase-two-read-only-with-a-name-that-goes-on'

describe('the admin pages of people', { skip }, () => {
  let site: Site
  let root: Credentials
  before(async () => {
    site = await openSite()
    root = await site.lanyard.addUser('root', ['lanyard-admins'])
    const { directory } = site.lanyard.server.rooms
    await site.lanyard.addUser('ada', ['viewers', 'platform', LONG])
    await directory.users.change(
      'ada',
      { displayName: 'Ada שלום Lovelace', email: 'ada@example.com' },
      byTest,
    )
    await directory.users.add(
      { username: `${'long-username-'.repeat(8)}end`, displayName: 'N'.repeat(128) },
      byTest,
    )
    await directory.groups.addMember('viewers', { group: 'platform' }, byTest)
    for (let n = 0; n < 52; n++) await directory.users.add({ username: `person${n}` }, byTest)
    await directory.users.disable('person3', byTest)
    await directory.invitations.create(
      { username: 'hedy', groups: ['viewers'], lifetimeSeconds: 86_400 },
      byTest,
    )
  })
  after(() => site[Symbol.asyncDispose]())

  const open = (page: Page, path: string) => page.goto(`${site.lanyard.issuer}${path}`)

  it('can be read by everybody, in light and dark, at 320 and 390 pixels', async () => {
    await using visitor = await site.visitor()
    const { page } = visitor
    await open(page, '/sign-in?next=admin')
    await signIn(page, root)
    for (const [path, heading, name] of [
      ['', 'Overview', 'overview'],
      ['/users', 'Users', 'users'],
      ['/users?q=nobody-is-called-so', 'Users', 'users-empty'],
      ['/new-user', 'Add user', 'new-user'],
      ['/users/ada', 'Ada שלום Lovelace', 'user'],
      ['/users/ada/edit', 'Edit ada', 'user-edit'],
      ['/groups', 'Groups', 'groups'],
      ['/new-group', 'New group', 'new-group'],
      ['/groups/viewers?show=all', 'viewers', 'group'],
      [`/groups/${LONG}`, LONG, 'group-long'],
      ['/csv', 'Import and export', 'csv'],
      ['/invitations', 'Invitations', 'invitations'],
      ['/new-invitation', 'Invite', 'new-invitation'],
    ] as const) {
      await open(page, `/admin${path}`)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await assertForEverybody(page, `admin-${name}`)
    }
    await open(page, '/admin/groups/viewers')
    await page.getByRole('button', { name: 'Delete group' }).click()
    await page.getByRole('heading', { level: 1, name: 'Are you sure?' }).waitFor()
    await assertForEverybody(page, 'admin-sure')
    await open(page, '/admin/csv')
    await page
      .getByLabel('The file’s text')
      .fill('username,groups\nada,viewers\ngrace,viewers\nsystem:x,\n')
    await page.getByRole('button', { name: 'Show what would change' }).click()
    await page.getByRole('heading', { level: 1, name: '1 line to mend' }).waitFor()
    await assertForEverybody(page, 'admin-csv-plan')
    await open(page, '/admin/users/ada')
    await page.getByRole('button', { name: 'Make reset link' }).click()
    await page.getByRole('heading', { level: 1, name: 'The link is made' }).waitFor()
    await assertForEverybody(page, 'admin-link')
    assert.deepEqual(visitor.complaints, [])
  })

  it('work with neither script nor pointer: search, add, group, lock', async () => {
    await using visitor: Visitor = await site.visitor({ javaScript: false })
    const { page } = visitor
    const heading = () => page.getByRole('heading', { level: 1 }).textContent()
    await open(page, '/sign-in?next=admin')
    await signIn(page, root)
    await open(page, '/admin/users')
    await typeInto(page, 'Search', 'ADA')
    await activate(page, 'button', 'Filter')
    await activate(page, 'link', 'ada')
    assert.equal(await heading(), 'Ada שלום Lovelace')
    await typeInto(page, 'Add to group', 'lanyard-admins')
    await activate(page, 'button', 'Add')
    assert.match((await page.locator('.note').first().textContent()) ?? '', /Added to the group\./)
    await activate(page, 'button', 'Remove from lanyard-admins')
    await activate(page, 'button', 'Lock')
    assert.match((await page.locator('.note').first().textContent()) ?? '', /Locked\./)
    const { directory } = site.lanyard.server.rooms
    assert.equal((await directory.users.get('ada')).status, 'disabled')
    await open(page, '/admin/new-user')
    await typeInto(page, 'Username', 'System:masters')
    await activate(page, 'button', 'Add user')
    assert.match(await page.title(), /^Error: Add user/)
    const invalid = page.locator('[aria-invalid]')
    assert.equal(await invalid.getAttribute('name'), 'username')
    const described = (await invalid.getAttribute('aria-describedby')) ?? ''
    assert.match(described, /^username-error username-hint$/)
    assert.deepEqual(visitor.complaints, [])
  })
})
