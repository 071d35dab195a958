import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { hashOf } from '../../src/audit/canonical.ts'
import { openRecord, type Record, START } from './fixture.ts'

const faultsOf = async ({ audit }: Pick<Record, 'audit'>) =>
  (await audit.verify()).faults.map(({ kind, id }) => `${kind} ${id}`)

/** The hashes from this event on, made anew by somebody who knows the form. */
function rechain(file: string, from: number): void {
  const sqlite = new Database(file)
  const rows = sqlite.prepare('SELECT * FROM audit_events ORDER BY id').all() as Parameters<
    typeof hashOf
  >[0][]
  let previous = '0'.repeat(64)
  for (const row of rows) {
    const hash = row.id < from ? (row as unknown as { hash: string }).hash : hashOf(row, previous)
    sqlite.prepare('UPDATE audit_events SET hash = ? WHERE id = ?').run(hash, row.id)
    previous = hash
  }
  sqlite.close()
}

test('the events of several transactions and processes are one chain', async () => {
  await using record = await openRecord()
  const other = record.open()
  await record.record(3)
  await Promise.all([record.record(20), other.record(20), record.record(20), other.record(20)])
  const found = await record.audit.verify()
  assert.deepEqual(
    { ...found, head: found.head?.id },
    {
      ...{ faults: [], faultCount: 0, events: 83, firstId: '1', head: '83' },
      ...{ deletedUpTo: null, beganAt: START + 1000, olderUpTo: null },
    },
  )
  assert.deepEqual(await faultsOf(other), [])
})

test('an undone event leaves no gap', async () => {
  await using record = await openRecord()
  await record.record(2)
  await assert.rejects(record.record(2, { type: null as never }))
  await record.record(2)
  assert.deepEqual(await faultsOf(record), [])
  assert.equal((await record.audit.verify()).head?.id, '4')
})

test('half a character is recorded as it is read back', async () => {
  await using record = await openRecord()
  await record.record(1, { target: { kind: 'device', id: 'd', name: 'laptop \ud83d' } })
  assert.deepEqual(await faultsOf(record), [])
  assert.equal((await record.audit.list())[0]?.target?.name, 'laptop \ufffd')
})

describe('whoever can write the file cannot', () => {
  const columns = [
    ...['at = at + 1', "type = 'user.deleted'", "actor_kind = 'system'", "actor_id = 'eve-id'"],
    ...["actor_name = 'eve'", "target_kind = 'user'", "target_id = 'x'", "target_name = 'x'"],
    ...["client_id = 'x'", "device_id = 'x'", "address = '192.0.2.8'", "request_id = 'x'"],
    ...[`detail = '{"a":1}'`, "detail = 'nonsense'", 'at = 9000000000000000'],
  ]
  for (const column of columns) {
    test(`change a column: ${column}`, async () => {
      await using record = await openRecord()
      await record.record(9)
      record.tamper(`UPDATE audit_events SET ${column} WHERE id = 5`)
      assert.deepEqual(await faultsOf(record), ['changed 5'])
      assert.equal((await record.audit.list()).length, 9)
    })
  }

  const attacks: readonly [string, string, readonly string[]][] = [
    ['remove one', 'DELETE FROM audit_events WHERE id = 5', ['removed 5']],
    ['remove some', 'DELETE FROM audit_events WHERE id BETWEEN 4 AND 6', ['removed 4']],
    ['remove the oldest', 'DELETE FROM audit_events WHERE id < 3', ['removed 1']],
    ['remove the last', 'DELETE FROM audit_events WHERE id = 9', ['removed 9']],
    ['remove everything', 'DELETE FROM audit_events', ['removed 1']],
    [
      'swap two',
      `UPDATE audit_events SET id = 99 WHERE id = 5; UPDATE audit_events SET id = 5 WHERE id = 6;
       UPDATE audit_events SET id = 6 WHERE id = 99`,
      ['changed 5', 'inserted 6'],
    ],
    [
      'append one without a hash',
      `INSERT INTO audit_events (at, type, actor_kind, detail) VALUES (0, 'user.added', 'system', '{}')`,
      ['inserted 10'],
    ],
    [
      'put one in',
      `UPDATE audit_events SET id = -id WHERE id > 5; UPDATE audit_events SET id = 1 - id WHERE id < 0;
       INSERT INTO audit_events SELECT 6, at, type, actor_kind, actor_id, actor_name, target_kind, target_id,
         target_name, client_id, device_id, address, request_id, detail, hash FROM audit_events WHERE id = 5`,
      ['changed 6', 'changed 7', 'changed 8', 'changed 9', 'rewritten 9', 'inserted 10'],
    ],
    [
      'take a hash away',
      'UPDATE audit_events SET hash = NULL WHERE id = 5',
      ['inserted 5', 'removed 5'],
    ],
    [
      'move the anchor over what they remove',
      `UPDATE audit_chain SET anchor_id = 3, anchor_hash = (SELECT hash FROM audit_events WHERE id = 3);
       DELETE FROM audit_events WHERE id <= 3`,
      ['unsealed 9'],
    ],
    [
      'move the head back',
      `DELETE FROM audit_events WHERE id = 9;
       UPDATE audit_chain SET head_id = 8, head_hash = (SELECT hash FROM audit_events WHERE id = 8)`,
      ['unsealed 8'],
    ],
    ['take the seal away', 'UPDATE audit_chain SET mac = NULL', ['unsealed 9']],
  ]
  for (const [what, sql, expected] of attacks) {
    test(what, async () => {
      await using record = await openRecord()
      await record.record(9)
      record.tamper(sql)
      assert.deepEqual(await faultsOf(record), expected)
    })
  }

  test('write history anew, with hashes that fit', async () => {
    await using record = await openRecord()
    await record.record(9)
    record.tamper("UPDATE audit_events SET actor_name = 'eve' WHERE id = 5")
    rechain(record.file, 5)
    assert.deepEqual(await faultsOf(record), ['rewritten 9'])
    record.tamper('UPDATE audit_chain SET head_hash = (SELECT hash FROM audit_events WHERE id = 9)')
    assert.deepEqual(await faultsOf(record), ['unsealed 9'])
  })

  test('have what they did sealed by the next event', async () => {
    await using record = await openRecord()
    await record.record(9)
    record.tamper(`DELETE FROM audit_events WHERE id = 9;
      UPDATE audit_chain SET head_id = 8, head_hash = (SELECT hash FROM audit_events WHERE id = 8)`)
    await record.record(3)
    assert.deepEqual(await faultsOf(record), ['unsealed 11'])
    await record.open().record(1)
    assert.deepEqual(await faultsOf(record), ['unsealed 12'])
  })

  test('forge an event that the next one follows', async () => {
    await using record = await openRecord()
    await record.record(9)
    record.tamper(`INSERT INTO audit_events (at, type, actor_kind, detail, hash)
      VALUES (0, 'user.added', 'system', '{}', '${'0'.repeat(64)}')`)
    rechain(record.file, 10)
    assert.deepEqual(await faultsOf(record), ['inserted 10'])
    await record.record(1)
    assert.deepEqual(await faultsOf(record), ['inserted 10'])
  })
})

test('another key is not the one that sealed the head', async () => {
  await using record = await openRecord()
  await record.record(1)
  const other = record.open({ key: new Uint8Array(32).fill(8) })
  assert.deepEqual((await other.audit.verify()).faults, [
    {
      kind: 'unsealed',
      id: '1',
      sentence: "the head of the record, event 1, was not written with Lanyard's key",
    },
  ])
})

test('a head that was noted tells of a record that was put back', async () => {
  await using record = await openRecord()
  await record.record(5)
  const { head } = await record.audit.verify()
  assert.ok(head)
  await record.record(5)
  assert.deepEqual((await record.audit.verify({ expected: head })).faults, [])
  const other = { ...head, hash: 'f'.repeat(64) }
  assert.deepEqual((await record.audit.verify({ expected: other })).faults, [
    {
      kind: 'rewritten',
      id: '5',
      sentence: 'event 5 is not the one that was recorded: what leads up to it was written anew',
    },
  ])
  const later = { id: '12', hash: head.hash }
  assert.deepEqual((await record.audit.verify({ expected: later })).faults, [
    { kind: 'removed', id: '12', sentence: 'event 12 is missing' },
  ])
})

describe('events from before the chain', () => {
  const older = `INSERT INTO audit_events (at, type, actor_kind, detail) VALUES
    (1, 'user.added', 'system', '{}'), (2, 'user.added', 'system', '{}'), (3, 'user.added', 'system', '{}')`

  test('are taken in by the first event after them', async () => {
    await using record = await openRecord()
    record.tamper(older)
    const before = await record.audit.verify()
    assert.deepEqual([before.events, before.beganAt, before.faultCount], [3, null, 0])
    await record.record(2)
    const { events, olderUpTo, beganAt, faultCount } = await record.audit.verify()
    assert.deepEqual([events, olderUpTo, beganAt, faultCount], [5, '3', START + 1000, 0])
  })

  test('are taken in before the first event where the server starts', async () => {
    await using record = await openRecord()
    record.tamper(older)
    await record.audit.begin()
    await record.audit.begin()
    const { events, olderUpTo, beganAt, head, faultCount } = await record.audit.verify()
    assert.deepEqual([events, olderUpTo, beganAt, head?.id, faultCount], [3, '3', START, '3', 0])
    record.tamper('DELETE FROM audit_events WHERE id = 1')
    assert.equal((await record.audit.verify()).faultCount, 1)
  })

  test('may be none: what is put into an empty record stands out', async () => {
    await using record = await openRecord()
    await record.audit.begin()
    record.tamper(older)
    assert.deepEqual(await faultsOf(record), ['inserted 1', 'inserted 2', 'inserted 3'])
  })

  const attacks: readonly [string, string][] = [
    ['changed', "UPDATE audit_events SET type = 'x' WHERE id = 2"],
    ['removed', 'DELETE FROM audit_events WHERE id = 2'],
    ['removed at the end', 'DELETE FROM audit_events WHERE id = 3'],
    ['removed altogether', 'DELETE FROM audit_events WHERE id <= 3'],
  ]
  for (const [what, sql] of attacks) {
    test(`and then not ${what}`, async () => {
      await using record = await openRecord()
      record.tamper(older)
      await record.record(2)
      record.tamper(sql)
      assert.deepEqual((await record.audit.verify()).faults, [
        {
          kind: 'changed',
          id: '3',
          sentence: 'events 1 to 3, from before the chain, are not what they were when it began',
        },
      ])
    })
  }
})
