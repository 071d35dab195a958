import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createPorts } from '../../src/diagnosis/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

describe("the doctor's view of this machine", () => {
  const owned = new AsyncDisposableStack()
  let directory: string
  const env = { PATH: process.env['PATH'], LANYARD_KEY_SECRET: 'none of a plugin’s business' }
  const ports = createPorts({ env, clock: Date.now })

  before(async () => {
    directory = owned.use(await temporaryDirectory()).path
  })
  after(() => owned.disposeAsync())

  it('holds files with their mode, and says why there is none', async () => {
    const path = join(directory, 'flags')
    await writeFile(path, '--oidc-issuer-url=https://id.example.com\n')
    await chmod(path, 0o640)
    assert.deepEqual(await ports.readFile(path), {
      ...{ kind: 'file', text: '--oidc-issuer-url=https://id.example.com\n', mode: 0o640 },
      owner: process.getuid?.(),
    })
    for (const [other, code] of [
      [join(directory, 'none'), 'ENOENT'],
      [directory, 'EISDIR'],
    ] as const) {
      const outcome = await ports.readFile(other)
      assert.deepEqual([outcome.kind, 'code' in outcome && outcome.code], ['unreadable', code])
    }
  })

  it('ends where a file does not', async () => {
    assert.deepEqual(await ports.readFile('/dev/zero'), {
      ...{ kind: 'unreadable', code: 'EFBIG', reason: 'it is longer than 1048576 bytes' },
    })
  })

  it('waits for no program that a program left behind', async () => {
    // As kubectl does with the plugin that a kubeconfig names: the child ends with it, and the grandchild keeps the pipe.
    const script = 'sleep 30 & echo $! > "$0"; wait'
    const file = join(directory, 'pid')
    const began = performance.now()
    const outcome = await ports.run('sh', ['-c', script, file], { timeoutMs: 300 })
    assert.ok(performance.now() - began < 5_000)
    assert.deepEqual(outcome, {
      ...{ kind: 'failed', code: 'ETIMEDOUT', reason: 'sh: no answer in 300 ms' },
    })
    const left = await ports.readFile(file)
    if (left.kind === 'file') process.kill(Number(left.text))
  })

  it("gives to programs the environment without Lanyard's own settings", async () => {
    const outcome = await ports.run('env', [], { env: { KUBECONFIG: '/nowhere' } })
    assert.ok(outcome.kind === 'ended')
    assert.match(outcome.stdout, /^PATH=/m)
    assert.match(outcome.stdout, /^KUBECONFIG=\/nowhere$/m)
    assert.doesNotMatch(outcome.stdout, /LANYARD/)
  })

  it('stops a program that prints without end, and names one that is not there', async () => {
    assert.deepEqual(await ports.run('yes', []), {
      ...{ kind: 'failed', code: '', reason: 'yes: it prints too much' },
    })
    const missing = await ports.run('no-such-program-here', [])
    assert.deepEqual([missing.kind, 'code' in missing && missing.code], ['failed', 'ENOENT'])
  })

  it('asks no address that holds credentials for whoever asks', async () => {
    for (const url of ['https://169.254.169.254/latest', 'https://[fd00:ec2::254]/']) {
      const outcome = await ports.https({ url, method: 'GET', certificateAuthority: null })
      assert.deepEqual(outcome, {
        ...{ kind: 'failed', stage: 'connect', code: '', chain: [] },
        reason: 'its address is one that Lanyard never asks: link-local or a metadata service',
      })
    }
  })
})
