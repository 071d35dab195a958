/**
 * Threat 24: an invitation is worth what its maker is, and a name that one promises is nobody else's while it is open: bindings may wait for
 * it in a cluster.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By } from '../../src/errors/index.ts'
import { BY, type Fixture, openDirectory, PASSWORD, VISITOR } from '../directory/fixture.ts'

const HOUR = 3_600
const GONE = {
  code: 'ERR_INVITATION_CODE',
  message: 'this invitation is not known, was used or revoked, or its time is over',
}

async function adminNamed({ directory }: Fixture, username: string): Promise<By> {
  const { id: userId } = await directory.users.add({ username }, BY)
  await directory.groups.addMember('lanyard-admins', { user: username }, BY)
  return { actor: { kind: 'user', userId, username }, address: null, requestId: null }
}

test('whoever is put out comes back by no invitation of their own', async () => {
  await using fixture = await openDirectory()
  const { users, groups, invitations, people } = fixture.directory
  for (const name of ['lanyard-admins', 'prod']) await groups.add({ name }, BY)
  const root = await adminNamed(fixture, 'root')
  const invite = (username: string, by: By) =>
    invitations.create({ username, groups: ['prod'], lifetimeSeconds: HOUR }, by)
  const kept = await invite('kept', root)
  const csv = 'username,status\nimported,disabled\n'
  const ways: Record<string, () => Promise<unknown>> = {
    disabled: () => users.disable('disabled', BY),
    deleted: () => users.delete('deleted', BY),
    imported: async () => {
      const { fingerprint } = await people.csv.plan('users', csv, { exact: false })
      await people.csv.apply('users', csv, { exact: false, fingerprint }, BY)
    },
  }
  for (const [name, putOut] of Object.entries(ways)) {
    const { code, invitation } = await invite(`${name}-again`, await adminNamed(fixture, name))
    await putOut()
    assert.equal(await invitations.find(code), undefined, name)
    await assert.rejects(
      invitations.accept({ token: code, username: '', password: PASSWORD }, VISITOR),
      GONE,
      name,
    )
    const [event] = await fixture.audit.list({ types: ['invitation.revoked'], limit: 1 })
    assert.deepEqual([event?.target?.id, event?.actor.name], [invitation.id, 'root'], name)
  }
  await users.enable('disabled', BY)
  const open = await invitations.list({ openOnly: true })
  assert.deepEqual(
    open.map(({ username }) => username),
    ['kept'],
  )
  await invitations.accept({ token: kept.code, username: '', password: PASSWORD }, VISITOR)
})

test('a name that is promised to one is chosen by no other', async () => {
  await using fixture = await openDirectory()
  const { invitations, users } = fixture.directory
  const promised = await invitations.create(
    { username: 'boss', groups: [], lifetimeSeconds: HOUR },
    BY,
  )
  const free = await invitations.create(
    { email: 'mal@example.com', groups: [], lifetimeSeconds: 2 * HOUR },
    BY,
  )
  const choose = (username: string) =>
    invitations.accept({ token: free.code, username, password: PASSWORD }, VISITOR)
  for (const spelling of ['boss', 'BOSS', 'ｂｏｓｓ']) {
    await assert.rejects(choose(spelling), {
      code: 'ERR_USER_EXISTS',
      message: 'user "boss" exists already',
    })
  }
  const { username } = await invitations.accept(
    { token: promised.code, username: 'mal', password: PASSWORD },
    VISITOR,
  )
  assert.equal(username, 'boss')
  // What nobody is promised any more is free again.
  await invitations.create({ username: 'late', groups: [], lifetimeSeconds: HOUR }, BY)
  fixture.advance(HOUR * 1000)
  assert.equal((await choose('late')).username, 'late')
  assert.equal((await users.list()).length, 2)
})
