import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runProcess, startProcess } from './process.ts'

const env = { PATH: process.env['PATH'] }
const node = (script: string) => ({ command: process.execPath, args: ['-e', script], env })
const shell = (script: string) => ({ command: '/bin/sh', args: ['-c', script], env })

describe('a child process', () => {
  it('gives its exit code, both streams and takes its input', async () => {
    assert.deepEqual(
      await runProcess({ ...shell('cat; echo oops >&2; exit 3'), input: 'hello\n' }),
      { code: 3, stdout: 'hello\n', stderr: 'oops\n' },
    )
  })

  it('sees nothing of the environment but what it is given', async () => {
    const { stdout } = await runProcess({ command: '/usr/bin/env', env: { ONLY: 'this' } })
    assert.equal(stdout, 'ONLY=this\n')
  })

  it('is waited for by line, even when a line comes in pieces', async () => {
    await using child = await startProcess(
      node(`process.stdin.once('data', () => process.stdout.write('dy at 80\\n'))
        process.stdout.write('first\\nrea')`),
    )
    await child.waitForLine('stdout', /^first$/)
    assert.deepEqual(child.stdout.lines, ['first'])
    child.stdin.write('\n')
    assert.equal((await child.waitForLine('stdout', /^ready at (\d+)$/, { after: 1 }))[1], '80')
  })

  it('that ends without the line fails the wait, with what it wrote', async () => {
    await using child = await startProcess(shell('echo the reason >&2; exit 4'))
    await assert.rejects(child.waitForLine('stdout', /ready/), (error: Error) => {
      assert.match(error.message, /it ended with code 4/)
      assert.match(error.message, /the reason/)
      return true
    })
  })

  // The grandchild holds the streams open: were it left alive, this would last for its minute.
  it('that is too slow is ended with all it started', { timeout: 10_000 }, async () => {
    await assert.rejects(
      runProcess({ ...shell('sleep 60 & echo started; wait'), timeoutMs: 300 }),
      /^Error: \/bin\/sh did not end in 300 ms\n--- stdout\nstarted\n/,
    )
  })

  it('that ignores SIGTERM is killed', async () => {
    const child = await startProcess(shell(`trap '' TERM; echo up; while :; do sleep 1; done`))
    await child.waitForLine('stdout', /^up$/)
    assert.deepEqual(await child.stop(100), { code: null, signal: 'SIGKILL' })
  })

  it('that does not exist is refused at once', async () => {
    await assert.rejects(startProcess({ command: '/nonexistent/kubectl', env }), { code: 'ENOENT' })
  })
})
