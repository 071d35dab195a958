import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, type Fixture, openDirectory } from './fixture.ts'

const LAST = {
  code: 'ERR_LAST_ADMIN',
  message: 'this would leave no active user in the admin group "lanyard-admins"',
}

async function withAdmins(fixture: Fixture, ...usernames: string[]) {
  const { users, groups } = fixture.directory
  await groups.add({ name: 'lanyard-admins' }, BY)
  for (const username of usernames) {
    await users.add({ username }, BY)
    await groups.addMember('lanyard-admins', { user: username }, BY)
  }
}

test('the last admin can be neither disabled, deleted nor removed', async () => {
  await using fixture = await openDirectory()
  const { users, groups, subject, isAdmin } = fixture.directory
  await withAdmins(fixture, 'ada')
  await assert.rejects(users.disable('ada', BY), LAST)
  await assert.rejects(users.delete('ada', BY), LAST)
  await assert.rejects(groups.removeMember('lanyard-admins', { user: 'ada' }, BY), LAST)
  await assert.rejects(groups.delete('lanyard-admins', BY), {
    code: 'ERR_LAST_ADMIN',
    message: 'group "lanyard-admins" holds the admins and cannot be deleted',
  })
  const ada = await subject((await users.get('ada')).id)
  assert.equal(ada !== undefined && isAdmin(ada), true)
  assert.deepEqual(await fixture.audit.list({ types: ['user.disabled', 'user.deleted'] }), [])
})

test('an admin through another group is kept as well', async () => {
  await using fixture = await openDirectory()
  const { users, groups } = fixture.directory
  await groups.add({ name: 'lanyard-admins' }, BY)
  await groups.add({ name: 'platform' }, BY)
  await users.add({ username: 'ada' }, BY)
  await groups.addMember('platform', { user: 'ada' }, BY)
  await groups.addMember('lanyard-admins', { group: 'platform' }, BY)
  await assert.rejects(groups.removeMember('lanyard-admins', { group: 'platform' }, BY), LAST)
  await assert.rejects(groups.removeMember('platform', { user: 'ada' }, BY), LAST)
  await assert.rejects(groups.delete('platform', BY), LAST)
})

test('a disabled admin does not count', async () => {
  await using fixture = await openDirectory()
  await withAdmins(fixture, 'ada', 'bob')
  const { users } = fixture.directory
  await users.disable('bob', BY)
  await assert.rejects(users.delete('ada', BY), LAST)
  await users.enable('bob', BY)
  await users.delete('ada', BY)
})

test('of two admins removed at once, by two processes, one stays', async () => {
  await using fixture = await openDirectory()
  await withAdmins(fixture, 'ada', 'bob')
  const other = fixture.another().directory
  const results = await Promise.allSettled([
    fixture.directory.groups.removeMember('lanyard-admins', { user: 'ada' }, BY),
    other.users.delete('bob', BY),
  ])
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected'])
  assert.equal(await fixture.directory.setupLink.isOpen(), false)
})
