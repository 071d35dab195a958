import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSweeper } from '../../../db/index.ts'
import { codeAt, Passkey } from '../../support/authenticator.ts'
import { BY, openDirectory, PASSWORD } from '../fixture.ts'

const DAY = 86_400_000
/** More than enough to look at every table, and again. */
const STEPS = 60

test('spent challenges are swept after their end; what people sign in with never is', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const { secret } = await factors.oneTimeCodes.begin(id)
  await factors.oneTimeCodes.confirm(id, codeAt(secret, fixture.now()), BY)
  await factors.recoveryCodes.renew(id, BY)
  const asked = await factors.passkeys.registrationOptions(id, 'b')
  const response = new Passkey('https://id.example.com').create(asked)
  await factors.passkeys.register({ userId: id, binding: 'b', name: '', response }, BY)
  const sweeper = createSweeper(fixture.store)
  const sweep = async () => {
    let gone = 0
    for (let n = 0; n < STEPS; n++) gone += await sweeper.step(fixture.now())
    return gone
  }
  fixture.advance(10 * 60_000)
  assert.equal(await sweep(), 0, 'a challenge is remembered to its very end')
  fixture.advance(1)
  assert.equal(await sweep(), 1)
  assert.equal(
    (await fixture.store.query.selectFrom('spent_challenges').selectAll().execute()).length,
    0,
  )
  fixture.advance(3_650 * DAY)
  assert.equal(await sweep(), 0)
  const left = await factors.of(id)
  assert.deepEqual([left.passkeys.length, left.oneTimeCode, left.recoveryCodesLeft], [1, true, 10])
})

test('links go at their end, invitations when nobody asks any more who was invited', async () => {
  await using fixture = await openDirectory()
  const { id } = await fixture.directory.users.add({ username: 'ada' }, BY)
  const now = fixture.now()
  await fixture.store.write(async ({ query }) => {
    await query
      .insertInto('reset_links')
      .values({
        ...{ code_hash: 'x', user_id: id, made_by: 'self', consumed_at: null },
        ...{ created_at: now, expires_at: now },
      })
      .execute()
    await query
      .insertInto('email_changes')
      .values({
        ...{ user_id: id, email: 'a@example.com', new_code_hash: 'y', old_code_hash: null },
        ...{ new_proved_at: null, old_proved_at: null, created_at: now, expires_at: now },
      })
      .execute()
    await query
      .insertInto('invitations')
      .values({
        ...{ id: 'i', code_hash: 'z', username: null, email: null, display_name: null },
        ...{ invited_by_id: null, invited_by_name: 'root', created_at: now, expires_at: now },
        ...{ consumed_at: null, revoked_at: null, user_id: null },
      })
      .execute()
  })
  const sweeper = createSweeper(fixture.store)
  const sweepAfter = async (days: number) => {
    let gone = 0
    for (let n = 0; n < STEPS; n++) gone += await sweeper.step(now + days * DAY)
    return gone
  }
  assert.deepEqual([await sweepAfter(0), await sweepAfter(1), await sweepAfter(89)], [0, 2, 0])
  assert.equal(await sweepAfter(91), 1)
})
