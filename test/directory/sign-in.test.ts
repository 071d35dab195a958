import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownBrowser, SignInAttempt } from '../../src/directory/index.ts'
import { hasCode } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD, START } from './fixture.ts'

const MINUTE = 60_000

function attempt(
  username: string,
  password: string,
  more: Partial<SignInAttempt> = {},
): SignInAttempt {
  return { username, password, address: '192.0.2.7', browser: null, ...more }
}

test('the right password signs in, under any spelling of name and password', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  const ada = await users.add(
    { username: 'ada', password: 'violetté teapots fly', mustChange: false },
    BY,
  )
  const result = await verifyPassword(attempt('ＡDA', 'violette\u0301 teapots fly'))
  assert.equal(result.kind, 'ok')
  assert.equal(result.kind === 'ok' && result.subject.userId, ada.id)
})

test('unknown, disabled and passwordless accounts answer like a wrong password', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  await users.add({ username: 'bob', password: PASSWORD }, BY)
  await users.disable('bob', BY)
  await users.add({ username: 'carol' }, BY)
  for (const tried of [
    attempt('ada', 'wrong'),
    attempt('ada', ''),
    attempt('ada', 'x'.repeat(1_000_000)),
    attempt('bob', PASSWORD),
    attempt('carol', ''),
    attempt('nobody', PASSWORD),
    attempt('system:masters', PASSWORD),
    attempt('', ''),
  ]) {
    assert.deepEqual(await verifyPassword(tried), { kind: 'wrong' })
  }
  const entries = await fixture.audit.list({ types: ['signin.refused'] })
  assert.deepEqual(
    entries.map(({ target, count }) => `${target?.name ?? 'nobody known'}: ${count}`),
    ['nobody known: 3', 'carol: 1', 'bob: 1', 'ada: 3'],
  )
  assert.ok(!JSON.stringify(entries).includes('nobody'))
})

test('ten failures spend an account from every network, then waits grow to a quarter of an hour', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  for (let n = 0; n < 10; n++) {
    const address = `198.51.100.${n}`
    assert.deepEqual(await verifyPassword(attempt(n % 2 ? 'ada' : 'ADA', 'x', { address })), {
      kind: 'wrong',
    })
  }
  const waits: number[] = []
  for (let n = 0; n < 7; n++) {
    const limited = await verifyPassword(attempt('ada', PASSWORD, { address: `203.0.113.${n}` }))
    assert.equal(limited.kind, 'limited')
    const wait = limited.kind === 'limited' ? limited.retryAfterMs : 0
    waits.push(wait / MINUTE)
    fixture.advance(wait)
    assert.deepEqual(await verifyPassword(attempt('ada', 'x', { address: `203.0.113.1${n}` })), {
      kind: 'wrong',
    })
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15])
  fixture.advance(15 * MINUTE)
  assert.equal((await verifyPassword(attempt('ada', PASSWORD))).kind, 'ok')
  assert.equal((await verifyPassword(attempt('ada', 'x'))).kind, 'wrong')
})

test('failures that lie apart do not add up', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 9; n++) {
      assert.equal((await verifyPassword(attempt('ada', 'x'))).kind, 'wrong')
    }
    fixture.advance(10 * MINUTE)
  }
})

test('thirty attempts at once, on two processes, are counted one by one', async () => {
  await using fixture = await openDirectory()
  const other = fixture.another().directory
  await fixture.directory.users.add({ username: 'ada', password: PASSWORD }, BY)
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      (n % 2 === 0 ? fixture.directory : other).verifyPassword(attempt('ada', 'x')),
    ),
  )
  assert.equal(results.filter((result) => result.kind === 'wrong').length, 10)
  assert.equal(results.filter((result) => result.kind === 'limited').length, 20)
})

test('a known browser still gets in, and only for its own account', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  const ada = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const eve = await users.add({ username: 'eve', password: PASSWORD }, BY)
  const hers: KnownBrowser = { id: 'b1', userId: ada.id }
  const anothers: KnownBrowser = { id: 'b2', userId: eve.id }
  // The whole network of the attacker, which she shares, is spent as well.
  for (let n = 0; n < 60; n++) await verifyPassword(attempt(n < 20 ? 'ada' : `n${n}`, 'x'))
  assert.equal((await verifyPassword(attempt('ada', PASSWORD))).kind, 'limited')
  assert.equal(
    (await verifyPassword(attempt('ada', PASSWORD, { browser: anothers }))).kind,
    'limited',
  )
  assert.equal((await verifyPassword(attempt('ada', PASSWORD, { browser: hers }))).kind, 'ok')
  // Its own budget is five failures.
  for (let n = 0; n < 12; n++) {
    await verifyPassword(attempt('ada', 'x', { address: '203.0.113.9' }))
  }
  const kinds: string[] = []
  for (let n = 0; n < 6; n++) {
    kinds.push((await verifyPassword(attempt('ada', 'x', { browser: hers }))).kind)
  }
  assert.deepEqual(kinds, ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'limited'])
})

test('a network is limited by its /64, whatever accounts it tries, and a success refunds only itself', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  for (let n = 0; n < 49; n++) {
    const address = `2001:db8:1:2::${n.toString(16)}`
    assert.equal((await verifyPassword(attempt(`n${n}`, 'x', { address }))).kind, 'wrong')
  }
  const from = (address: string) => verifyPassword(attempt('ada', PASSWORD, { address }))
  assert.equal((await from('2001:db8:1:2:ffff::1')).kind, 'ok')
  assert.equal((await from('2001:db8:1:2:ffff::2')).kind, 'ok')
  assert.equal(
    (await verifyPassword(attempt('x', 'x', { address: '2001:db8:1:2::a' }))).kind,
    'wrong',
  )
  assert.equal((await from('2001:db8:1:2:ffff::3')).kind, 'limited')
  assert.equal((await from('2001:db8:1:3::1')).kind, 'ok')
})

test('budgets of names that do not exist are bounded, those of accounts stay', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  await users.add({ username: 'ada', password: PASSWORD }, BY)
  await verifyPassword(attempt('ada', 'x', { address: null }))
  await fixture.store.write(async (tx) => {
    for (let n = 0; n < 10_050; n++) {
      await tx.query
        .insertInto('failure_budgets')
        .values({
          key: `account:${n}`,
          failures: 1,
          window_started_at: START - 20_000 + n,
          expires_at: START + MINUTE,
          unproved: 1,
        })
        .execute()
    }
  })
  await verifyPassword(attempt('nobody', 'x', { address: '192.0.2.9' }))
  const rows = await fixture.store.query
    .selectFrom('failure_budgets')
    .select(['key', 'unproved'])
    .execute()
  assert.equal(rows.filter((row) => row.unproved === 1).length, 10_000)
  assert.equal(rows.filter((row) => row.unproved === 0).length, 1)
  assert.ok(!rows.some((row) => row.key === 'account:0'))
})

test('more than 64 passwords at once are refused before they are counted', async () => {
  await using fixture = await openDirectory()
  const { verifyPassword } = fixture.directory
  const results = await Promise.allSettled(
    Array.from({ length: 70 }, (_, n) =>
      verifyPassword(attempt(`n${n}`, 'x', { address: `192.0.2.${n}` })),
    ),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  assert.equal(refused.length, 6)
  for (const { reason } of refused) assert.ok(hasCode(reason, 'ERR_BUSY'))
  assert.equal((await verifyPassword(attempt('after', 'x'))).kind, 'wrong')
})

test('an admin sets a password that must be changed; the person changes it', async () => {
  await using fixture = await openDirectory()
  const { users, subject, verifyPassword } = fixture.directory
  const ada = await users.add({ username: 'ada' }, BY)
  fixture.advance(1_000)
  await users.setPassword('ada', PASSWORD, {}, BY)
  assert.equal((await subject(ada.id))?.mustChangePassword, true)
  assert.equal((await subject(ada.id))?.sessionsValidFrom, START + 1_000)
  const change = (current: string, next: string) =>
    users.changePassword(ada.id, { current, next, address: null, knownBrowser: null }, BY)
  await assert.rejects(change('wrong', 'amber kettles sing low'), {
    code: 'ERR_PASSWORD_WRONG',
    message: 'current password is wrong',
  })
  await assert.rejects(change(PASSWORD, PASSWORD), {
    code: 'ERR_PASSWORD',
    message: 'new password is the current one',
  })
  await assert.rejects(change(PASSWORD, 'short'), {
    code: 'ERR_PASSWORD',
    message: 'password has 5 characters; at least 15 are needed',
  })
  fixture.advance(1_000)
  await change(PASSWORD, 'amber kettles sing low')
  assert.equal((await subject(ada.id))?.mustChangePassword, false)
  assert.equal((await subject(ada.id))?.sessionsValidFrom, START + 2_000)
  assert.equal((await verifyPassword(attempt('ada', PASSWORD))).kind, 'wrong')
  assert.equal((await verifyPassword(attempt('ada', 'amber kettles sing low'))).kind, 'ok')
})

test('guessing at the change form spends the same budget as signing in', async () => {
  await using fixture = await openDirectory()
  const { users, verifyPassword } = fixture.directory
  const ada = await users.add({ username: 'ada', password: PASSWORD }, BY)
  for (let n = 0; n < 10; n++) await verifyPassword(attempt('ada', 'x'))
  await assert.rejects(
    users.changePassword(
      ada.id,
      { current: PASSWORD, next: 'amber kettles sing low', address: null, knownBrowser: null },
      BY,
    ),
    { code: 'ERR_SIGNIN_LIMITED', message: 'too many wrong passwords for this account' },
  )
})
