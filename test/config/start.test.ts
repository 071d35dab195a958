import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  checkClock,
  deriveKey,
  exitCodeOf,
  loadKeySecret,
  prepareDataDirectory,
} from '../../src/config/index.ts'
import { LanyardError } from '../../src/errors/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'lanyard-'))
after(() => rmSync(directory, { recursive: true }))
const fresh = (): string => mkdtempSync(join(directory, 'data-'))
const unprivileged = 65_534

test('the first start makes a key of 32 bytes for its owner alone; later ones read it', () => {
  const data = fresh()
  const secret = loadKeySecret({ data, keySecret: null })
  assert.equal(secret.length, 32)
  assert.equal(statSync(join(data, 'key')).mode & 0o777, 0o600)
  assert.deepEqual(loadKeySecret({ data, keySecret: null }), secret)
  assert.notDeepEqual(loadKeySecret({ data: fresh(), keySecret: null }), secret)
  const given = new Uint8Array(32)
  assert.equal(loadKeySecret({ data, keySecret: () => given }), given)
})

test('a key file that is open to others, a link, or no key is refused', () => {
  const data = fresh()
  const file = join(data, 'key')
  loadKeySecret({ data, keySecret: null })
  chmodSync(file, 0o640)
  assert.throws(() => loadKeySecret({ data, keySecret: null }), {
    code: 'ERR_KEY_FILE',
    message: `the key file ${file} is open to other users (mode 0640)`,
    hint: `run: chmod 600 ${file}`,
  })
  const linked = fresh()
  symlinkSync(file, join(linked, 'key'))
  assert.throws(() => loadKeySecret({ data: linked, keySecret: null }), {
    code: 'ERR_KEY_FILE',
    message: `the key file ${join(linked, 'key')} cannot be used: it is a symbolic link`,
  })
  chmodSync(file, 0o600)
  writeFileSync(file, '')
  assert.throws(() => loadKeySecret({ data, keySecret: null }), {
    code: 'ERR_KEY_FILE',
    message: `the key file ${file} does not hold a key`,
  })
})

test('keys for two purposes differ, and stay', () => {
  const secret = new Uint8Array(32)
  assert.deepEqual(deriveKey(secret, 'csrf'), deriveKey(secret, 'csrf'))
  assert.notDeepEqual(deriveKey(secret, 'csrf'), deriveKey(secret, 'cookies'))
  assert.equal(deriveKey(secret, 'csrf').length, 32)
})

test('the data directory is made for its owner alone, and closed where it was open', () => {
  const data = join(fresh(), 'a', 'b')
  prepareDataDirectory({ data })
  assert.equal(statSync(data).mode & 0o777, 0o700)
  chmodSync(data, 0o755)
  prepareDataDirectory({ data })
  assert.equal(statSync(data).mode & 0o777, 0o700)
})

test('a directory that cannot be written is one sentence', () => {
  const parent = fresh()
  chmodSync(directory, 0o755)
  chmodSync(parent, 0o555)
  const data = join(parent, 'data')
  // Root may write anywhere, so the attempt is another user's.
  const room = new URL('../../src/config/index.ts', import.meta.url).href
  const script = `
    const { prepareDataDirectory, exitCodeOf } = await import(${JSON.stringify(room)})
    if (process.getuid() === 0) process.setuid(${unprivileged})
    try { prepareDataDirectory({ data: ${JSON.stringify(data)} }) } catch (error) {
      console.log(error.code, error.message); process.exitCode = exitCodeOf(error)
    }`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  const why = `EACCES: permission denied, mkdir '${data}'`
  assert.equal(stdout, `ERR_DATA_UNWRITABLE the data directory ${data} cannot be written: ${why}\n`)
  assert.equal(status, 4)
})

test('a file where the data directory should be', () => {
  const data = join(fresh(), 'file')
  writeFileSync(data, '')
  assert.throws(() => prepareDataDirectory({ data }), { code: 'ERR_DATA_UNWRITABLE' })
  mkdirSync(join(directory, 'fine'))
  prepareDataDirectory({ data: join(directory, 'fine') })
})

test('a clock before 2026 stops the start', () => {
  checkClock(() => Date.UTC(2026, 0, 1))
  assert.throws(() => checkClock(() => 0), {
    code: 'ERR_CLOCK',
    message: 'the clock of this machine says 1970-01-01',
  })
})

test('every failure has its exit code', () => {
  const coded = (code: `ERR_${string}`): number => exitCodeOf(new LanyardError(code, 'x'))
  assert.equal(coded('ERR_CONFIG'), 2)
  assert.equal(exitCodeOf(Object.assign(new Error('x'), { code: 'EADDRINUSE' })), 3)
  assert.equal(coded('ERR_KEY_FILE'), 5)
  assert.equal(coded('ERR_CLOCK'), 6)
  assert.equal(coded('ERR_ALREADY_RUNNING'), 7)
  assert.equal(coded('ERR_SCHEMA_NEWER'), 8)
  assert.equal(coded('ERR_USER_UNKNOWN'), 1)
  assert.equal(exitCodeOf('thrown'), 1)
})
