import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyLines } from '../../src/audit/index.ts'
import { openRecord, START, textOf } from './fixture.ts'

const HOUR = 3_600_000

test('the oldest go, and the rest is still proved', async () => {
  await using record = await openRecord({ retentionMs: HOUR })
  await record.record(1200)
  assert.equal(await record.audit.prune(), 0)
  record.advance(HOUR - 100_000)
  await record.record(5)
  assert.equal(await record.audit.prune(), 1104)
  const found = await record.audit.verify()
  assert.deepEqual(
    { ...found, head: found.head?.id },
    {
      ...{ faults: [], faultCount: 0, events: 101, firstId: '1105', head: '1205' },
      ...{ deletedUpTo: '1104', beganAt: START + 1000, olderUpTo: null },
    },
  )
  const lines = (await textOf(record.audit.exportLines())).trimEnd().split('\n')
  async function* each() {
    yield* lines
  }
  assert.deepEqual((await verifyLines(each())).faults, [])
  record.advance(2 * HOUR)
  assert.equal(await record.audit.prune(), 101)
  await record.record(1)
  const last = await record.audit.verify()
  assert.deepEqual([last.faultCount, last.firstId, last.deletedUpTo], [0, '1206', '1205'])
})

test('without a retention every event stays', async () => {
  await using record = await openRecord()
  await record.record(3)
  record.advance(100 * 365 * 24 * HOUR)
  assert.equal(await record.audit.prune(), 0)
})

test('events from before the chain go as well, some at a time', async () => {
  await using record = await openRecord({ retentionMs: HOUR })
  const values = Array.from(
    { length: 600 },
    (_, n) => `(${START + n * 20_000}, 'user.added', 'system', '{}')`,
  )
  record.tamper(
    `INSERT INTO audit_events (at, type, actor_kind, detail) VALUES ${values.join(',')}`,
  )
  record.advance(600 * 20_000)
  await record.record(1)
  assert.equal(await record.audit.prune(), 421)
  const found = await record.audit.verify()
  assert.deepEqual([found.faultCount, found.deletedUpTo, found.olderUpTo], [0, '421', '600'])
  record.tamper("UPDATE audit_events SET type = 'x' WHERE id = 500")
  assert.equal((await record.audit.verify()).faultCount, 1)
})

test('nothing that was tampered with is deleted', async () => {
  await using record = await openRecord({ retentionMs: HOUR })
  await record.record(9)
  record.tamper("UPDATE audit_events SET type = 'x' WHERE id = 5")
  record.advance(2 * HOUR)
  await assert.rejects(record.audit.prune(), {
    code: 'ERR_AUDIT_TAMPERED',
    message: 'audit event 5 is not what was recorded, so nothing is deleted',
  })
  const found = await record.audit.verify()
  assert.deepEqual([found.events, found.faults.map(({ id }) => id)], [9, ['5']])
})

test('nothing goes that the stream has not written', async () => {
  await using record = await openRecord({ retentionMs: HOUR })
  const streamTo = { kind: 'file', path: join(record.directory, 'stream.jsonl') } as const
  const { audit } = record.open({ streamTo })
  await record.record(3)
  await audit.stream()
  await record.record(3)
  record.advance(2 * HOUR)
  assert.equal(await audit.prune(), 3)
  assert.equal(await audit.stream(), 3)
  assert.equal(await audit.prune(), 3)
})

test('nothing else may be deleted or changed', async () => {
  await using record = await openRecord({ retentionMs: HOUR })
  await record.record(9)
  record.advance(HOUR - 3000)
  assert.equal(await record.audit.prune(), 5)
  const { store } = record
  const refused = { message: 'audit events are append-only' }
  await assert.rejects(
    store.write((tx) => tx.query.deleteFrom('audit_events').where('id', '=', 9).execute()),
    refused,
  )
  await assert.rejects(
    store.write((tx) => tx.query.updateTable('audit_events').set({ hash: null }).execute()),
    refused,
  )
  await assert.rejects(
    store.write((tx) => tx.query.updateTable('audit_chain').set({ anchor_id: 4 }).execute()),
    { message: 'the chain of audit events only goes on' },
  )
  await assert.rejects(
    store.write((tx) => tx.query.deleteFrom('audit_chain').execute()),
    { message: 'the chain of audit events stays' },
  )
})
