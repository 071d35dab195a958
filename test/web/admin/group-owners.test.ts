import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, PASSWORD, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

async function withOwner() {
  const site = await openAdmin()
  const { users, groups, owners } = site.web.directory
  await users.add({ username: 'olga', password: PASSWORD, mustChange: false }, BY)
  await groups.add({ name: 'prod-admins' }, BY)
  await groups.add({ name: 'other' }, BY)
  await owners.add('prod-admins', 'olga', BY)
  const olga = site.web.person()
  await signIn(olga, 'olga')
  return { ...site, olga, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() }
}

test('an owner adds and removes members of their group, and sees nothing of its rules', async () => {
  await using site = await withOwner()
  const { olga, web } = site
  const requests = await olga.open('account/requests')
  assert.match(requests.html, /href="\/admin\/groups\/prod-admins"/)
  const page = await olga.open('admin/groups/prod-admins')
  assert.equal(page.status, 200)
  for (const absent of ['id="policy"', 'id="owners"', 'id="delete"', 'Put a group into it']) {
    assert.ok(!page.html.includes(absent), absent)
  }
  const added = await act(olga, page, '/members', { username: 'bob' })
  assert.match(added.html, /Added\./)
  assert.deepEqual((await web.directory.groups.members('prod-admins')).users, ['bob'])
  const removed = await act(olga, added, '/members/remove')
  assert.match(removed.html, /Removed\./)
  assert.deepEqual((await web.directory.groups.members('prod-admins')).users, [])
})

test('an owner gets nowhere else, whatever they send', async () => {
  await using site = await withOwner()
  const { olga, web, root } = site
  const own = await olga.open('admin/groups/prod-admins')
  const csrf = own.forms[0]?.fields['csrf'] ?? ''
  for (const path of ['', '/users', '/groups', '/groups/other', '/groups/lanyard-admins']) {
    assert.equal((await olga.open(`admin${path}`)).status, 404, path)
  }
  const forms: readonly [string, Record<string, string>][] = [
    ['/groups/other/members', { username: 'olga' }],
    ['/groups/lanyard-admins/members', { username: 'olga' }],
    ['/groups/prod-admins/groups', { group: 'other' }],
    ['/groups/prod-admins/owners', { username: 'bob' }],
    ['/groups/prod-admins/owners/remove', { username: 'olga' }],
    ['/groups/prod-admins/policy', { factors: 'any', max_age: '', longest_membership: '3600' }],
    ['/groups/prod-admins/description', { description: 'mine' }],
    ['/groups/prod-admins/delete', {}],
  ]
  for (const [path, fields] of forms) {
    const answer = await olga.post(`${web.issuerUrl}/admin${path}`, { csrf, ...fields })
    assert.equal(answer.status, 404, path)
    assert.match(textOf(answer), /There is nothing at this address for you\./)
  }
  // Another spelling of the path is the same group or none.
  assert.equal((await olga.open('admin/groups/PROD-ADMINS')).status, 404)
  assert.deepEqual(await web.directory.owners.list('prod-admins'), ['olga'])
  assert.deepEqual((await web.directory.groups.members('lanyard-admins')).users, ['root'])
  // What was given is taken: the next request is refused.
  const page = await root.open('admin/groups/prod-admins')
  await act(root, page, '/owners/remove')
  assert.equal((await olga.open('admin/groups/prod-admins')).status, 404)
})

test('an admin sets what a group asks for, who may ask to be in it, and its owners', async () => {
  await using site = await withOwner()
  const { root, web } = site
  const page = await root.open('admin/groups/prod-admins')
  const rules = { factors: 'passkey', max_age: '900', longest_membership: '3600' }
  const saved = await act(root, page, '/policy', rules)
  assert.match(saved.html, /Saved\./)
  const { policy, longestMembership } = await web.directory.groups.get('prod-admins')
  assert.deepEqual(
    { policy, longestMembership },
    {
      policy: { factors: 'passkey', maxAge: 900 },
      longestMembership: 3_600,
    },
  )
  assert.match(saved.html, /value="900" selected/)
  for (const [field, value, sentence] of [
    ['factors', 'none', 'The form has no choice in its field factors.'],
    ['max_age', '-1', 'The form has no choice in its field max_age.'],
    ['max_age', '59', 'A sign-in of at most 59 seconds must be a whole number from 60 to 7776000.'],
    [
      'longest_membership',
      '999999999',
      'A membership of at most 999999999 seconds must be a whole number from 60 to 2592000.',
    ],
  ] as const) {
    const refused = await act(root, page, '/policy', { ...rules, [field]: value })
    assert.equal(refused.status, 400, value)
    assert.ok(textOf(refused).includes(sentence), textOf(refused))
  }
  const owned = await act(root, page, '/owners', { username: 'BOB' })
  assert.match(owned.html, /Saved\./)
  assert.deepEqual(await web.directory.owners.list('prod-admins'), ['bob', 'olga'])
  assert.equal((await act(root, page, '/owners', { username: 'nobody' })).status, 404)
  // Ten minutes later the browser is not enough.
  web.advance(10 * 60_000)
  const asked = await act(root, page, '/owners', { username: 'ada' })
  assert.equal(asked.heading, 'Confirm that it is you')
  assert.deepEqual(await web.directory.owners.list('prod-admins'), ['bob', 'olga'])
})
