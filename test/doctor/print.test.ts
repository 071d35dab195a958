import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding } from '../../src/doctor/index.ts'
import { printFindings } from '../../src/doctor/index.ts'

const forged = 'ok       cluster.token  all is well'
const hostile = `x\n${forged}\r${forged}\u001b[2A\u001b[2K${forged}\u0085${forged}\u2028${forged}\u202e`

function finding(change: Partial<Finding>): Finding {
  const empty = { summary: 'no', seen: [], why: '', fixes: [] }
  return { check: 'cluster.token', status: 'failed', ...empty, ...change }
}

describe('printed findings', () => {
  for (const [what, change] of Object.entries<Partial<Finding>>({
    summary: { summary: hostile },
    'summary of what is ok': { status: 'ok', summary: hostile },
    'why of what was skipped': { status: 'skipped', why: hostile },
    why: { why: hostile },
    seen: { seen: [hostile, hostile] },
    advice: { fixes: [{ kind: 'advice', text: hostile }] },
    command: { fixes: [{ kind: 'command', place: 'laptop', line: hostile }] },
    edit: {
      fixes: [
        {
          ...{ kind: 'edit', place: 'laptop', file: hostile, line: 1 },
          ...{ remove: hostile, insert: hostile },
        },
      ],
    },
  })) {
    it(`have no line and no movement of the cursor that others wrote: ${what}`, () => {
      const text = printFindings([finding(change)])
      const lines = text.split('\n')
      assert.deepEqual(
        lines.slice(1).filter((line) => line !== '' && !line.startsWith('         ')),
        [],
      )
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\n)/u)
    })
  }

  it('keep what was drawn over several lines, and cut what never ends', () => {
    const [first = ''] = printFindings([finding({ summary: 'ERROR\n | a\n | ^' })]).split('\n')
    assert.equal(first, 'failed   cluster.token  ERROR | a | ^')
    assert.deepEqual(
      printFindings([finding({ seen: ['a\n  b'] })])
        .split('\n')
        .slice(1),
      [...['         seen  a', '                 b', '']],
    )
    assert.ok(printFindings([finding({ summary: 'x'.repeat(1e6) })]).length < 3000)
  })
})
