import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { type FakeIssuer, startFakeIssuer } from './support/fake-issuer.ts'
import {
  addressToOpen,
  assertNothingSecret,
  createMachine,
  logIn,
  type Machine,
  nodes,
  signIn,
  visit,
} from './support/machine.ts'

function startLogin(machine: Machine, issuer: FakeIssuer, ...more: string[]) {
  const ca = machine.writeCa(issuer.authority.certificate)
  return machine.start(['login', '--issuer', issuer.issuer, '--certificate-authority', ca, ...more])
}

function changed(url: string, change: (query: URLSearchParams) => void): string {
  const copy = new URL(url)
  change(copy.searchParams)
  return copy.href
}

describe('a login in the browser', () => {
  it('takes one answer, with its own state and issuer, at its own address, and then is gone', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const running = startLogin(machine, issuer)
    const good = await signIn(issuer, await addressToOpen(running))
    const { port } = new URL(good)
    const foreign = [
      changed(good, (query) => query.set('state', 'another')),
      changed(good, (query) => query.delete('state')),
      changed(good, (query) => query.append('state', query.get('state') ?? '')),
      changed(good, (query) => query.set('iss', 'https://evil.example')),
      changed(good, (query) => query.delete('iss')),
      `http://127.0.0.1:${port}/callback`,
      `http://127.0.0.1:${port}/callback?error=access_denied`,
    ]
    for (const url of foreign) {
      assert.equal((await visit(url)).status, 400, url)
    }
    assert.equal((await visit(good, { host: `evil.example:${port}` })).status, 421)
    assert.equal((await visit(good, { host: `localhost:${port}` })).status, 421)
    assert.equal((await visit(good, { method: 'POST' })).status, 405)
    assert.equal((await visit(good.replace('/callback', '/'))).status, 404)
    assert.equal(issuer.count('POST /token authorization_code'), 0)

    const page = await visit(good)
    assert.equal(page.status, 200)
    assert.match(page.body, /You can close this tab/)
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none';/)
    assert.equal(/src=|href=|<script|<style/.test(page.body), false)
    const { code, stderr } = await running.result
    assert.equal(code, 0, stderr)
    await assert.rejects(visit(good), { code: 'ECONNREFUSED' })
    assertNothingSecret(issuer, stderr)
  })

  it('is not held open by a tab that keeps its connection', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const running = startLogin(machine, issuer)
    const good = await signIn(issuer, await addressToOpen(running))
    const idle = request({
      port: new URL(good).port,
      host: '127.0.0.1',
      headers: { connection: 'keep-alive' },
    })
    idle.on('error', () => undefined)
    idle.flushHeaders()
    await visit(good)
    assert.equal((await running.result).code, 0)
  })

  it('says why when the person is refused, and keeps nothing', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const running = startLogin(machine, issuer)
    const good = await signIn(issuer, await addressToOpen(running))
    const page = await visit(
      changed(good, (query) => {
        query.delete('code')
        query.set('error', 'access_denied')
        query.set('error_description', 'bob was refused')
      }),
    )
    assert.match(page.body, /You are not logged in/)
    const { code, stderr } = await running.result
    assert.equal(code, 4)
    assert.match(stderr, /error: https:\/\/127.0.0.1:\d+ refused: bob was refused\n$/)
    const again = await machine.run(['whoami', '--issuer', issuer.issuer])
    assert.equal(again.code, 3)
  })

  it('refuses an issuer whose endpoints lie elsewhere', async () => {
    await using issuer = await startFakeIssuer()
    issuer.behaviour.metadata = { token_endpoint: 'https://evil.example/token' }
    using machine = createMachine()
    const { code, stderr } = await startLogin(machine, issuer).result
    assert.equal(code, 1)
    assert.match(
      stderr,
      /names a token_endpoint at another address: "https:\/\/evil.example\/token"/,
    )
    assert.equal(machine.tabs(), 0)
  })

  it('replaces the login before it, ends that at the issuer, and drops its tokens', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const [first] = issuer.livingLogins
    await machine.run(['get-token', '--issuer', issuer.issuer, '--audience', 'prod-eu'])
    await logIn(machine, issuer)
    assert.deepEqual(issuer.revoked, [first])
    assert.equal(issuer.livingLogins.size, 1)
    assert.deepEqual(readdirSync(machine.cache), [])
  })
})

for (const node of nodes) {
  describe(`a login by code on ${node}`, () => {
    it('slows down when it is told to, and gets its login', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      issuer.behaviour.polls = ['authorization_pending', 'slow_down']
      const running = startLogin(machine, issuer, '--device')
      await running.said(/enter the code BCDF-GHJK/)
      const { code, stderr } = await running.result
      assert.equal(code, 0, stderr)
      const gaps = issuer.pollTimes
        .slice(1)
        .map((time, index) => time - (issuer.pollTimes[index] ?? 0))
      const [first = 0, second = 0] = gaps
      assert.equal(gaps.length, 2)
      assert(first >= 990 && first < 5000, `the first pause was ${first} ms`)
      assert(second >= 5990, `the pause after slow_down was ${second} ms`)
      assertNothingSecret(issuer, stderr)
      const token = await machine.run(['get-token', '--issuer', issuer.issuer, '--audience', 'a'])
      assert.equal(token.code, 0)
    })
  })
}

describe('the way of a login', () => {
  for (const [what, env, reason] of [
    [
      'over ssh',
      { BROWSER: '', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' },
      /this is an ssh session/,
    ],
    ['with no display', { BROWSER: '' }, /there is no display|this is a container/],
    ['where BROWSER says none', { BROWSER: 'none' }, /BROWSER is "none"/],
    [
      'in a pod',
      { BROWSER: '', DISPLAY: ':0', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      /this is a container/,
    ],
  ] as const) {
    it(`is a code ${what}`, async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine()
      const ca = machine.writeCa(issuer.authority.certificate)
      const { code, stderr } = await machine.run(
        ['login', '-v', '--issuer', issuer.issuer, '--certificate-authority', ca],
        env,
      )
      assert.equal(code, 0, stderr)
      assert.match(stderr, reason)
      assert.match(stderr, /enter the code BCDF-GHJK/)
      assert.equal(machine.tabs(), 0)
    })
  }

  it('is the browser where --browser says so', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const ca = machine.writeCa(issuer.authority.certificate)
    const running = machine.start(
      ['login', '--browser', '--issuer', issuer.issuer, '--certificate-authority', ca],
      { SSH_TTY: '/dev/pts/1' },
    )
    await visit(await signIn(issuer, await addressToOpen(running)))
    assert.equal((await running.result).code, 0)
    assert.equal(machine.tabs(), 1)
  })
})

describe('the commands of a login', () => {
  it('whoami and sessions print what the issuer says, fit for a terminal', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const whoami = await machine.run(['whoami'])
    assert.equal(
      whoami.stdout,
      `issuer    ${issuer.issuer}\nusername  ada\nname      Ada L.\ngroups    viewers\nclusters  none\n`,
    )
    const sessions = await machine.run(['sessions'])
    assert.equal(
      sessions.stdout,
      [
        'DEVICE            NAME         CLIENT           SINCE                 LAST USED  UNTIL',
        'abcdefghijklmnop  laptop [31m  kubectl-lanyard  2026-01-01T00:00:00Z  never      2026-01-01T12:00:00Z  this one',
        '',
      ].join('\n'),
    )
  })

  it('logout ends the login at the issuer and deletes it; trust stays until it is forgotten', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const [login] = issuer.livingLogins
    assert.deepEqual(await machine.run(['logout']), {
      code: 0,
      stdout: '',
      stderr: `kubectl-lanyard: logged out of ${issuer.issuer}\n`,
    })
    assert.deepEqual(issuer.revoked, [login])
    const after = await machine.run(['whoami'])
    assert.equal(after.code, 3)
    assert.match(after.stderr, /you are not logged in to/)
    await machine.run(['logout', '--forget'])
    assert.match((await machine.run(['whoami'])).stderr, /no issuer is known on this device/)
  })

  it('logout deletes also when the issuer cannot be told, and says so', async () => {
    const issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    await issuer[Symbol.asyncDispose]()
    const { code, stderr } = await machine.run(['logout'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /error: deleted from this device, but https:\/\/127.0.0.1:\d+ was not told/,
    )
    assert.equal((await machine.run(['whoami'])).code, 3)
  })

  it('says which host cannot be reached', async () => {
    const issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    await issuer[Symbol.asyncDispose]()
    const { code, stderr } = await machine.run(['whoami'])
    assert.equal(code, 1)
    assert.match(stderr, /error: cannot reach https:\/\/127.0.0.1:\d+: .*\(ECONNREFUSED\)\n/)
    assert.match(
      stderr,
      /hint: is Lanyard running, is the address right, and is HTTPS_PROXY needed here\?\n$/,
    )
  })
})
