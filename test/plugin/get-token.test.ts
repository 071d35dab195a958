import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { poll } from '../support/poll.ts'
import { startFakeIssuer } from './support/fake-issuer.ts'
import {
  addressToOpen,
  createMachine,
  credentialOf,
  execInfo,
  finishLogin,
  getToken,
  logIn,
  nodes,
  signIn,
  visit,
} from './support/machine.ts'

for (const node of nodes) {
  describe(`get-token on ${node}`, () => {
    it('exchanges once, then answers from the cache, with nothing but the ExecCredential on stdout', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      issuer.log.length = 0
      const before = Date.now()
      const miss = await machine.run(getToken(issuer.issuer), execInfo(false))
      const hit = await machine.run(getToken(issuer.issuer), execInfo(false))
      assert.equal(miss.code, 0, miss.stderr)
      assert.deepEqual(hit, miss)
      assert.deepEqual(issuer.log, ['POST /token token-exchange'])
      assert.equal(miss.stderr, '')
      const credential = credentialOf(miss)
      assert.deepEqual(Object.keys(credential), ['kind', 'apiVersion', 'status'])
      assert.equal(credential.apiVersion, 'client.authentication.k8s.io/v1')
      assert.equal(issuer.secrets.has(credential.status.token), true)
      const reported = Date.parse(credential.status.expirationTimestamp)
      // Ten minutes, reported half a minute early.
      assert(reported >= before + 570_000 && reported <= Date.now() + 570_000)
    })

    it('answers in the version that the kubeconfig names', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      const result = await machine.run(getToken(issuer.issuer), execInfo(false, 'v1beta1'))
      assert.equal(credentialOf(result).apiVersion, 'client.authentication.k8s.io/v1beta1')
    })

    it('ten at once with no token make one exchange', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      issuer.behaviour.delayMs = 200
      const results = await Promise.all(
        Array.from({ length: 10 }, () => machine.run(getToken(issuer.issuer))),
      )
      assert.deepEqual(
        results.map(({ code }) => code),
        Array(10).fill(0),
      )
      assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1)
      assert.equal(issuer.count('POST /token token-exchange'), 1)
    })

    it('fails fast with the command to run when nobody can be asked', async () => {
      await using issuer = await startFakeIssuer()
      using machine = createMachine(node)
      await logIn(machine, issuer)
      await machine.run(getToken(issuer.issuer))
      issuer.livingLogins.clear()
      const result = await machine.run(getToken(issuer.issuer, 'other'), execInfo(true))
      assert.deepEqual(result, {
        code: 3,
        stdout: '',
        stderr: [
          `kubectl-lanyard: the login has ended: ${issuer.issuer} refused: this login was ended`,
          `kubectl-lanyard: error: you are not logged in to ${issuer.issuer}`,
          `kubectl-lanyard: hint: run: kubectl lanyard login --issuer ${issuer.issuer}`,
          '',
        ].join('\n'),
      })
      // The tokens of a dead login are not handed out again.
      const cached = await machine.run(getToken(issuer.issuer), execInfo(false))
      assert.equal(cached.code, 3)
    })
  })
}

describe('get-token', () => {
  it('logs in again on a terminal, once for ten commands, in one tab', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    issuer.livingLogins.clear()
    const running = Array.from({ length: 10 }, () =>
      machine.onTerminal(getToken(issuer.issuer), execInfo(true)),
    )
    const asking = await Promise.any(
      running.map(async (one) => (await one.said(/log in at/)) && one),
    )
    await finishLogin(issuer, asking)
    const results = await Promise.all(running.map(({ result }) => result))
    assert.deepEqual(
      results.map(({ code }) => code),
      Array(10).fill(0),
    )
    assert.equal(machine.tabs(), 2)
    assert.equal(issuer.count('POST /token authorization_code'), 2)
    assert.equal(issuer.count('POST /token token-exchange'), 2)
  })

  it('ten commands that wait for a login which is refused fail with it, and open no second tab', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    await machine.run(['logout'])
    const running = Array.from({ length: 10 }, () =>
      machine.onTerminal(['-v', ...getToken(issuer.issuer)], execInfo(true)),
    )
    const asking = await Promise.any(
      running.map(async (one) => (await one.said(/log in at/)) && one),
    )
    await Promise.all(running.map((one) => one.said(/wait for a turn/)))
    const answer = new URL(await signIn(issuer, await addressToOpen(asking)))
    answer.searchParams.delete('code')
    answer.searchParams.set('error', 'access_denied')
    answer.searchParams.set('error_description', 'ada was refused')
    await visit(answer.href)
    const results = await Promise.all(running.map(({ result }) => result))
    for (const { code, stdout } of results) {
      assert.notEqual(code, 0)
      assert.match(stdout, /error: https:\/\/127.0.0.1:\d+ refused: ada was refused/)
    }
    assert.equal(machine.tabs(), 2)
  })

  it('shows both times when the clock is wrong', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    issuer.behaviour.refuse = {
      error: 'invalid_dpop_proof',
      error_description: 'the proof was made at 10:00:00Z, and it is 10:07:00Z here',
    }
    const { code, stderr } = await machine.run(getToken(issuer.issuer))
    assert.equal(code, 4)
    assert.match(
      stderr,
      /made at 10:00:00Z, and it is 10:07:00Z here\n.*hint: set this device's clock\n$/,
    )
  })

  it('prints the sentence of a refusal and does not log in again', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    issuer.behaviour.refuse = {
      error: 'access_denied',
      error_description: 'bob is in none of the groups that may enter cluster "prod-eu"\u001b[2J',
    }
    const result = await machine.run(getToken(issuer.issuer), execInfo(true))
    assert.equal(result.code, 4)
    assert.equal(
      result.stderr,
      `kubectl-lanyard: error: ${issuer.issuer} refused: bob is in none of the groups that may enter cluster "prod-eu" [2J\n`,
    )
    assert.equal(issuer.livingLogins.size, 1)
    assert.equal(machine.tabs(), 1)
  })

  it('never hands out a token that is for another cluster', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    issuer.behaviour.wrongAudience = 'staging'
    const result = await machine.run(getToken(issuer.issuer))
    assert.equal(result.code, 1)
    assert.equal(result.stdout, '')
    assert.match(result.stderr, /answered with a token that is not for "prod-eu"/)
  })

  it('sends nothing to an issuer that was not set up', async () => {
    await using issuer = await startFakeIssuer()
    await using stranger = await startFakeIssuer(issuer.authority)
    using machine = createMachine()
    await logIn(machine, issuer)
    const result = await machine.run(getToken(stranger.issuer), execInfo(true))
    assert.deepEqual(result, {
      code: 3,
      stdout: '',
      stderr: [
        `kubectl-lanyard: error: ${stranger.issuer} is not an issuer that this device trusts`,
        `kubectl-lanyard: hint: if you know it, run: kubectl lanyard login --issuer ${stranger.issuer}`,
        '',
      ].join('\n'),
    })
    assert.deepEqual(stranger.log, [])
  })

  it('lets no kubeconfig choose the CA', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const ca = machine.writeCa(issuer.authority.certificate)
    const result = await machine.run([...getToken(issuer.issuer), '--certificate-authority', ca])
    assert.equal(result.code, 2)
    assert.match(result.stderr, /a kubeconfig may not choose the CA of a login/)
  })

  it('checks certificates whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    const result = await machine.run(['login', '--issuer', issuer.issuer], {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
    })
    assert.equal(result.code, 1)
    assert.match(result.stderr, /^kubectl-lanyard: error: cannot reach https:\/\/127.0.0.1:\d+: /)
    assert.match(result.stderr, /hint: is the issuer's CA passed to setup or login/)
    assert.deepEqual(issuer.log, [])
  })

  it('takes over the lock of a process that died', async () => {
    await using issuer = await startFakeIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    issuer.behaviour.delayMs = 60_000
    const holder = machine.start(getToken(issuer.issuer))
    await poll('an exchange', async () => issuer.count('POST /token token-exchange') === 1)
    holder.kill('SIGKILL')
    issuer.behaviour.delayMs = 0
    const result = await machine.run(getToken(issuer.issuer))
    assert.equal(result.code, 0, result.stderr)
  })
})
