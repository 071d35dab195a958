import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD, START } from '../fixture.ts'

const FROM = { address: '192.0.2.7', browser: null, requestId: 'r-1' } as const

test('ten codes, each good for its person once, however it is typed; the record says how many are left', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const eve = await users.add({ username: 'eve', password: PASSWORD }, BY)
  const codes = await factors.recoveryCodes.renew(id, BY)
  assert.equal(new Set(codes).size, 10)
  for (const code of codes) assert.match(code, /^([a-km-np-z2-9]{4}-){2}[a-km-np-z2-9]{4}$/)
  const rows = await fixture.store.query.selectFrom('recovery_codes').select('hash').execute()
  assert.equal(rows.length, 10)
  for (const code of codes) assert.ok(!JSON.stringify(rows).includes(code.replaceAll('-', '')))
  const [first = '', second = ''] = codes
  const enter = (code: string, userId = id) =>
    factors.recoveryCodes.verify({ userId, code, ...FROM })
  assert.deepEqual(await enter(first, eve.id), { kind: 'wrong' })
  fixture.advance(365 * 86_400_000)
  const result = await enter(` ${first.toUpperCase().replaceAll('-', ' ')} `)
  assert.equal(result.kind === 'ok' && result.subject.userId, id)
  assert.deepEqual(await enter(first), { kind: 'wrong' })
  assert.equal((await enter(second)).kind, 'ok')
  assert.equal((await factors.of(id)).recoveryCodesLeft, 8)
  const used = await fixture.audit.list({ types: ['factor.recovery_code_used'] })
  assert.deepEqual(
    used.map(({ actor, address, requestId, target, detail }) => ({
      ...{ actor, address, requestId, target, detail },
    })),
    [8, 9].map((left) => ({
      actor: { kind: 'user', id, name: 'ada' },
      address: '192.0.2.7',
      requestId: 'r-1',
      target: { kind: 'user', id, name: 'ada' },
      detail: { left },
    })),
  )
})

test('of two requests with one code at once, on two processes, one gets in', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const other = fixture.another().directory.factors
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const [code = ''] = await factors.recoveryCodes.renew(id, BY)
  const results = await Promise.all(
    [factors, other, factors].map((each) =>
      each.recoveryCodes.verify({ userId: id, code, ...FROM }),
    ),
  )
  assert.deepEqual(results.map(({ kind }) => kind).sort(), ['ok', 'wrong', 'wrong'])
})

test('new codes kill the old ones', async () => {
  await using fixture = await openDirectory()
  const { users, factors } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const [old = ''] = await factors.recoveryCodes.renew(id, BY)
  const [fresh = ''] = await factors.recoveryCodes.renew(id, BY)
  const enter = (code: string) => factors.recoveryCodes.verify({ userId: id, code, ...FROM })
  assert.deepEqual(await enter(old), { kind: 'wrong' })
  assert.equal((await enter(fresh)).kind, 'ok')
  const [made] = await fixture.audit.list({ types: ['factor.recovery_codes_made'] })
  assert.deepEqual(made?.detail, { codes: 10 })
})

test("an admin takes everything away from somebody who lost it, and their browsers' sessions end", async () => {
  await using fixture = await openDirectory()
  const { users, factors, subject } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  await factors.oneTimeCodes.begin(id)
  const [code = ''] = await factors.recoveryCodes.renew(id, BY)
  fixture.advance(1_000)
  await factors.removeAll(id, BY)
  assert.deepEqual(await factors.of(id), {
    ...{ password: true, passkeys: [], oneTimeCode: false, recoveryCodesLeft: 0 },
  })
  assert.deepEqual(await factors.recoveryCodes.verify({ userId: id, code, ...FROM }), {
    kind: 'wrong',
  })
  assert.equal((await subject(id))?.sessionsValidFrom, START + 1_000)
  const [entry] = await fixture.audit.list({ types: ['factor.all_removed'] })
  assert.deepEqual(
    [entry?.actor.name, entry?.target?.name, entry?.detail],
    ['root', 'ada', { passkeys: 0, oneTimeCode: false }],
  )
})
