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
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/u
    assert.doesNotMatch(stdout, obeyed)
    assert.doesNotMatch(stderr, obeyed)
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
