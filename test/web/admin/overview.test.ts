import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

test('the overview begins with what needs attention, each with its fix, then counts', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const alone = await root.open('admin')
  assert.match(
    textOf(alone),
    /You have no second factor Whoever learns your password is an admin\. A passkey ends that\. Add a passkey You are the only admin/,
  )
  assert.match(alone.html, /href="\/account\/passkeys\/new">Add a passkey/)
  assert.match(
    textOf(alone),
    /3 people 0 of them are locked 2 groups 1 cluster 0 devices came to a cluster/,
  )
  await web.directory.groups.addMember('lanyard-admins', { user: 'ada' }, BY)
  await web.directory.invitations.create(
    { username: 'hedy', groups: [], lifetimeSeconds: 86_400 },
    BY,
  )
  for (let tries = 0; tries < 8; tries++) {
    for (const name of ['ada', 'bob', 'root', 'x'])
      await signIn(web.person(), name, 'wrong wrong wrong')
  }
  const more = textOf(await root.open('admin'))
  assert.match(more, /ada is an admin without a second factor/)
  assert.doesNotMatch(more, /You are the only admin/)
  assert.match(more, /32 sign-ins were refused in the last hour/)
  assert.match(more, /hedy ends in 24 hours/)
  assert.match(textOf(await root.open('admin')), /RS256, active/)
})

test('the rail of an admin leads to their pages, and that of everybody else does not', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  assert.match((await root.open('account')).html, /<h2>Admin<\/h2>[\s\S]*href="\/admin">/)
  const ada = web.person()
  await signIn(ada)
  assert.doesNotMatch((await ada.open('account')).html, /href="\/admin/)
  const { html } = await root.open('admin/users')
  assert.match(html, /<a href="\/admin\/users" aria-current="page">/)
  for (const place of [
    'groups',
    'invitations',
    'clusters',
    'applications',
    'machines',
    'audit',
    'keys',
    'access-review',
  ]) {
    assert.ok(html.includes(`href="/admin/${place}"`), place)
  }
})

test('where a second factor is required, one does not open the pages and none leads to setting one up', async () => {
  await using site = await openAdmin({ admin: { secondFactor: 'required' } })
  const { web, root } = site
  const led = await root.open('admin/users')
  assert.match(led.url, /\/sign-in(?:\/enrol)?\?next=admin&need=two$/)
  assert.equal(led.status, 200)
  const csrf = (await root.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const posted = await root.post(`${web.issuerUrl}/admin/users/bob/lock`, { csrf })
  assert.match(posted.url, /next=admin&need=two/)
  assert.equal((await web.directory.users.get('bob')).status, 'active')
  const ada = web.person()
  await signIn(ada)
  assert.equal((await ada.open('admin')).status, 404, 'nobody else is led there')
})

test('an admin with a second factor uses it too before what is not easily undone', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const { id } = await web.directory.users.get('root')
  await web.store.write(async (tx) => {
    const row = { user_id: id, secret_jwe: 'x', last_step: 0, created_at: 1, confirmed_at: 1 }
    await tx.query.insertInto('one_time_codes').values(row).execute()
  })
  const sudo = await act(root, await root.open('admin/users/bob'), '/lock')
  assert.equal(sudo.heading, 'Confirm that it is you', 'a password alone is not new enough')
  assert.match(sudo.html, /name="current_code"/)
  assert.equal((await web.directory.users.get('bob')).status, 'active')
})
