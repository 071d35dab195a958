import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checks } from '../../../src/doctor/checks.ts'
import { laptopChecks } from '../../../src/doctor/laptop/checks.ts'

test('the reference lists every check of the laptop, in order, with what it looks at', () => {
  const page = readFileSync(new URL('../../../docs/reference/plugin.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `([a-z]+\.[a-z]+)` \| (.*) \|$/gm)].map(
    ([, name, about]) => [name, about],
  )
  assert.deepEqual(listed, Object.entries(laptopChecks))
})

test('no check of the laptop has the name of one of the server', () => {
  assert.deepEqual(
    Object.keys(laptopChecks).filter((name) => name in checks),
    [],
  )
})
