import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCommandLine } from '../../src/plugin/command-line.ts'
import { type Call, callsOf, pages, readPage } from '../docs/markdown.ts'

/** What the plugin would say to it. A sentence may name a command without what it needs. */
function faultOf({ words }: Call): string | null {
  try {
    readCommandLine(words)
    return null
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error)
    return / needs /.test(fault) ? null : fault
  }
}

describe('the documentation of the plugin', () => {
  for (const page of pages) {
    test(`${page}: every command of the plugin is one`, () => {
      const calls = callsOf(readPage(page), 'kubectl lanyard')
      const faults = calls.map((call) => ({ line: call.line, fault: faultOf(call) }))
      assert.deepEqual(
        faults.filter(({ fault }) => fault !== null),
        [],
      )
    })
  }

  test('a mistake is seen', () => {
    const shown = '`kubectl lanyard sign-in` `kubectl lanyard whoami --forget`'
    assert.deepEqual(callsOf(shown, 'kubectl lanyard').map(faultOf), [
      'unknown command "sign-in"',
      'whoami takes no --forget',
    ])
  })
})
