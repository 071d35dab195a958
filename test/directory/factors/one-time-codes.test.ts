import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FactorResult } from '../../../src/directory/index.ts'
import type { UserId } from '../../../src/errors/index.ts'
import { codeAt } from '../../support/authenticator.ts'
import { BY, type Fixture, openDirectory, PASSWORD, START } from '../fixture.ts'

const STEP = 30_000
const FROM = { address: '192.0.2.7', browser: null } as const

interface Person {
  readonly id: UserId
  readonly secret: string
}

/** Ada with one-time codes, confirmed by a code that then was used up. */
async function addAda(fixture: Fixture, username = 'ada'): Promise<Person> {
  const { users, factors } = fixture.directory
  const { id } = await users.add({ username, password: PASSWORD, mustChange: false }, BY)
  const { secret } = await factors.oneTimeCodes.begin(id)
  await factors.oneTimeCodes.confirm(id, codeAt(secret, fixture.now()), BY)
  fixture.advance(2 * STEP)
  return { id, secret }
}

function enter({ directory }: Fixture, userId: UserId, code: string): Promise<FactorResult> {
  return directory.factors.oneTimeCodes.verify({ userId, code, ...FROM })
}

test('the codes of an authenticator app are those of RFC 6238', () => {
  // Appendix B, the secret in base32, the last six digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  const shown = [59, 1_111_111_109, 1_234_567_890, 20_000_000_000].map((at) =>
    codeAt(secret, at * 1_000),
  )
  assert.deepEqual(shown, ['287082', '081804', '005924', '353130'])
})

test('codes count only once a first one has proved that the person has them', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  await assert.rejects(factors.oneTimeCodes.confirm(id, '123456', BY), {
    code: 'ERR_CODE_NOT_BEGUN',
    message: 'setting up one-time codes was not begun',
  })
  const forgotten = await factors.oneTimeCodes.begin(id)
  const { secret, uri, qr } = await factors.oneTimeCodes.begin(id)
  assert.match(secret, /^[A-Z2-7]{32}$/)
  assert.equal(
    uri,
    `otpauth://totp/Lanyard:ada?issuer=Lanyard&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  )
  assert.match(qr, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*>.*<\/svg>\n$/s)
  assert.doesNotMatch(qr, /style|script/)
  assert.equal((await factors.of(id)).oneTimeCode, false)
  assert.deepEqual(await enter(fixture, id, codeAt(secret, START)), { kind: 'wrong' })
  await assert.rejects(factors.oneTimeCodes.confirm(id, codeAt(forgotten.secret, START), BY), {
    code: 'ERR_CODE_WRONG',
    message: 'one-time code is wrong',
  })
  await factors.oneTimeCodes.confirm(id, ` ${codeAt(secret, START).replace(/(...)/, '$1 ')}`, BY)
  assert.equal((await factors.of(id)).oneTimeCode, true)
  assert.deepEqual(
    await enter(fixture, id, codeAt(secret, START)),
    { kind: 'wrong' },
    'the code that confirmed was used',
  )
  await assert.rejects(factors.oneTimeCodes.begin(id), {
    code: 'ERR_CODE_EXISTS',
    message: 'one-time codes are set up already',
  })
  await assert.rejects(factors.oneTimeCodes.confirm(id, codeAt(secret, START + STEP), BY), {
    code: 'ERR_CODE_NOT_BEGUN',
  })
  const row = await fixture.store.query
    .selectFrom('one_time_codes')
    .selectAll()
    .executeTakeFirstOrThrow()
  assert.ok(!JSON.stringify(row).includes(secret))
  assert.equal(row.last_step, START / STEP)
})

test('a code is right for half a minute before and after its own, and no longer', async () => {
  await using fixture = await openDirectory()
  const { id, secret } = await addAda(fixture)
  const now = fixture.now()
  for (const [steps, kind] of [
    [-2, 'wrong'],
    [2, 'wrong'],
    [-1, 'ok'],
    [0, 'ok'],
    [1, 'ok'],
  ] as const) {
    assert.equal((await enter(fixture, id, codeAt(secret, now + steps * STEP))).kind, kind)
  }
})

test('what is no code is wrong, and a code in full-width digits is one', async () => {
  await using fixture = await openDirectory()
  const { id, secret } = await addAda(fixture)
  const code = codeAt(secret, fixture.now())
  for (const typed of ['', code.slice(1), `0${code}`, `${code}x`, '٠١٢٣٤٥', 'x'.repeat(100_000)]) {
    assert.deepEqual(await enter(fixture, id, typed), { kind: 'wrong' }, typed.slice(0, 10))
  }
  const wide = [...code].map((c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)).join('')
  assert.equal((await enter(fixture, id, wide)).kind, 'ok')
})

test("neither a disabled person's code counts, nor another's", async () => {
  await using fixture = await openDirectory()
  const ada = await addAda(fixture)
  const eve = await addAda(fixture, 'eve')
  assert.deepEqual(await enter(fixture, eve.id, codeAt(ada.secret, fixture.now())), {
    kind: 'wrong',
  })
  await fixture.directory.users.disable('ada', BY)
  assert.deepEqual(await enter(fixture, ada.id, codeAt(ada.secret, fixture.now())), {
    kind: 'wrong',
  })
  await fixture.directory.users.delete('eve', BY)
  assert.deepEqual(await enter(fixture, eve.id, codeAt(eve.secret, fixture.now())), {
    kind: 'wrong',
  })
  const entries = await fixture.audit.list({ types: ['signin.refused'] })
  assert.deepEqual(
    entries.map(({ target, count }) => `${target?.name ?? 'nobody known'}: ${count}`).sort(),
    ['ada: 1', 'eve: 1', 'nobody known: 1'],
  )
  for (const { detail } of entries) {
    assert.deepEqual(detail, { reason: 'wrong', factor: 'one-time code' })
  }
})

test('a secret that is moved to another person does not open', async () => {
  await using fixture = await openDirectory()
  const ada = await addAda(fixture)
  const eve = await addAda(fixture, 'eve')
  await fixture.store.write(async (tx) => {
    const mine = await tx.query
      .selectFrom('one_time_codes')
      .select('secret_jwe')
      .where('user_id', '=', eve.id)
      .executeTakeFirstOrThrow()
    await tx.query.updateTable('one_time_codes').set(mine).where('user_id', '=', ada.id).execute()
  })
  await assert.rejects(enter(fixture, ada.id, codeAt(eve.secret, fixture.now())), {
    code: 'ERR_KEY_SECRET',
    message: 'a secret of one-time codes cannot be decrypted',
  })
})

test('codes are removed once, recovery codes go with the last factor they stand in for', async () => {
  await using fixture = await openDirectory()
  const { oneTimeCodes, recoveryCodes, of } = fixture.directory.factors
  const { id, secret } = await addAda(fixture)
  await recoveryCodes.renew(id, BY)
  assert.equal((await of(id)).recoveryCodesLeft, 10)
  await oneTimeCodes.remove(id, BY)
  assert.deepEqual(await of(id), {
    ...{ password: true, passkeys: [], oneTimeCode: false, recoveryCodesLeft: 0 },
  })
  await assert.rejects(oneTimeCodes.remove(id, BY), {
    code: 'ERR_CODE_UNKNOWN',
    message: 'one-time codes are not set up',
  })
  assert.deepEqual(await enter(fixture, id, codeAt(secret, fixture.now())), { kind: 'wrong' })
  const types = (await fixture.audit.list()).map(({ type }) => type)
  assert.deepEqual(
    types.filter((type) => type.startsWith('factor.')),
    ['factor.one_time_code_removed', 'factor.recovery_codes_made', 'factor.one_time_code_added'],
  )
})
