import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTell } from '../../src/cli/tell.ts'

describe('what a command prints', () => {
  let stdout = ''
  let stderr = ''
  const tell = createTell(
    { write: (text) => (stdout += text) },
    { write: (text) => (stderr += text) },
  )

  it('holds nothing that a terminal obeys, in any line of an answer or a note', () => {
    const hostile = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202e\u2066\u200b\rover'
    tell.answer({ json: null, text: `one\n${hostile}\n`, notes: [hostile] }, 'text')
    for (const written of [stdout, stderr]) {
      assert.doesNotMatch(written.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
    }
    assert.ok(stdout.startsWith('one\n\ufffd]0;title\ufffd'))
    assert.ok(stdout.endsWith('\ufffdover\n'))
  })

  it('keeps lines and tabs of a file as they are', () => {
    stdout = ''
    const file = 'kind: Config\n\ttab\r\nümlaut 東京\n'
    tell.answer({ json: null, text: file }, 'text')
    assert.equal(stdout, file)
  })
})
