import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { hasCode } from '../../src/errors/index.ts'
import { startLanyard } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openRecord } from './fixture.ts'

const idsOf = (text: string) =>
  text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number }).id)

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

describe('a stream into a file', () => {
  test('has each event once and in order, over restarts', async () => {
    await using record = await openRecord()
    const path = join(record.directory, 'stream.jsonl')
    const options = { streamTo: { kind: 'file', path } } as const
    const { audit } = record.open(options)
    await record.record(600)
    assert.equal(await audit.stream(), 600)
    assert.equal(await audit.stream(), 0)
    await record.record(2)
    const again = record.open(options)
    assert.equal(await again.audit.stream(), 2)
    assert.equal(await record.open(options).audit.stream(), 0)
    assert.deepEqual(idsOf(readFileSync(path, 'utf8')), upTo(602))
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('goes on from the file where the process died between the file and the database', async () => {
    await using record = await openRecord()
    const path = join(record.directory, 'stream.jsonl')
    const options = { streamTo: { kind: 'file', path } } as const
    await record.record(3)
    await record.open(options).audit.stream()
    record.tamper('UPDATE audit_stream SET event_id = 1')
    await record.record(1)
    assert.equal(await record.open(options).audit.stream(), 1)
    writeFileSync(path, readFileSync(path).subarray(0, -9))
    record.tamper('UPDATE audit_stream SET event_id = 3')
    assert.equal(await record.open(options).audit.stream(), 1)
    assert.deepEqual(idsOf(readFileSync(path, 'utf8')), upTo(4))
  })

  test('goes on in a new file where it was rotated, also while nobody ran', async () => {
    await using record = await openRecord()
    const path = join(record.directory, 'stream.jsonl')
    const options = { streamTo: { kind: 'file', path } } as const
    const { audit } = record.open(options)
    await record.record(2)
    await audit.stream()
    renameSync(path, `${path}.1`)
    await record.record(2)
    await audit.stream()
    assert.deepEqual(idsOf(readFileSync(path, 'utf8')), [3, 4])
    rmSync(path)
    await record.record(1)
    await record.open(options).audit.stream()
    assert.deepEqual(idsOf(readFileSync(path, 'utf8')), [5])
  })

  test('that cannot be written is tried again later, and nothing is lost', async () => {
    await using record = await openRecord()
    const path = join(record.directory, 'absent', 'stream.jsonl')
    const { audit } = record.open({ streamTo: { kind: 'file', path } })
    await record.record(2)
    await assert.rejects(audit.stream(), { code: 'ENOENT' })
    assert.equal(await audit.stream(), 0, 'not at once')
    mkdirSync(join(record.directory, 'absent'))
    record.advance(10_000)
    assert.equal(await audit.stream(), 2)
    assert.deepEqual(idsOf(readFileSync(path, 'utf8')), [1, 2])
  })

  test('refuses the file of another record', async () => {
    await using record = await openRecord()
    await using other = await openRecord()
    const path = join(record.directory, 'stream.jsonl')
    await other.record(3, { detail: { other: true } })
    await other.audit.exportTo(path)
    await record.record(5)
    const { audit } = record.open({ streamTo: { kind: 'file', path } })
    await assert.rejects(audit.stream(), {
      code: 'ERR_AUDIT_FILE_FOREIGN',
      message: 'the file ends with event 3, which the record does not hold',
    })
  })
})

test('a stream into a descriptor keeps its place in the database', async () => {
  await using record = await openRecord()
  const path = join(record.directory, 'stdout')
  const fd = openSync(path, 'a')
  const options = { streamTo: { kind: 'descriptor', fd } } as const
  await record.record(40)
  assert.equal(await record.open(options).audit.stream(), 40)
  await record.record(1)
  assert.equal(await record.open(options).audit.stream(), 1)
  closeSync(fd)
  assert.deepEqual(idsOf(readFileSync(path, 'utf8')), upTo(41))
})

test('a pipe that nobody reads holds up no write, and gets no line twice', async () => {
  await using record = await openRecord()
  const path = join(record.directory, 'pipe')
  execFileSync('mkfifo', [path])
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const read = (): string => {
    try {
      const bytes = Buffer.alloc(65_536)
      return bytes.subarray(0, readSync(fd, bytes)).toString()
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) return ''
      throw error
    }
  }
  const options = { streamTo: { kind: 'descriptor', fd } } as const
  await record.record(1000)
  const { audit } = record.open(options)
  const ended = audit.endStream()
  await record.record(1)
  await ended
  let before = ''
  for (let part = read(); part !== ''; part = read()) before += part
  const whole = before.slice(0, before.lastIndexOf('\n') + 1)
  assert.equal(idsOf(whole).length > 100, true)

  let after = ''
  const done = new AbortController()
  const streamed = record.open(options).audit.stream()
  void streamed.finally(() => {
    done.abort()
  })
  while (!done.signal.aborted) {
    after += read()
    await new Promise(setImmediate)
  }
  await streamed
  for (let part = read(); part !== ''; part = read()) after += part
  closeSync(fd)
  assert.deepEqual(idsOf(whole + after), upTo(1001))
})

test('a server writes each event once, over a restart and with what a command did meanwhile', async () => {
  await using home = await temporaryDirectory()
  const data = join(home.path, 'data')
  const path = join(home.path, 'stream.jsonl')
  const settings = { audit: { stream: { kind: 'file', path }, retention: null } } as const
  {
    await using lanyard = await startLanyard({ data, settings })
    await lanyard.addUser('ada', ['viewers'])
  }
  {
    await using quiet = await startLanyard({ data })
    await quiet.addUser('bob')
  }
  await using lanyard = await startLanyard({ data, settings })
  await lanyard.addUser('carol')
  const { events, head, faultCount } = await lanyard.server.rooms.audit.verify()
  assert.equal(faultCount, 0)
  await lanyard.server.close()
  const ids = idsOf(readFileSync(path, 'utf8'))
  assert.deepEqual(ids, upTo(events))
  assert.equal(String(ids.at(-1)), head?.id)
})
