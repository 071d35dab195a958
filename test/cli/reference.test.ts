import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderCommands } from '../../src/cli/index.ts'

const file = join(import.meta.dirname, '../../docs/reference/commands.md')
const rendered = renderCommands()

test('docs/reference/commands.md is what the source says (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(file, rendered)
  assert.equal(readFileSync(file, 'utf8'), rendered)
})

test('every command has a documented shape, but for the three that print no answer', () => {
  const sections = rendered.split('\n## ').slice(1)
  const without = sections.filter((section) => !section.includes('\n`-o json`: '))
  assert.deepEqual(
    without.map((section) => section.split('\n')[0]),
    ['lanyard serve', 'lanyard proxy', 'lanyard completion', 'Shapes'],
  )
})

test('no option takes a password or a secret: argv is for every process to read', () => {
  assert.equal(/--[\w-]*(?:password|secret|token)(?!-file )[\w-]* </.test(rendered), false)
})
