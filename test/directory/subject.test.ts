import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { UserId } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD } from './fixture.ts'

test('a subject that was kept is what would be read again, whoever changed it', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const other = fixture.another().directory
  const { id } = await directory.users.add({ username: 'ada', password: PASSWORD }, BY)
  await directory.groups.add({ name: 'inner' }, BY)
  await directory.groups.add({ name: 'outer' }, BY)
  const groups = async (): Promise<readonly string[] | undefined> =>
    (await directory.subject(id))?.groups
  assert.deepEqual(await groups(), [])

  await other.groups.addMember('inner', { user: 'ada' }, BY)
  assert.deepEqual(await groups(), ['inner'])
  await other.groups.addMember('outer', { group: 'inner' }, BY)
  assert.deepEqual(await groups(), ['inner', 'outer'])
  await other.groups.removeMember('outer', { group: 'inner' }, BY)
  assert.deepEqual(await groups(), ['inner'])
  await other.groups.delete('inner', BY)
  assert.deepEqual(await groups(), [])
  await other.users.change('ada', { displayName: 'Ada L.' }, BY)
  assert.equal((await directory.subject(id))?.displayName, 'Ada L.')
  await other.users.setPassword('ada', `${PASSWORD} again`, { mustChange: true }, BY)
  assert.equal((await directory.subject(id))?.mustChangePassword, true)
  await other.users.disable('ada', BY)
  assert.equal((await directory.subject(id))?.status, 'disabled')
  await other.users.delete('ada', BY)
  assert.equal(await directory.subject(id), undefined)
})

test('a row that is written past the room counts as well', async () => {
  await using fixture = await openDirectory()
  const { directory, store } = fixture
  const { id } = await directory.users.add({ username: 'ada', password: PASSWORD }, BY)
  await directory.groups.add({ name: 'viewers' }, BY)
  assert.deepEqual((await directory.subject(id))?.groups, [])
  const write = (statement: ReturnType<typeof sql>): Promise<unknown> =>
    store.write((tx) => statement.execute(tx.query))

  await write(sql`INSERT INTO group_users (group_id, user_id) SELECT id, ${id} FROM groups`)
  assert.deepEqual((await directory.subject(id))?.groups, ['viewers'])
  await write(sql`UPDATE groups SET name = 'readers'`)
  assert.deepEqual((await directory.subject(id))?.groups, ['readers'])
  await write(sql`DELETE FROM groups`)
  assert.deepEqual((await directory.subject(id))?.groups, [])
})

test('nobody is kept for a name that is not there', async () => {
  await using fixture = await openDirectory()
  const nobody = 'nobody' as UserId
  assert.equal(await fixture.directory.subject(nobody), undefined)
  assert.equal(await fixture.directory.subject(nobody), undefined)
})
