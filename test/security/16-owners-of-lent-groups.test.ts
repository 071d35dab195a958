/**
 * Threat 16: a group that is lent is entered by a passkey of somebody else. Whoever is in charge of it goes round neither by adding instead of
 * approving: not themselves, and nobody by a password.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, openAdmin, textOf } from '../web/admin/fixture.ts'
import { BY, PASSWORD, signIn } from '../web/fixture.ts'
import { addPasskey, usePasskey } from '../web/steps.ts'

async function lentGroup() {
  const site = await openAdmin()
  const { users, groups, owners } = site.web.directory
  await users.add({ username: 'olga', password: PASSWORD, mustChange: false }, BY)
  await groups.add({ name: 'prod-admins' }, BY)
  await groups.change('prod-admins', { longestMembership: 3_600 }, BY)
  await owners.add('prod-admins', 'olga', BY)
  const olga = site.web.person()
  await signIn(olga, 'olga')
  const members = async () => (await groups.members('prod-admins')).users
  return { ...site, olga, members }
}

test('an owner does not add themselves, neither for good nor in place of their end', async () => {
  await using site = await lentGroup()
  const { web, olga, members } = site
  await addPasskey(web, 'olga')
  for (const username of ['olga', ' OLGA ', 'Olga']) {
    const page = await olga.open('admin/groups/prod-admins')
    const answer = await act(olga, page, '/members', { username })
    assert.equal(answer.status, 403, answer.html)
    assert.match(textOf(answer), /Nobody puts themselves into a group that is lent\./)
  }
  assert.deepEqual(await members(), [])
  const endsAt = web.now() + 60_000
  await web.directory.groups.addMember('prod-admins', { user: 'olga' }, BY, endsAt)
  const page = await olga.open('admin/groups/prod-admins')
  assert.equal((await act(olga, page, '/members', { username: 'olga' })).status, 403)
  web.advance(60_000)
  const { id } = await web.directory.users.get('olga')
  assert.deepEqual((await web.directory.subject(id))?.groups, [])
})

test('an owner adds nobody with a password alone, and does with a passkey', async () => {
  await using site = await lentGroup()
  const { web, olga, members } = site
  const page = await olga.open('admin/groups/prod-admins')
  const without = await act(olga, page, '/members', { username: 'bob' })
  assert.equal(without.heading, 'Confirm with your passkey')
  assert.deepEqual(await members(), [])
  const passkey = await addPasskey(web, 'olga')
  const asked = await act(olga, page, '/members', { username: 'bob' })
  assert.equal(asked.heading, 'Confirm with your passkey')
  const stranger = await addPasskey(web, 'bob')
  assert.equal((await usePasskey(olga, asked, stranger)).status, 400)
  assert.deepEqual(await members(), [])
  const added = await usePasskey(olga, asked, passkey)
  assert.match(textOf(added), /Added\./)
  assert.deepEqual(await members(), ['bob'])
  // Taking away needs no more than before.
  await act(olga, added, '/members/remove')
  assert.deepEqual(await members(), [])
})

test('an admin adds whom they like', async () => {
  await using site = await lentGroup()
  const { root, members } = site
  await act(root, await root.open('admin/groups/prod-admins'), '/members', { username: 'root' })
  assert.deepEqual(await members(), ['root'])
})
