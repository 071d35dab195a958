/** What runs on the machine's own Node before anything else can: bin/install.js and bin/launch.js, each in a small clone. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const opened: string[] = []
after(() => {
  for (const directory of opened) rmSync(directory, { recursive: true })
})

const LOCK = JSON.stringify({
  packages: {
    '': {},
    'node_modules/koa': { version: '3.0.0' },
    'node_modules/x': { version: '1.0.0', optional: true },
  },
})

function makeClone(): string {
  const clone = mkdtempSync(join(tmpdir(), 'lanyard-'))
  opened.push(clone)
  mkdirSync(join(clone, 'bin'))
  for (const file of ['install.js', 'launch.js', 'lanyard.js']) {
    copyFileSync(join(root, 'bin', file), join(clone, 'bin', file))
  }
  copyFileSync(join(root, 'package.json'), join(clone, 'package.json'))
  return clone
}

describe('bin/install.js', () => {
  /** Runs it where `npm` only writes down what it was asked, and ends as `ending` says. */
  function install(clone: string, ending = 'exit 0') {
    const tools = join(clone, 'tools')
    mkdirSync(tools, { recursive: true })
    writeFileSync(join(tools, 'npm'), `#!/bin/sh\necho "$@" >> '${clone}/calls'\n${ending}\n`)
    chmodSync(join(tools, 'npm'), 0o755)
    const { status, stderr } = spawnSync(process.execPath, [join(clone, 'bin', 'install.js')], {
      encoding: 'utf8',
      env: { PATH: `${tools}:/usr/bin:/bin` },
    })
    const calls = join(clone, 'calls')
    return { status, stderr, calls: existsSync(calls) ? readFileSync(calls, 'utf8') : '' }
  }

  const SAYS = 'lanyard: installing what package-lock.json names, once\n'
  const CI = 'ci --no-audit --no-fund --loglevel=error\n'

  test('installs once, with a line that says so, and again when the lock file changes', () => {
    const clone = makeClone()
    writeFileSync(join(clone, 'package-lock.json'), LOCK)
    assert.deepEqual(install(clone), { status: 0, stderr: SAYS, calls: CI })
    assert.deepEqual(install(clone), { status: 0, stderr: '', calls: CI })
    assert.equal(readlinkSync(join(clone, 'node_modules/.bin/lanyard')), '../../bin/lanyard.js')
    writeFileSync(join(clone, 'package-lock.json'), LOCK.replace('3.0.0', '3.0.1'))
    assert.deepEqual(install(clone), { status: 0, stderr: SAYS, calls: CI + CI })
  })

  test('passes on how npm failed, and tries again the next time', () => {
    const clone = makeClone()
    writeFileSync(join(clone, 'package-lock.json'), LOCK)
    const failed = `${SAYS}lanyard: error: npm ci failed with exit code 7\n`
    assert.deepEqual(install(clone, 'exit 7'), { status: 7, stderr: failed, calls: CI })
    assert.deepEqual(install(clone), { status: 0, stderr: SAYS, calls: CI + CI })
  })

  for (const [version, calls] of [
    ['3.0.0', ''],
    ['2.9.9', CI],
  ] as const) {
    test(`asks npm for ${calls === '' ? 'nothing' : 'all'} when koa ${version} is there`, () => {
      const clone = makeClone()
      writeFileSync(join(clone, 'package-lock.json'), LOCK)
      mkdirSync(join(clone, 'node_modules'))
      writeFileSync(
        join(clone, 'node_modules', '.package-lock.json'),
        JSON.stringify({ packages: { 'node_modules/koa': { version } } }),
      )
      assert.equal(install(clone).calls, calls)
    })
  }

  test('leaves a published package alone, which has no lock file', () => {
    assert.deepEqual(install(makeClone()), { status: 0, stderr: '', calls: '' })
  })
})

describe('bin/lanyard.js', () => {
  /** Makes the very Node that runs this look too old to the launcher, but not to what it launches. */
  const AS_NODE_20 = [
    '--import',
    `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`,
  ]

  function makeCommand(main: string): { clone: string; command: string } {
    const clone = makeClone()
    mkdirSync(join(clone, 'src'))
    writeFileSync(join(clone, 'src', 'main.ts'), main)
    return { clone, command: join(clone, 'bin', 'lanyard.js') }
  }

  function pinNode(clone: string): void {
    mkdirSync(join(clone, 'node_modules', 'node', 'bin'), { recursive: true })
    symlinkSync(process.execPath, join(clone, 'node_modules', 'node', 'bin', 'node'))
  }

  const PRINTS = `export async function main(argv: readonly string[]): Promise<void> {
    process.stdout.write(JSON.stringify(argv))
    process.exitCode = 3
  }`

  test('runs the source with its arguments', () => {
    const { command } = makeCommand(PRINTS)
    const { status, stdout } = spawnSync(process.execPath, [command, 'user', 'add me'])
    assert.deepEqual([status, String(stdout)], [3, '["user","add me"]'])
  })

  test('runs under the pinned Node when its own is too old', () => {
    const { clone, command } = makeCommand(PRINTS)
    pinNode(clone)
    const { status, stdout } = spawnSync(process.execPath, [
      ...AS_NODE_20,
      command,
      'user',
      'add me',
    ])
    assert.deepEqual([status, String(stdout)], [3, '["user","add me"]'])
  })

  test('says so in one line when its Node is too old and no other is there', () => {
    const { command } = makeCommand(PRINTS)
    const { status, stderr } = spawnSync(process.execPath, [...AS_NODE_20, command])
    assert.deepEqual(
      [status, String(stderr)],
      [1, 'lanyard: error: Node 24 or newer is needed, this is 20.1.0\n'],
    )
  })

  for (const [signal, expected] of [
    ['SIGTERM', 'drained'],
    ['SIGHUP', 'reloaded'],
    ['SIGINT', 'interrupted'],
  ] as const) {
    test(`passes ${signal} on, and ends as the command ends`, async () => {
      const { clone, command } = makeCommand(`export async function main(): Promise<void> {
        const timer = setInterval(() => {}, 1_000)
        process.on('${signal}', () => {
          process.stdout.write('${expected}')
          process.exitCode = 5
          clearInterval(timer)
        })
        process.stdout.write('ready ')
      }`)
      pinNode(clone)
      const child = spawn(process.execPath, [...AS_NODE_20, command], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => {
        if (output === '') child.kill(signal)
        output += String(chunk)
      })
      const [code] = (await once(child, 'close')) as [number | null]
      assert.deepEqual([code, output], [5, `ready ${expected}`])
    })
  }
})
