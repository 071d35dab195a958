import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory } from './fixture.ts'

test('a subject carries every group, nested ones included, sorted and once', async () => {
  await using fixture = await openDirectory()
  const { users, groups, subject } = fixture.directory
  const ada = await users.add({ username: 'ada', displayName: 'Ada' }, BY)
  for (const name of ['viewers', 'platform', 'everyone', 'unrelated'])
    await groups.add({ name }, BY)
  await groups.addMember('viewers', { user: 'ada' }, BY)
  await groups.addMember('everyone', { user: 'ada' }, BY)
  await groups.addMember('platform', { group: 'viewers' }, BY)
  await groups.addMember('everyone', { group: 'platform' }, BY)
  assert.deepEqual(await subject(ada.id), {
    userId: ada.id,
    username: 'ada',
    displayName: 'Ada',
    email: null,
    emailVerified: false,
    status: 'active',
    sessionsValidFrom: 0,
    mustChangePassword: false,
    groups: ['everyone', 'platform', 'viewers'],
    guarded: [],
    ways: [],
    groupsEndAt: null,
  })
  assert.deepEqual(await groups.of(ada.id), [
    { name: 'everyone', via: null },
    { name: 'platform', via: 'viewers' },
    { name: 'viewers', via: null },
  ])
  assert.deepEqual(await groups.members('everyone'), { users: ['ada'], groups: ['platform'] })
  await groups.removeMember('platform', { group: 'viewers' }, BY)
  assert.deepEqual((await subject(ada.id))?.groups, ['everyone', 'viewers'])
})

test('a user in no group has an empty list of groups', async () => {
  await using fixture = await openDirectory()
  const bob = await fixture.directory.users.add({ username: 'bob' }, BY)
  assert.deepEqual((await fixture.directory.subject(bob.id))?.groups, [])
})

test('circles are refused with the path named', async () => {
  await using fixture = await openDirectory()
  const { groups } = fixture.directory
  for (const name of ['a', 'b', 'c']) await groups.add({ name }, BY)
  await groups.addMember('a', { group: 'b' }, BY)
  await groups.addMember('b', { group: 'c' }, BY)
  await assert.rejects(groups.addMember('c', { group: 'a' }, BY), {
    code: 'ERR_GROUP_CIRCLE',
    message: 'group "a" cannot be a member of "c": c > a > b > c would be a circle',
  })
  await assert.rejects(groups.addMember('a', { group: 'A' }, BY), {
    code: 'ERR_GROUP_CIRCLE',
    message: 'group "a" cannot be a member of "a": a > a would be a circle',
  })
  assert.equal(await groups.addMember('a', { group: 'c' }, BY), true)
  assert.equal(await groups.addMember('a', { group: 'c' }, BY), false)
})

test('of two halves of a circle made at once, one is refused', async () => {
  await using fixture = await openDirectory()
  const other = fixture.another().directory
  const { groups } = fixture.directory
  await groups.add({ name: 'a' }, BY)
  await groups.add({ name: 'b' }, BY)
  const results = await Promise.allSettled([
    groups.addMember('a', { group: 'b' }, BY),
    other.groups.addMember('b', { group: 'a' }, BY),
  ])
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected'])
})

test('group names are unique, buried with the group, and unknown ones are named', async () => {
  await using fixture = await openDirectory()
  const { groups } = fixture.directory
  await groups.add({ name: 'viewers', description: 'May look' }, BY)
  await assert.rejects(groups.add({ name: 'Viewers' }, BY), {
    code: 'ERR_GROUP_EXISTS',
    message: 'group "viewers" exists already',
  })
  assert.equal((await groups.change('viewers', { description: 'Look' }, BY)).description, 'Look')
  await assert.rejects(groups.change('viewers', { description: 'a\u0007' }, BY), {
    code: 'ERR_DESCRIPTION',
  })
  await groups.delete('viewers', BY)
  await assert.rejects(groups.add({ name: 'VIEWERS' }, BY), {
    code: 'ERR_NAME_RETIRED',
    message: 'group name "viewers" was used before',
  })
  await assert.rejects(groups.get('viewers'), {
    code: 'ERR_GROUP_UNKNOWN',
    message: 'no group is named "viewers"',
  })
  await assert.rejects(groups.addMember('viewers', { user: 'ada' }, BY), {
    code: 'ERR_GROUP_UNKNOWN',
  })
})
