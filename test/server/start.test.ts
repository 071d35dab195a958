import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { Agent, request } from 'undici'
import { migrations } from '../../db/index.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSkipped } from '../support/log-secrets.ts'
import type { Issuer } from '../support/logins.ts'
import { runProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openRoomsBeside, runServing, type ServeOptions, startServing } from './child.ts'

const NOBODY = 65_534

async function discover({ issuer, ca }: Issuer): Promise<unknown> {
  const agent = new Agent({ connect: { ca } })
  try {
    const url = `${issuer}/.well-known/openid-configuration`
    return await (await request(url, { dispatcher: agent })).body.json()
  } finally {
    await agent.close()
  }
}

/** Names and modes of all files, with what the files hold. */
function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory)
      // The issuer names the port, which is another one each time.
      .filter((name) => !/^(?:lanyard\.db|server\.lock$|issuer$)/.test(name))
      .map((name) => [name, readFileSync(join(directory, name), 'base64')]),
  )
}

function modes(directory: string): Record<string, string> {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
  return Object.fromEntries([
    ['.', modeOf(directory)],
    ...readdirSync(directory).map((name) => [name, modeOf(join(directory, name))] as const),
  ])
}

/** Asserts one error with its hint, the exit code, and nothing else on either stream. */
async function assertRefused(
  options: ServeOptions,
  expected: { code: number; error: string; hint: string },
): Promise<void> {
  assert.deepEqual(await runServing(options), {
    code: expected.code,
    stdout: '',
    stderr: `lanyard: error: ${expected.error}\nlanyard: hint: ${expected.hint}\n`,
  })
}

/** A directory that a server has made and left. */
async function madeDirectory() {
  const home = await temporaryDirectory()
  await using serving = await startServing({ data: home.path })
  assert.deepEqual(await serving.process.stop(), { code: 0, signal: null })
  return home
}

/** Whether somebody without rights can run Lanyard here at all; else says what stays unproved. */
async function canRunAsNobody(t: TestContext): Promise<boolean> {
  if (process.getuid?.() === 0) {
    const program = new URL('../../bin/lanyard.js', import.meta.url).pathname
    const run = { command: process.execPath, args: [program, '--help'], env: {}, cwd: '/' }
    const answer = await runProcess({ ...run, uid: NOBODY }).catch(() => ({ code: 1 }))
    if (answer.code === 0) return true
  }
  const how = 'run the tests as root, from a directory that every user may read'
  noteSkipped('what a start says to a user who may not read or write its files', how)
  t.skip(how)
  return false
}

describe('a first start', () => {
  it('makes all it needs, for its owner alone, and prints what to trust and open', async () => {
    await using home = await temporaryDirectory()
    const data = join(home.path, 'some', 'data')
    await using serving = await startServing({ data, cwd: home.path })
    await serving.process.waitForLine('stdout', /^For a new code/)
    const { issuer, ca, port } = serving
    const fingerprint = new X509Certificate(ca).fingerprint256
    const code = /set-up code {2}(\S+)/.exec(serving.printed())?.[1] ?? ''
    assert.match(code, /^[a-z\d]{7}(?:-[a-z\d]{7}){3}$/)
    assert.equal(issuer, `https://localhost:${port}`)
    assert.equal(
      serving.printed(),
      [
        'Lanyard is ready.',
        `  issuer   ${issuer}`,
        `  data     ${data}`,
        `  CA       ${join(data, 'ca.crt')}`,
        `           SHA-256 ${fingerprint}`,
        '',
        'There is no admin yet. Open this link within 30 minutes; it works once:',
        `  ${issuer}/setup`,
        `  set-up code  ${code}`,
        'For a new code: npx lanyard setup-link',
        '',
      ].join('\n'),
    )
    assert.equal(((await discover(serving)) as { issuer: string }).issuer, issuer)
    const expected = { 'lanyard.db': '600', 'lanyard.db-shm': '600', 'lanyard.db-wal': '600' }
    assert.deepEqual(modes(data), {
      '.': '700',
      'ca.crt': '644',
      'ca.key': '600',
      issuer: '644',
      key: '600',
      ...expected,
      'server.lock': '600',
      'server.lock-journal': '600',
      'tls.crt': '644',
      'tls.key': '600',
    })
  })

  it('is not repeated: a second one makes nothing anew, and offers no link once there is an admin', async () => {
    await using home = await madeDirectory()
    const before = contents(home.path)
    let issuer = ''
    {
      await using again = await startServing({ data: home.path })
      issuer = again.issuer
      await again.process.waitForLine('stdout', /^ {2}set-up code/)
    }
    assert.deepEqual(contents(home.path), before)
    {
      await using rooms = openRoomsBeside(home.path, issuer)
      await rooms.directory.users.add(
        { username: 'ada', password: 'nine green llamas nap' },
        byTest,
      )
      await rooms.directory.groups.add({ name: 'lanyard-admins' }, byTest)
      await rooms.directory.groups.addMember('lanyard-admins', { user: 'ada' }, byTest)
      assert.equal(
        (await rooms.store.query.selectFrom('signing_keys').selectAll().execute()).length,
        2,
      )
    }
    await using serving = await startServing({ data: home.path })
    await discover(serving)
    assert.deepEqual(serving.printed().split('\n').slice(0, 5), [
      'Lanyard is ready.',
      `  issuer   ${serving.issuer}`,
      `  data     ${home.path}`,
      `  CA       ${join(home.path, 'ca.crt')}`,
      `           SHA-256 ${new X509Certificate(serving.ca).fingerprint256}`,
    ])
    await serving.process.stop()
    assert.equal(serving.printed().split('\n').length, 6)
  })
})

describe('a start that cannot be', () => {
  it('names every fault of the configuration at once, and has done nothing', async () => {
    await using home = await temporaryDirectory()
    const file = join(home.path, 'given.yaml')
    const lines = [
      'issuer: http://id.example.com',
      'lifetimes:',
      '  idToken: soon',
      'brands: {name: x}',
      'adminGroup: system:masters',
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const { code, stdout, stderr } = await runServing({
      data: join(home.path, 'data'),
      cwd: home.path,
      args: ['--config', file],
      env: { LANYARD_LOG_LEVEL: 'loud' },
    })
    assert.deepEqual([code, stdout], [2, ''])
    const [first = '', ...rest] = stderr.trimEnd().split('\n')
    assert.equal(first, 'lanyard: error: the configuration has 5 faults:')
    assert.equal(rest.pop(), 'lanyard: hint: docs/reference/configuration.md lists every key')
    const starts = [
      '  given.yaml:1: issuer is "http://id.example.com"; expected ',
      '  given.yaml:3: lifetimes.idToken is "soon"; expected ',
      '  given.yaml:4: brands; expected "brand", as no key has this name',
      '  given.yaml:5: adminGroup is "system:masters"; expected ',
      '  environment: LANYARD_LOG_LEVEL is "loud"; expected ',
    ]
    assert.deepEqual(
      rest.map((line, index) => line.slice(0, starts[index]?.length)),
      starts,
    )
    assert.deepEqual(readdirSync(home.path), ['given.yaml'])
  })

  it('names an option that it does not know', async () => {
    await using home = await temporaryDirectory()
    await assertRefused(
      { data: home.path, args: ['--prot', '1'] },
      {
        code: 2,
        error: "unknown option '--prot'",
        hint: 'usage: lanyard serve [--config FILE]',
      },
    )
    assert.deepEqual(readdirSync(home.path), [])
  })

  it('names a port that is taken, or an address that is not of this machine', async () => {
    await using home = await temporaryDirectory()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    assert.ok(address !== null && typeof address === 'object')
    try {
      await assertRefused(
        { data: home.path, port: address.port },
        {
          code: 3,
          error: `port ${address.port} on 127.0.0.1 is already in use`,
          hint: 'stop what uses it, or set another with LANYARD_LISTEN',
        },
      )
    } finally {
      other.close()
    }
    await assertRefused(
      { data: home.path, env: { LANYARD_LISTEN: '192.0.2.7:0' } },
      {
        code: 3,
        error:
          'cannot listen on 192.0.2.7:0: listen EADDRNOTAVAIL: address not available 192.0.2.7',
        hint: 'set an address of this machine with LANYARD_LISTEN',
      },
    )
  })

  it('refuses a second server on the directory, while the first goes on', async () => {
    await using home = await temporaryDirectory()
    await using first = await startServing({ data: home.path })
    await assertRefused(
      { data: home.path },
      {
        code: 7,
        error: `another Lanyard server is already using ${home.path}`,
        hint: 'stop it first, or start this one with another data directory',
      },
    )
    assert.equal(((await discover(first)) as { issuer: string }).issuer, first.issuer)
  })

  it('refuses a clock that nobody has set', async () => {
    await using home = await temporaryDirectory()
    const clock = 'Date.now = () => Date.UTC(2025, 11, 31, 23, 59, 59)'
    await assertRefused(
      { data: home.path, nodeArgs: ['--import', `data:text/javascript,${clock}`] },
      {
        code: 6,
        error: 'the clock of this machine says 2025-12-31',
        hint: 'set the clock, then start again',
      },
    )
    assert.deepEqual(readdirSync(home.path), [])
  })

  it('refuses a database that a newer Lanyard wrote', async () => {
    await using home = await madeDirectory()
    const sqlite = new Database(join(home.path, 'lanyard.db'))
    sqlite.prepare('INSERT INTO migrations VALUES (99, ?, ?)').run('later', 0)
    sqlite.close()
    await assertRefused(
      { data: home.path },
      {
        code: 8,
        error: `the database has schema 99, but this Lanyard knows schemas up to ${migrations.at(-1)?.number}`,
        hint: 'start the newer Lanyard that wrote it, or restore the copy made before the upgrade',
      },
    )
  })

  it('refuses a database that is damaged, or is none', async () => {
    await using home = await madeDirectory()
    const file = join(home.path, 'lanyard.db')
    const hint = 'restore the data directory from a copy'
    const whole = readFileSync(file)
    writeFileSync(file, whole.fill('x', 4_096, 4_200))
    await assertRefused(
      { data: home.path },
      { code: 8, error: `the database ${file} is damaged: database disk image is malformed`, hint },
    )
    writeFileSync(file, 'a text, and a long one at that. '.repeat(200))
    await assertRefused(
      { data: home.path },
      { code: 8, error: `the database ${file} is damaged: file is not a database`, hint },
    )
  })

  it('refuses a key file that others may read, or that is not the one', async () => {
    await using home = await madeDirectory()
    const file = join(home.path, 'key')
    chmodSync(file, 0o644)
    await assertRefused(
      { data: home.path },
      {
        code: 5,
        error: `the key file ${file} is open to other users (mode 0644)`,
        hint: `run: chmod 600 ${file}`,
      },
    )
    writeFileSync(file, `${'A'.repeat(43)}\n`)
    chmodSync(file, 0o600)
    const { code, stdout, stderr } = await runServing({ data: home.path })
    assert.deepEqual([code, stdout], [5, ''])
    assert.match(
      stderr,
      /^lanyard: error: signing key [\w-]{43} cannot be decrypted\nlanyard: hint: start with the key file or LANYARD_KEY_SECRET that this data directory was made with\n$/,
    )
  })
})

describe('the issuer', () => {
  const command = (data: string, env: Record<string, string>, ...args: string[]) =>
    runProcess({
      command: process.execPath,
      args: [new URL('../../bin/lanyard.js', import.meta.url).pathname, ...args],
      env: { PATH: process.env['PATH'], LANYARD_DATA: data, ...env },
      cwd: data,
    })

  it('of the server is the one of commands in a shell without its settings', async () => {
    await using home = await temporaryDirectory()
    const data = home.path
    const issuer = 'https://id.example.com:8443'
    await using _serving = await startServing({ data, env: { LANYARD_ISSUER: issuer } })
    const certificate = readFileSync(join(data, 'tls.crt'), 'utf8')
    const add = ['cluster', 'add', 'prod', '--server', 'https://k8s.example.com']
    assert.equal((await command(data, {}, ...add)).code, 0)
    const config = ['cluster', 'config', 'prod', '--for', 'eks', '--only', 'eks-lanyard.json']
    const { stdout } = await command(data, {}, ...config)
    assert.equal((JSON.parse(stdout) as { issuerUrl: string }).issuerUrl, issuer)
    const other = await command(data, { LANYARD_ISSUER: 'https://other.example.com' }, ...config)
    assert.equal(
      other.stderr.split('\n')[0],
      `lanyard: warning: the server calls itself ${issuer}, and these settings https://other.example.com: a cluster needs the server's`,
    )
    assert.equal(readFileSync(join(data, 'tls.crt'), 'utf8'), certificate)
  })

  it('that changes is told where clusters know the former one, once', async () => {
    await using home = await madeDirectory()
    const data = home.path
    const restart = async (issuer: string) => {
      await using serving = await startServing({ data, env: { LANYARD_ISSUER: issuer } })
      await serving.process.waitForLine('stdout', /^For a new code/)
      return serving.printed().split('\n').slice(5, -6).join('\n')
    }
    assert.equal(await restart('https://id.example.com'), '')
    const add = ['cluster', 'add', 'prod', '--server', 'https://k8s.example.com']
    assert.equal((await command(data, {}, ...add)).code, 0)
    assert.equal(
      await restart('https://login.example.com'),
      `
The issuer was https://id.example.com before. Everybody must log in again, and no cluster
accepts their new tokens until it gets its settings anew: npx lanyard cluster config NAME`,
    )
    assert.equal(await restart('https://login.example.com'), '')
  })

  it('is not mistaken for none by somebody who may not look into the directory', async (t) => {
    if (!(await canRunAsNobody(t))) return
    await using home = await madeDirectory()
    const { code, stderr } = await runProcess({
      command: process.execPath,
      args: [new URL('../../bin/lanyard.js', import.meta.url).pathname, 'user', 'list'],
      env: { LANYARD_DATA: home.path },
      cwd: '/',
      uid: NOBODY,
    })
    assert.equal(code, 4)
    assert.match(stderr, /^lanyard: error: user nobody may not read the data directory /)
    assert.match(stderr, /^lanyard: hint: run this as the user who runs the server$/m)
  })
})

describe('a start by a user without rights', () => {
  it('names the directory that it may not write, and each file that it may not read', async (t) => {
    if (!(await canRunAsNobody(t))) return
    await using home = await madeDirectory()
    const data = home.path
    const file = (name: string) => join(data, name)
    const refused = (error: string, code: number, hint: string) =>
      assertRefused({ data, uid: NOBODY, cwd: '/' }, { code, error, hint })

    const writable = 'make it writable for this user, or name another one as LANYARD_DATA'
    await refused(
      `the data directory ${data} cannot be written: EACCES: permission denied, access '${data}'`,
      4,
      writable,
    )
    for (const name of ['', ...readdirSync(data)]) chownSync(file(name), NOBODY, NOBODY)
    chmodSync(data, 0o500)
    await refused(
      `the data directory ${data} cannot be written: EACCES: permission denied, access '${data}'`,
      4,
      writable,
    )
    chmodSync(data, 0o700)
    {
      // The same user with its rights: nothing else was in the way.
      await using serving = await startServing({ data, uid: NOBODY, cwd: '/' })
      await discover(serving)
    }
    const unreadable = (name: string) => `EACCES: permission denied, open '${file(name)}'`
    chownSync(file('key'), 0, 0)
    await refused(
      `the key file ${file('key')} cannot be used: ${unreadable('key')}`,
      5,
      'it must be a file of mode 0600 that belongs to the user who runs Lanyard',
    )
    chownSync(file('key'), NOBODY, NOBODY)
    chownSync(file('ca.key'), 0, 0)
    await refused(
      `the file ${file('ca.key')} cannot be read: ${unreadable('ca.key')}`,
      5,
      'give a certificate that is valid now and its key, in PEM, readable by the user who runs Lanyard',
    )
    chownSync(file('ca.key'), NOBODY, NOBODY)
    for (const name of ['lanyard.db', 'server.lock']) {
      chownSync(file(name), 0, 0)
      await refused(
        `the file ${file(name)} cannot be opened for writing: EPERM: operation not permitted, chmod '${file(name)}'`,
        4,
        'it must belong to the user who runs Lanyard, on a disk with room',
      )
      chownSync(file(name), NOBODY, NOBODY)
    }
  })
})
