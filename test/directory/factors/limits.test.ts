import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, START } from '../fixture.ts'

const MINUTE = 60_000

test('an admin sees which accounts have to wait, since when and until when, and lets one in again', async () => {
  await using fixture = await openDirectory()
  const { users, limits, verifyPassword } = fixture.directory
  let network = 0
  const guess = (username: string, password = 'x') =>
    verifyPassword({ username, password, address: `192.0.2.${network++}`, browser: null })
  const zoe = await users.add({ username: 'zoe', password: PASSWORD, mustChange: false }, BY)
  const ada = await users.add({ username: 'ada', password: PASSWORD, mustChange: false }, BY)
  const bob = await users.add({ username: 'bob', password: PASSWORD }, BY)
  assert.deepEqual(await limits.list(), [])
  for (let n = 0; n < 9; n++) await guess('ada')
  for (let n = 0; n < 9; n++) await guess('bob')
  for (let n = 0; n < 12; n++) await guess('nobody')
  assert.deepEqual(await limits.list(), [])
  fixture.advance(1_000)
  await guess('ADA')
  for (let n = 0; n < 20; n++) await guess('zoe')
  const since = START + 1_000
  const limited = (username: string, userId: string) => ({
    ...{ userId, username, since, until: since + MINUTE },
  })
  assert.deepEqual(await limits.list(), [limited('ada', ada.id), limited('zoe', zoe.id)])
  assert.deepEqual(await limits.of(ada.id), limited('ada', ada.id))
  assert.equal(await limits.of(bob.id), null)

  assert.equal(await limits.clear(ada.id, BY), true)
  assert.equal(await limits.clear(ada.id, BY), false)
  assert.deepEqual(await limits.list(), [limited('zoe', zoe.id)])
  assert.equal((await guess('ada', PASSWORD)).kind, 'ok')
  const cleared = await fixture.audit.list({ types: ['user.limit_cleared'] })
  assert.deepEqual(
    cleared.map(({ actor, target }) => [actor.name, target]),
    [['root', { kind: 'user', id: ada.id, name: 'ada' }]],
  )

  fixture.advance(MINUTE)
  assert.deepEqual(await limits.list(), [])
  await guess('zoe')
  const [again] = await limits.list()
  assert.equal(again?.until, fixture.now() + 2 * MINUTE)
  await users.delete('bob', BY)
  await assert.rejects(limits.clear(bob.id, BY), { code: 'ERR_USER_UNKNOWN' })
  await assert.rejects(limits.of(bob.id), { code: 'ERR_USER_UNKNOWN' })
})

test('a limited account is found among thousands', async () => {
  await using fixture = await openDirectory()
  const { users, limits, verifyPassword } = fixture.directory
  const last = await users.add({ username: 'zz' }, BY)
  await fixture.store.write(async (tx) => {
    for (let n = 0; n < 2_500; n++) {
      const username = `user${n}`
      await tx.query
        .insertInto('users')
        .values({
          ...{ id: username, username, display_name: username, email: null, email_verified: 0 },
          ...{ status: 'active', created_at: START, sessions_valid_from: 0 },
        })
        .execute()
    }
  })
  for (let n = 0; n < 10; n++) {
    await verifyPassword({ username: 'zz', password: 'x', address: null, browser: null })
  }
  assert.deepEqual(
    (await limits.list()).map(({ userId }) => userId),
    [last.id],
  )
})
