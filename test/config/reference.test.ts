import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderExitCodes, renderReference } from '../../src/config/index.ts'

const pages = [
  ['configuration.md', renderReference()],
  ['exit-codes.md', renderExitCodes()],
] as const

for (const [name, rendered] of pages) {
  test(`docs/reference/${name} is what the source says (UPDATE=1 writes it)`, () => {
    const file = new URL(`../../docs/reference/${name}`, import.meta.url)
    if (process.env['UPDATE'] === '1') writeFileSync(file, rendered)
    assert.equal(readFileSync(file, 'utf8'), rendered)
  })
}
