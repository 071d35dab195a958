/**
 * Threat 16: whoever is an admin for a while comes into no account that is more: not by a link that sets its password, not by a password, and
 * not by taking away what else it is signed in with. An account that lends the admin group is more too.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By, UserId } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD } from '../directory/fixture.ts'

const byOf = (userId: UserId, username: string): By => ({
  actor: { kind: 'user', userId, username },
  address: null,
  requestId: null,
})

test('an admin for a while comes into no account that is an admin for good', async () => {
  await using fixture = await openDirectory()
  const { users, groups, owners, resetLinks, factors } = fixture.directory
  const ids = new Map<string, UserId>()
  for (const username of ['root', 'eve', 'lender', 'nested', 'bob']) {
    const { id } = await users.add({ username, password: PASSWORD, mustChange: false }, BY)
    ids.set(username, id)
  }
  const idOf = (name: string) => ids.get(name) ?? ('' as UserId)
  for (const name of ['lanyard-admins', 'inner']) await groups.add({ name }, BY)
  await groups.addMember('lanyard-admins', { group: 'inner' }, BY)
  await groups.addMember('lanyard-admins', { user: 'root' }, BY)
  await groups.addMember('inner', { user: 'nested' }, BY)
  await groups.change('lanyard-admins', { longestMembership: 3_600 }, BY)
  await owners.add('inner', 'lender', BY)
  await groups.addMember('lanyard-admins', { user: 'eve' }, BY, fixture.now() + 3_600_000)
  const eve = byOf(idOf('eve'), 'eve')
  const refused = {
    code: 'ERR_FORBIDDEN',
    message: 'eve is no admin for good, and opens no way into an account that makes admins',
  }
  for (const name of ['root', 'nested', 'lender']) {
    await assert.rejects(resetLinks.make(name, eve), refused, name)
    await assert.rejects(users.setPassword(name, 'five grey whales hum', {}, eve), refused, name)
    await assert.rejects(factors.removeAll(idOf(name), eve), refused, name)
  }
  assert.equal((await users.get('root')).sessionsValidFrom, 0)
  for (const name of ['bob', 'eve']) await resetLinks.make(name, eve)
  await factors.removeAll(idOf('bob'), eve)
  const root = byOf(idOf('root'), 'root')
  for (const name of ['nested', 'lender', 'eve']) await resetLinks.make(name, root)
  await resetLinks.make('root', BY)
})
