import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findSecrets, noteSecret, readSkipped } from './log-secrets.ts'

const SECRET = 'a pass/phrase that is "planted"'
const JWT = `${part({ alg: 'ES256' })}.${part({ sub: 'ada' })}.c2lnbmF0dXJl`

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('the secrets of the whole run', () => {
  const opened: string[] = []
  after(() => {
    for (const directory of opened) rmSync(directory, { recursive: true })
  })

  /** Lets a test file of its own leave its notes, as each does in a run. */
  function leave(code: string): string {
    const directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
    opened.push(directory)
    const module = JSON.stringify(fileURLToPath(new URL('./log-secrets.ts', import.meta.url)))
    const script = `import { writeFileSync } from 'node:fs'
      import { logFile, noteSecret, noteSkipped } from ${module}
      ${code}`
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, LANYARD_TEST_LOGS: directory },
    })
    return directory
  }

  const planted = (line: string) =>
    leave(`noteSecret(${JSON.stringify(SECRET)}, 'password')
      writeFileSync(logFile('server'), 'started\\n' + ${JSON.stringify(line)} + '\\nended\\n')`)

  for (const [how, line] of [
    ['as itself', `typed ${SECRET}`],
    ['in a URL', `GET /?p=${encodeURIComponent(SECRET)}`],
    ['in a form', new URLSearchParams({ p: SECRET }).toString()],
    ['in JSON', JSON.stringify({ p: SECRET })],
    ['in Basic credentials', `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`],
    ['in base64url', Buffer.from(`x${SECRET}y`).toString('base64url')],
  ] as const) {
    test(`are found ${how}, and the complaint does not repeat them`, () => {
      const [complaint = '', ...more] = findSecrets(planted(line))
      assert.match(complaint, /^server-\d+-1\.log:2 holds a password$/)
      assert.deepEqual(more, [])
    })
  }

  test('include every JWT and private key, though no test noted them', () => {
    const directory = leave(`writeFileSync(logFile('server'),
      'x\\ntoken=${JWT}\\n-----BEGIN EC PRIVATE KEY-----\\n')`)
    assert.deepEqual(
      findSecrets(directory).map((complaint) => complaint.replace(/^.*\.log:/, '')),
      ['2 holds a JWT', '3 holds a private key'],
    )
  })

  test('are not found in clean logs', () => {
    assert.deepEqual(findSecrets(planted('{"msg":"signed in","user":"ada"}')), [])
  })

  test('are too short below eight characters', () => {
    assert.throws(() => noteSecret('1234567'), TypeError)
  })

  test('stand beside what was skipped, each thing once', () => {
    const directory = leave(
      `noteSkipped('the cluster', 'install Go'); noteSkipped('the cluster', 'install Go')`,
    )
    assert.deepEqual(readSkipped(directory), [{ what: 'the cluster', how: 'install Go' }])
  })
})
