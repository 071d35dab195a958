import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore, type Store } from '../../db/index.ts'
import { type Audit, type AuditType, createAudit, recordEvent } from '../../src/audit/index.ts'
import type { By, DeviceId, EpochMs, UserId } from '../../src/errors/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MINUTE = 60_000
const START: EpochMs = Date.UTC(2026, 2, 1)
const ADA = 'ada-id' as UserId
const BY_ADA: By = {
  actor: { kind: 'user', userId: ADA, username: 'ada' },
  address: '192.0.2.7',
  requestId: 'r-aaaa-bbbb',
}

interface Fixture extends AsyncDisposable {
  readonly store: Store
  readonly audit: Audit
  readonly advance: (ms: number) => void
  readonly record: (type: AuditType, more?: object) => Promise<void>
}

async function openAudit(): Promise<Fixture> {
  const home = await temporaryDirectory()
  let now = START
  const clock = () => now
  const store = openStore({ file: join(home.path, 'lanyard.db'), clock })
  return {
    store,
    audit: createAudit({ store, clock }),
    advance: (ms) => {
      now += ms
    },
    record: (type, more = {}) =>
      store.write((tx) => recordEvent(tx, clock, { type, by: BY_ADA, ...more })),
    async [Symbol.asyncDispose]() {
      await store.close()
      await home[Symbol.asyncDispose]()
    },
  }
}

const from = (address: string | null, account?: string) =>
  ({
    type: 'signin.refused',
    address,
    requestId: 'r-cccc-dddd',
    ...(account === undefined ? {} : { account }),
  }) as const

test('an event says who, what, on whom, from where', async () => {
  await using fixture = await openAudit()
  await fixture.record('group.member_added', {
    target: { kind: 'user', id: 'bob-id', name: 'bob' },
    clientId: 'prod',
    deviceId: 'abcdefghijklmnop' as DeviceId,
    detail: { group: 'viewers' },
  })
  assert.deepEqual(await fixture.audit.list(), [
    {
      id: '1',
      at: START,
      type: 'group.member_added',
      actor: { kind: 'user', id: 'ada-id', name: 'ada' },
      target: { kind: 'user', id: 'bob-id', name: 'bob' },
      clientId: 'prod',
      deviceId: 'abcdefghijklmnop',
      address: '192.0.2.7',
      requestId: 'r-aaaa-bbbb',
      detail: { group: 'viewers' },
      count: 1,
    },
  ])
})

test('an event is undone with what it records', async () => {
  await using fixture = await openAudit()
  await assert.rejects(
    fixture.store.write(async (tx) => {
      await recordEvent(tx, () => START, { type: 'user.added', by: BY_ADA })
      throw new Error('undone')
    }),
    { message: 'undone' },
  )
  assert.deepEqual(await fixture.audit.list(), [])
})

test('refusals of one account or network are one row a minute, with a count', async () => {
  await using fixture = await openAudit()
  const { audit } = fixture
  await audit.countRefusal(from('192.0.2.7', 'ada'))
  await audit.countRefusal(from('192.0.2.8', 'ada'))
  await audit.countRefusal(from('2001:db8::1'))
  await audit.countRefusal(from('2001:db8::2:0:0:1'))
  await audit.countRefusal(from('::ffff:192.0.2.7'))
  await audit.countRefusal(from('192.0.2.7'))
  await audit.countRefusal(from(null))
  fixture.advance(MINUTE)
  await audit.countRefusal(from('192.0.2.7', 'ada'))
  const entries = await audit.list()
  assert.deepEqual(
    entries.map(({ id, count, address }) => [id, count, address]),
    [
      [`${START + MINUTE}.signin.refused account ada`, 1, '192.0.2.7'],
      [`${START}.signin.refused network unknown`, 1, null],
      [`${START}.signin.refused network 2001:db8:0:0::/64`, 2, '2001:db8::2:0:0:1'],
      [`${START}.signin.refused network 192.0.2.7`, 2, '192.0.2.7'],
      [`${START}.signin.refused account ada`, 2, '192.0.2.8'],
    ],
  )
  assert.equal((await audit.list({ account: 'ada' })).length, 2)
})

test('a flood from everywhere makes 200 rows a minute and one for the rest', async () => {
  await using fixture = await openAudit()
  const { audit } = fixture
  await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => audit.countRefusal(from(`10.0.${n >> 8}.${n & 255}`))),
  )
  const entries = await audit.list({ limit: 1_000 })
  assert.equal(entries.length, 201)
  assert.equal(
    entries.reduce((sum, entry) => sum + entry.count, 0),
    1_000,
  )
  assert.equal(entries.find((entry) => entry.id.endsWith('many'))?.count, 800)
})

test('counted refusals are bounded in number and age', async () => {
  await using fixture = await openAudit()
  const { audit, store } = fixture
  await store.write(async (tx) => {
    for (let minute = 1; minute <= 101; minute++) {
      const rows = Array.from({ length: 200 }, (_, n) => ({
        key: `k${n}`,
        minute_at: START - minute * MINUTE,
        type: 'signin.refused',
        target_name: null,
        address: null,
        request_id: null,
        detail: '{}',
        count: 1,
      }))
      await tx.query.insertInto('audit_refusals').values(rows).execute()
    }
  })
  await audit.countRefusal(from('192.0.2.7'))
  const count = () =>
    store.query
      .selectFrom('audit_refusals')
      .select((row) => row.fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow()
  assert.equal((await count()).rows, 20_001)
  fixture.advance(91 * 24 * 60 * MINUTE)
  assert.equal(await audit.prune(), 20_001)
})

test('who was refused entry had proved who they are; who was refused a sign-in had not', async () => {
  await using fixture = await openAudit()
  const { audit } = fixture
  await audit.countRefusal(from('192.0.2.7', 'bob'))
  await audit.countRefusal({ ...from('192.0.2.7', 'bob'), type: 'access.refused' })
  await audit.countRefusal({ ...from('192.0.2.7'), type: 'access.refused' })
  assert.deepEqual(
    (await audit.list()).map(({ type, actor }) => [type, actor.kind, actor.name]),
    [
      ['signin.refused', 'visitor', null],
      ['access.refused', 'visitor', null],
      ['access.refused', 'user', 'bob'],
    ],
  )
})

test('events and refusals are listed together, by page and filter', async () => {
  await using fixture = await openAudit()
  const { audit, record } = fixture
  const bob = { target: { kind: 'user', id: 'bob-id', name: 'bob' } }
  await record('user.added', bob)
  await audit.countRefusal(from('192.0.2.7', 'bob'))
  fixture.advance(MINUTE)
  await audit.countRefusal(from('192.0.2.8'))
  fixture.advance(1)
  await record('user.disabled', bob)
  await record('key.published', { target: { kind: 'key', id: 'k1' } })
  const all = await audit.list()
  assert.deepEqual(
    all.map((entry) => entry.type),
    ['key.published', 'user.disabled', 'signin.refused', 'user.added', 'signin.refused'],
  )
  const paged: string[] = []
  for (let last: string | undefined; ; ) {
    const [entry] = await audit.list({
      limit: 1,
      ...(last === undefined ? {} : { beforeId: last }),
    })
    if (entry === undefined) break
    paged.push(entry.id)
    last = entry.id
  }
  assert.deepEqual(
    paged,
    all.map((entry) => entry.id),
  )
  const types = async (query: Parameters<Audit['list']>[0]) =>
    (await audit.list(query)).map((entry) => entry.type)
  assert.deepEqual(await types({ userId: 'bob-id' }), ['user.disabled', 'user.added'])
  assert.deepEqual(await types({ userId: 'bob-id', account: 'bob' }), [
    'user.disabled',
    'user.added',
    'signin.refused',
  ])
  assert.deepEqual(await types({ userId: ADA, types: ['key.published'] }), ['key.published'])
  assert.deepEqual(await types({ sinceMs: START + MINUTE + 1 }), ['key.published', 'user.disabled'])
  assert.deepEqual(await types({ deviceId: 'none' }), [])
  await assert.rejects(audit.list({ beforeId: "1' OR 1=1" }), {
    code: 'ERR_AUDIT_ENTRY_UNKNOWN',
    message: 'no audit entry has the id "1\' OR 1=1"',
  })
})
