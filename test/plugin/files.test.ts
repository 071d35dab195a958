import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { CachedToken } from '../../src/plugin/cached-token.ts'
import { startFakeIssuer } from './support/fake-issuer.ts'
import {
  assertNothingSecret,
  createMachine,
  credentialOf,
  getToken,
  logIn,
} from './support/machine.ts'

function only(directory: string): string {
  const [name, ...others] = readdirSync(directory)
  assert(name !== undefined && others.length === 0)
  return join(directory, name)
}

describe('the files of a login', () => {
  async function prepared() {
    const issuer = await startFakeIssuer()
    const machine = createMachine()
    await logIn(machine, issuer)
    await machine.run(getToken(issuer.issuer))
    const cacheDirectory = only(machine.cache)
    const stateDirectory = only(machine.state)
    return {
      issuer,
      machine,
      cacheDirectory,
      token: only(cacheDirectory),
      stateDirectory,
      login: join(stateDirectory, 'login.json'),
      async refused(path: string, what: RegExp, hint: string) {
        const audience = path.startsWith(machine.state) ? 'uncached' : 'prod-eu'
        const result = await machine.run(getToken(issuer.issuer, audience))
        assert.equal(result.code, 1)
        assert.equal(result.stdout, '')
        assert.equal(result.stderr.includes(`error: "${path}" `), true, result.stderr)
        assert.match(result.stderr, what)
        assert.equal(result.stderr.endsWith(`hint: ${hint}\n`), true, result.stderr)
      },
      async [Symbol.asyncDispose]() {
        machine[Symbol.dispose]()
        await issuer[Symbol.asyncDispose]()
      },
    }
  }

  it('are 0600 under 0700', async () => {
    await using at = await prepared()
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    assert.deepEqual(
      [
        at.machine.cache,
        at.cacheDirectory,
        at.token,
        at.machine.state,
        at.stateDirectory,
        at.login,
      ].map(mode),
      ['700', '700', '600', '700', '700', '600'],
    )
  })

  it('are refused when others can read them', async () => {
    await using at = await prepared()
    for (const [path, mode, fix] of [
      [at.token, 0o644, '600'],
      [at.login, 0o660, '600'],
      [at.cacheDirectory, 0o755, '700'],
      [at.stateDirectory, 0o750, '700'],
      [at.machine.cache, 0o711, '700'],
    ] as const) {
      const before = statSync(path).mode & 0o777
      chmodSync(path, mode)
      await at.refused(
        path,
        /can be used by others \(mode \d{3}\), so it is not used/,
        `chmod ${fix} '${path}'`,
      )
      chmodSync(path, before)
    }
  })

  it('are refused when they are symbolic links', async () => {
    await using at = await prepared()
    for (const path of [at.token, at.login, at.cacheDirectory]) {
      renameSync(path, `${at.machine.home}/elsewhere`)
      symlinkSync(`${at.machine.home}/elsewhere`, path)
      await at.refused(path, /is a symbolic link/, `rm '${path}'`)
      renameSync(path, `${at.machine.home}/link-${path.length}`)
      renameSync(`${at.machine.home}/elsewhere`, path)
    }
  })

  it("are refused when they are somebody else's", {
    skip: process.getuid?.() !== 0 && 'only root can give a file away',
  }, async () => {
    await using at = await prepared()
    for (const path of [at.token, at.login, at.cacheDirectory]) {
      chownSync(path, 12345, 12345)
      await at.refused(
        path,
        /belongs to user 12345 and not to user 0/,
        `run as its owner, or remove it: rm -r '${path}'`,
      )
      chownSync(path, 0, 0)
    }
  })

  it('are a miss when they are damaged, and damaged state is named', async () => {
    await using at = await prepared()
    writeFileSync(at.token, '{"token":')
    assert.equal((await at.machine.run(getToken(at.issuer.issuer))).code, 0)
    writeFileSync(at.login, '{"refresh')
    await at.refused(at.login, /is damaged/, `remove it and log in again: rm '${at.login}'`)
  })

  it('hold a token only for the issuer and cluster that it was made for', async () => {
    await using at = await prepared()
    const stolen = JSON.parse(readFileSync(at.token, 'utf8')) as CachedToken
    writeFileSync(at.token, JSON.stringify({ ...stolen, audience: 'staging' }))
    const result = await at.machine.run(getToken(at.issuer.issuer))
    assert.notEqual(credentialOf(result).status.token, stolen.token)
  })

  it('obey the XDG variables, but no relative ones', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const moved = { XDG_CACHE_HOME: join(machine.home, 'elsewhere'), XDG_STATE_HOME: 'relative' }
    const result = await machine.run(getToken(issuer.issuer), moved)
    assert.equal(result.code, 0, result.stderr)
    assert.equal(readdirSync(join(machine.home, 'elsewhere', 'kubectl-lanyard')).length, 1)
  })

  it('nothing secret is printed with -v', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const { stderr, stdout } = await logIn(machine, issuer)
    const miss = await machine.run(['-v', ...getToken(issuer.issuer)])
    assert.match(miss.stderr, /POST https:\/\/127.0.0.1:\d+\/token: 200 in \d+ ms/)
    issuer.livingLogins.clear()
    const dead = await machine.run(['-v', ...getToken(issuer.issuer, 'other')])
    assertNothingSecret(issuer, stderr + stdout + miss.stderr + dead.stderr + dead.stdout)
  })
})
