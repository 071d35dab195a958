import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hasCode } from '../../src/errors/index.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { type RunningProcess, runProcess, startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { skipWithoutCluster } from './control-plane.ts'

const skip = await skipWithoutCluster('that npm run demo shows what it says')

const program = fileURLToPath(new URL('demo.ts', import.meta.url))

function startDemo(scratch: string): Promise<RunningProcess> {
  const { PATH, HOME, XDG_CACHE_HOME, KUBEBUILDER_ASSETS, NODE_V8_COVERAGE } = process.env
  return startProcess({
    command: process.execPath,
    args: [program],
    env: { PATH, HOME, XDG_CACHE_HOME, KUBEBUILDER_ASSETS, NODE_V8_COVERAGE, TMPDIR: scratch },
  })
}

/** Process ids of all that a process has started and that still runs. */
async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await runProcess({
    command: 'ps',
    args: ['-A', '-o', 'pid=,ppid='],
    env: { PATH: process.env['PATH'] },
  })
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false
    throw error
  }
}

describe('npm run demo', { skip }, () => {
  it('prints commands that work as they stand, and leaves nothing behind after Ctrl-C', async () => {
    await using scratch = await temporaryDirectory()
    await using demo = await startDemo(scratch.path)
    await demo.waitForLine('stdout', /^Ctrl-C ends all of it/, { timeoutMs: 60_000 })
    const commands = demo.stdout.lines.filter((line) => line.startsWith('  ')).slice(0, 4)
    const [enter = '', setUp = '', getPods = '', whoami = ''] = commands.map((line) => line.trim())
    const password = /^Password +(\S+)$/m.exec(demo.stdout.text)?.[1] ?? ''
    noteSecret(password, 'password')
    const shell = (line: string) => ({
      ...{ command: '/bin/sh', args: ['-c', `${enter}\n${line}`] },
      env: { PATH: process.env['PATH'], HOME: scratch.path },
    })

    const issuer = /setup (\S+)/.exec(setUp)?.[1] ?? ''
    const ca = await readFile(/--certificate-authority (\S+)/.exec(setUp)?.[1] ?? '', 'utf8')
    await using login = await startProcess(shell(`${setUp} --device`))
    const [, code = ''] = await login.waitForLine('stderr', /enter the code (\S+)$/)
    const person = new Person({ issuer, ca })
    const signIn = await person.open('device')
    const enterCode = await person.submit(signIn, { username: 'ada', password })
    const confirm = await person.submit(enterCode, { user_code: code })
    await person.submit(confirm, { answer: 'approve' })
    await person.close()
    assert.deepEqual(await login.exit, { code: 0, signal: null }, login.stderr.text)
    assert.deepEqual(await runProcess(shell(getPods)), {
      code: 0,
      stdout: '',
      stderr: 'No resources found\n',
    })
    assert.match((await runProcess(shell(whoami))).stdout, /^Username +ada$/m)

    const children = await childrenOf(demo.pid)
    // etcd, the apiserver, the controller manager, and whatever Node's own libraries keep.
    assert.ok(children.length >= 3)
    demo.signal('SIGINT')
    assert.deepEqual(await demo.exit, { code: 0, signal: null }, demo.stderr.text)
    await poll('every child has ended', async () => !children.some(isRunning))
    assert.deepEqual(await readdir(scratch.path), [])
  })

  it('leaves nothing behind when it is stopped while it starts', async () => {
    await using scratch = await temporaryDirectory()
    await using demo = await startDemo(scratch.path)
    await demo.waitForLine('stderr', /^lanyard: starting/)
    demo.signal('SIGINT')
    assert.equal((await demo.exit).signal, null)
    assert.deepEqual(await readdir(scratch.path), [])
  })
})
