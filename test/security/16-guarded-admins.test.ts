/**
 * Threat 16 at the admin's pages: where the admin group asks for more, an everyday sign-in of an admin opens none of them, and what opened
 * them ends with the age that was asked for.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, openAdmin } from '../web/admin/fixture.ts'
import { BY, signIn } from '../web/fixture.ts'
import { addCodes, addPasskey, typePassword, usePasskey } from '../web/steps.ts'

const AGE = 300

async function guardedSite() {
  const site = await openAdmin()
  const { groups } = site.web.directory
  const policy = { factors: 'passkey', maxAge: AGE } as const
  await groups.change('lanyard-admins', { policy }, BY)
  return site
}

test('a password opens no page and does nothing; a passkey does, until it is too old', async () => {
  await using site = await guardedSite()
  const { web, root } = site
  const passkey = await addPasskey(web, 'root')
  const csrf = (await root.open('account/password')).forms[0]?.fields['csrf'] ?? ''
  for (const path of ['', '/users', '/groups/lanyard-admins', '/audit']) {
    const page = await root.open(`admin${path}`)
    assert.equal(page.heading, 'Use your passkey', path)
  }
  const posted = await root.post(`${web.issuerUrl}/admin/groups`, { csrf, name: 'mine' })
  assert.equal(posted.heading, 'Use your passkey')
  assert.equal(await web.directory.groups.find('mine'), undefined)

  const open = await usePasskey(root, posted, passkey)
  assert.equal(new URL(open.url).pathname, '/admin')
  const page = await root.open('admin/groups/viewers')
  web.advance(AGE * 1000 - 1)
  assert.equal((await root.open('admin/users')).status, 200)
  web.advance(1)
  const late = await act(root, page, '/members', { username: 'bob' })
  assert.equal(late.heading, 'Use your passkey')
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada'])
})

test('an admin by way of a guarded group is none without what it asks for', async () => {
  await using site = await guardedSite()
  const { web } = site
  const { groups } = web.directory
  await groups.change('lanyard-admins', { policy: { factors: 'any', maxAge: null } }, BY)
  await groups.add({ name: 'on-call' }, BY)
  await groups.change('on-call', { policy: { factors: 'two', maxAge: null } }, BY)
  await groups.addMember('on-call', { user: 'ada' }, BY)
  await groups.addMember('lanyard-admins', { group: 'on-call' }, BY)
  const ada = web.person()
  await signIn(ada)
  assert.equal((await ada.open('admin')).heading, 'Sign in')
  const code = await addCodes(web)
  const again = await typePassword(ada, await ada.open('sign-in?other=yes'))
  assert.equal(again.heading, 'One-time code')
  await ada.submit(again, { code: code() })
  assert.equal(new URL((await ada.open('admin')).url).pathname, '/admin')
})

test('an owner of a group stays one, and is no more than that', async () => {
  await using site = await guardedSite()
  const { web, root } = site
  await web.directory.groups.add({ name: 'prod' }, BY)
  await web.directory.owners.add('prod', 'root', BY)
  await addPasskey(web, 'root')
  const page = await root.open('admin/groups/prod')
  assert.equal(page.status, 200)
  assert.ok(!page.html.includes('id="policy"'), page.html)
  assert.equal((await root.open('admin/groups/viewers')).heading, 'Use your passkey')
})

test('whoever cannot show what is asked for is told what that is', async () => {
  await using site = await guardedSite()
  const { web, root } = site
  await addCodes(web, 'root')
  const page = await root.open('admin')
  assert.equal(page.status, 403)
  assert.match(
    page.html,
    /Root did not sign in with a passkey, and group &quot;lanyard-admins&quot; asks for one/i,
  )
})
