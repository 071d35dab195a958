import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { verifyLines } from '../../src/audit/index.ts'
import { openRecord, START, textOf } from './fixture.ts'

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

const faultsOf = async (lines: readonly string[]) =>
  (await verifyLines(each(lines))).faults.map(({ kind, id }) => `${kind} ${id}`)

const linesOf = (text: string) => text.trimEnd().split('\n')

test('a line says everything, and sha256 of what stands before its hash is its hash', async () => {
  await using record = await openRecord()
  await record.record(1, {
    target: { kind: 'user', id: 'bob-id', name: 'b"ob' },
    clientId: 'prod',
    detail: { 2: 'b', 1: ['a'] },
  })
  const text = await textOf(record.audit.exportLines())
  const { hash, ...line } = JSON.parse(text) as { hash: string }
  assert.deepEqual(line, {
    v: 1,
    previous: '0'.repeat(64),
    id: 1,
    at: '2026-03-01T00:00:01.000Z',
    type: 'user.added',
    actor: { kind: 'user', id: 'ada-id', name: 'ada' },
    target: { kind: 'user', id: 'bob-id', name: 'b"ob' },
    clientId: 'prod',
    deviceId: null,
    address: '192.0.2.7',
    requestId: 'r-aaaa-bbbb',
    detail: { 1: ['a'], 2: 'b' },
  })
  const [covered = ''] = text.split(`,"hash":"${hash}"}\n`)
  assert.equal(createHash('sha256').update(covered).digest('hex'), hash)
})

test('a window of time is whole between its ends', async () => {
  await using record = await openRecord()
  await record.record(9)
  const ids = async (query: Parameters<typeof record.audit.exportLines>[0]) => {
    const text = await textOf(record.audit.exportLines(query))
    const lines = text === '' ? [] : linesOf(text)
    assert.deepEqual(await faultsOf(lines), [])
    return lines.map((line) => (JSON.parse(line) as { id: number }).id)
  }
  assert.deepEqual(await ids({ sinceMs: START + 7000 }), [7, 8, 9])
  assert.deepEqual(await ids({ untilMs: START + 2000 }), [1, 2])
  assert.deepEqual(await ids({ sinceMs: START + 3000, untilMs: START + 4000 }), [3, 4])
  assert.deepEqual(await ids({ sinceMs: START + 10_000 }), [])
  assert.deepEqual(await ids({ untilMs: START }), [])
})

describe('an exported file alone tells of an event that was', () => {
  const attacks: readonly [string, (lines: string[]) => void, readonly string[]][] = [
    [
      'changed',
      (lines) => lines.splice(4, 1, (lines[4] ?? '').replace('ada', 'eve')),
      ['changed 5'],
    ],
    ['removed', (lines) => lines.splice(4, 1), ['removed 5']],
    ['doubled', (lines) => lines.splice(4, 0, lines[4] ?? ''), ['inserted 5']],
    [
      'moved',
      (lines) => lines.splice(4, 0, ...lines.splice(5, 1)),
      ['removed 5', 'inserted 5', 'removed 6'],
    ],
    ['made up', (lines) => lines.splice(4, 0, '{"id":5}'), ['changed null']],
  ]
  for (const [what, change, expected] of attacks) {
    test(what, async () => {
      await using record = await openRecord()
      await record.record(9)
      const lines = linesOf(await textOf(record.audit.exportLines()))
      assert.deepEqual(await faultsOf(lines), [])
      change(lines)
      assert.deepEqual(await faultsOf(lines), expected)
    })
  }

  test('cut off at the end, where its head was noted', async () => {
    await using record = await openRecord()
    await record.record(9)
    const { head } = await record.audit.verify()
    assert.ok(head)
    const lines = linesOf(await textOf(record.audit.exportLines()))
    assert.deepEqual((await verifyLines(each(lines), { expected: head })).faults, [])
    const { faults } = await verifyLines(each(lines.slice(0, -1)), { expected: head })
    assert.deepEqual(faults, [{ kind: 'removed', id: '9', sentence: 'event 9 is missing' }])
  })
})

describe('a file', () => {
  test('gets what it does not hold yet, and is for its owner alone', async () => {
    await using record = await openRecord()
    const file = join(record.directory, 'audit.jsonl')
    assert.deepEqual(await record.audit.exportTo(file), { events: 0, head: null })
    await record.record(700)
    assert.equal((await record.audit.exportTo(file)).events, 700)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    await record.record(2)
    const done = await record.audit.exportTo(file, { sinceMs: START })
    assert.deepEqual([done.events, done.head?.id], [2, '702'])
    assert.equal((await record.audit.exportTo(file)).events, 0)
    const lines = linesOf(readFileSync(file, 'utf8'))
    assert.deepEqual(await faultsOf(lines), [])
    assert.equal(lines.length, 702)
  })

  test('whose last line was cut off gets it again', async () => {
    await using record = await openRecord()
    const file = join(record.directory, 'audit.jsonl')
    await record.record(3)
    await record.audit.exportTo(file)
    const whole = readFileSync(file, 'utf8')
    for (const length of [whole.length - 1, whole.length - 40, 30]) {
      writeFileSync(file, whole.slice(0, length))
      await record.audit.exportTo(file)
      assert.equal(readFileSync(file, 'utf8'), whole)
    }
  })

  test('of something else is left alone', async () => {
    await using record = await openRecord()
    await record.record(1)
    const file = join(record.directory, 'notes')
    for (const text of ['my notes', 'my notes\n', '{"v":1}\n']) {
      writeFileSync(file, text)
      await assert.rejects(record.audit.exportTo(file), {
        code: 'ERR_AUDIT_FILE_FOREIGN',
        message: `the file ${file} does not end with an exported event`,
      })
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  })

  test('that holds more than the record tells that the record was cut off', async () => {
    await using record = await openRecord()
    const file = join(record.directory, 'audit.jsonl')
    await record.record(5)
    await record.audit.exportTo(file)
    record.tamper(`DELETE FROM audit_events WHERE id > 3;
      UPDATE audit_chain SET head_id = 3, head_hash = (SELECT hash FROM audit_events WHERE id = 3)`)
    const refused = {
      code: 'ERR_AUDIT_FILE_FOREIGN',
      message: 'the file ends with event 5, which the record does not hold',
    }
    await assert.rejects(record.audit.exportTo(file), refused)
    await record.record(4)
    await assert.rejects(record.audit.exportTo(file), refused)
  })
})

test('an export that follows goes on with what is recorded, until it is told to end', async () => {
  await using record = await openRecord()
  await record.record(2)
  const end = new AbortController()
  const ids: number[] = []
  for await (const lines of record.audit.exportLines({ follow: end.signal })) {
    ids.push(...linesOf(lines).map((line) => (JSON.parse(line) as { id: number }).id))
    if (ids.length === 2) await record.record(1)
    if (ids.length === 3) end.abort()
  }
  assert.deepEqual(ids, [1, 2, 3])
})
