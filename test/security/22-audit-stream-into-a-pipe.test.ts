/** Threat 22: what stands where the audit record should be written holds up nobody: a pipe that nobody reads, a link, a device. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRecord } from '../audit/fixture.ts'

test('an audit file that is no file is refused at once, and no event is lost', {
  timeout: 20_000,
}, async () => {
  await using record = await openRecord()
  const path = join(record.directory, 'stream.jsonl')
  const { audit } = record.open({ streamTo: { kind: 'file', path } })
  await record.record(2)
  const noFile = { code: 'ERR_AUDIT_FILE_FOREIGN', message: `${path} is no file` }
  const other = join(record.directory, 'other')
  writeFileSync(other, 'kept\n')
  const stands: readonly (readonly [() => unknown, object])[] = [
    [() => execFileSync('mkfifo', [path]), noFile],
    [() => mkdirSync(path), { code: 'EISDIR' }],
    [() => symlinkSync(other, path), { code: 'ELOOP' }],
    [() => symlinkSync('/dev/null', path), { code: 'ELOOP' }],
  ]
  for (const [put, refused] of stands) {
    put()
    await assert.rejects(audit.stream(), refused)
    await assert.rejects(audit.exportTo(path), refused)
    rmSync(path, { recursive: true })
    record.advance(10_000)
  }
  await assert.rejects(audit.exportTo('/dev/null'), {
    code: 'ERR_AUDIT_FILE_FOREIGN',
    message: '/dev/null is no file',
  })
  assert.equal(await audit.stream(), 2)
})
