import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderChecks } from '../../src/doctor/index.ts'

const file = join(import.meta.dirname, '../../docs/reference/doctor.md')

test('docs/reference/doctor.md is what the source says (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(file, renderChecks())
  assert.equal(readFileSync(file, 'utf8'), renderChecks())
})
