import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('./run.ts', import.meta.url))
const NOTES = JSON.stringify(fileURLToPath(new URL('./log-secrets.ts', import.meta.url)))

describe('npm test', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  /** Runs one test file that does this. */
  function run(body: string, environment: NodeJS.ProcessEnv = {}) {
    const file = join(directory, 'planted.test.ts')
    writeFileSync(
      file,
      `import { writeFileSync } from 'node:fs'
      import { test } from 'node:test'
      import { logFile, noteSecret, noteSkipped } from ${NOTES}
      test('planted', () => { ${body} })`,
    )
    const { PATH, HOME } = process.env
    const { status, stdout } = spawnSync(process.execPath, [RUN, file], {
      encoding: 'utf8',
      env: { PATH, HOME, ...environment },
    })
    const lines = stdout.trimEnd().split('\n')
    return {
      status,
      marked: lines
        .filter((line) => /^(✖ (a log|with)|⚠)/.test(line))
        .map((line) => line.replace(/-\d+-/, '-')),
      counts: lines.slice(-8).filter((line) => /^ℹ (pass|fail) /.test(line)),
    }
  }

  test('ends with the counts', () => {
    assert.deepEqual(run(''), { status: 0, marked: [], counts: ['ℹ pass 1', 'ℹ fail 0'] })
  })

  test('fails when a test does', () => {
    assert.deepEqual(run('throw new Error()'), {
      status: 1,
      marked: [],
      counts: ['ℹ pass 0', 'ℹ fail 1'],
    })
  })

  test('fails when a log holds a secret, though every test passed', () => {
    assert.deepEqual(
      run(`noteSecret('a planted secret', 'password')
        writeFileSync(logFile('server'), 'ready\\na planted secret')`),
      {
        status: 1,
        marked: ['✖ a log holds a secret: server-1.log:2 holds a password'],
        counts: ['ℹ pass 1', 'ℹ fail 0'],
      },
    )
  })

  test('says what was not proved and how to prove it, which fails on CI', () => {
    const skip = `noteSkipped('kube-apiserver', 'install Go')`
    const warning = '⚠ NOT PROVED: kube-apiserver; to prove it: install Go'
    const counts = ['ℹ pass 1', 'ℹ fail 0']
    assert.deepEqual(run(skip), { status: 0, marked: [warning], counts })
    assert.deepEqual(run(skip, { CI: 'true' }), {
      status: 1,
      marked: [warning, '✖ with CI set, everything must be proved'],
      counts,
    })
  })
})
