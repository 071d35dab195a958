import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const module = fileURLToPath(new URL('../../src/telemetry/index.ts', import.meta.url))
const script = (end: string) => `
  import { createLog } from ${JSON.stringify(module)}
  const log = createLog({ level: 'info', format: 'json' })
  log.info({}, 'first')
  log.error({}, 'last')
  ${end}
`

for (const [how, end, code] of [
  ['by itself', '', 0],
  ['at once', 'process.exit(3)', 3],
  ['by a fault', "throw new Error('broken')", 1],
] as const) {
  test(`no line is lost when a process ends ${how}`, () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module-typescript', '--eval', script(end)],
      { encoding: 'utf8' },
    )
    assert.equal(status, code)
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ['first', 'last'],
    )
  })
}
