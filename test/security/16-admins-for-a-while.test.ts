/**
 * Threat 16: whoever is lent the admin group is an admin until then. They keep it by no form of theirs: not for themselves, not by another who
 * would let them in again, and not by a group, an owner or an invitation that stays.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD } from '../directory/fixture.ts'

const HOUR = 3_600_000
const REFUSED = {
  code: 'ERR_FORBIDDEN',
  message: 'eve is no admin for good, and makes nobody one',
}

async function open() {
  const fixture = await openDirectory()
  const { users, groups, owners } = fixture.directory
  const add = (username: string) =>
    users.add({ username, password: PASSWORD, mustChange: false }, BY)
  const [root, eve, mal] = [await add('root'), await add('eve'), await add('mal')]
  const adminGroup = 'lanyard-admins'
  await groups.add({ name: adminGroup }, BY)
  await groups.add({ name: 'inner' }, BY)
  await groups.add({ name: 'ops' }, BY)
  await groups.addMember(adminGroup, { user: 'root' }, BY)
  await groups.addMember(adminGroup, { group: 'inner' }, BY)
  await groups.change(adminGroup, { longestMembership: 3_600 }, BY)
  await groups.addMember(adminGroup, { user: 'eve' }, BY, fixture.now() + HOUR)
  const by: By = {
    actor: { kind: 'user', userId: eve.id, username: 'eve' },
    address: null,
    requestId: null,
  }
  const isAdmin = async (id: typeof eve.id) => {
    const subject = await fixture.directory.subject(id)
    return subject !== undefined && fixture.directory.isAdmin(subject)
  }
  return { ...{ fixture, adminGroup, root, eve, mal, by, isAdmin, owners, groups } }
}

test('an admin for a while makes no admin that stays', async () => {
  const world = await open()
  await using fixture = world.fixture
  const { groups, owners, people, requests, invitations } = fixture.directory
  const { adminGroup, by, eve, mal, isAdmin } = world
  const proof = { amr: ['pop', 'user', 'mfa'], authenticatedAt: fixture.now() }
  assert.equal(await isAdmin(eve.id), true)
  const asked = { group: adminGroup, userId: mal.id, seconds: 3_600, reason: 'more' }
  const request = await requests.ask(asked, by)
  const ways: Record<string, () => Promise<unknown>> = {
    'themselves for good': () => groups.addMember(adminGroup, { user: 'eve' }, by),
    'another for good': () => groups.addMember(adminGroup, { user: 'mal' }, by),
    'by a group inside': () => groups.addMember('inner', { user: 'eve' }, by),
    'by a group that is put in': () => groups.addMember(adminGroup, { group: 'ops' }, by),
    'by the many': () =>
      people.changeMembers({ kind: 'add-users', group: 'inner', users: ['mal', 'eve'] }, by),
    'as an owner': () => owners.add(adminGroup, 'eve', by),
    'as an owner of a group inside': () => owners.add('inner', 'mal', by),
    'by approving': () => requests.approve(request.id, { userId: eve.id, ...proof }, by),
  }
  for (const [way, go] of Object.entries(ways)) await assert.rejects(go(), REFUSED, way)
  await assert.rejects(
    invitations.create({ groups: [adminGroup], username: 'late', lifetimeSeconds: 3_600 }, by),
    {
      code: 'ERR_INVITATION_ADMIN',
    },
  )
  // What has nothing to do with admins is theirs for as long.
  assert.equal(await groups.addMember('ops', { user: 'mal' }, by), true)
  fixture.advance(HOUR)
  assert.equal(await isAdmin(eve.id), false)
  assert.equal(await isAdmin(mal.id), false)
})

test('an owner of it lends it, and gives it to nobody', async () => {
  const world = await open()
  await using fixture = world.fixture
  const { groups, owners, requests } = fixture.directory
  const { adminGroup, by, eve, mal, isAdmin } = world
  await groups.removeMember(adminGroup, { user: 'eve' }, BY)
  await owners.add(adminGroup, 'eve', BY)
  await assert.rejects(groups.addMember(adminGroup, { user: 'mal' }, by), REFUSED)
  const asked = { group: adminGroup, userId: mal.id, seconds: 60, reason: 'more' }
  const request = await requests.ask(asked, by)
  const proof = { amr: ['pop', 'user', 'mfa'], authenticatedAt: fixture.now() }
  await requests.approve(request.id, { userId: eve.id, ...proof }, by)
  assert.equal(await isAdmin(mal.id), true)
  fixture.advance(60_000)
  assert.equal(await isAdmin(mal.id), false)
})

test('an admin for good does all of it', async () => {
  const world = await open()
  await using fixture = world.fixture
  const { groups, owners } = fixture.directory
  const actor = { kind: 'user', userId: world.root.id, username: 'root' } as const
  const by: By = { actor, address: null, requestId: null }
  assert.equal(await groups.addMember(world.adminGroup, { user: 'mal' }, by), true)
  assert.equal(await groups.addMember(world.adminGroup, { group: 'ops' }, by), true)
  assert.equal(await owners.add(world.adminGroup, 'mal', by), true)
})
