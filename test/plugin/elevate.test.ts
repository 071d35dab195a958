import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { type FakeIssuer, startFakeIssuer } from './support/fake-issuer.ts'
import {
  addressToOpen,
  assertNothingSecret,
  createMachine,
  credentialOf,
  execInfo,
  finishLogin,
  getToken,
  logIn,
  type Machine,
  type Result,
} from './support/machine.ts'

const PROD = {
  name: 'prod',
  audience: 'prod-eu',
  server: 'https://prod.example.com',
  certificateAuthority: null,
}
const SENTENCE = 'ada did not sign in with a passkey, and cluster "prod" asks for one'
const PASSKEY = { sentence: SENTENCE, acr: 'urn:lanyard:acr:passkey' }

async function startIssuer(): Promise<FakeIssuer> {
  const issuer = await startFakeIssuer()
  issuer.behaviour.clusters = [PROD, { ...PROD, name: 'test', audience: 'test' }]
  return issuer
}

async function elevate(machine: Machine, issuer: FakeIssuer, cluster = 'prod'): Promise<Result> {
  const running = machine.start(['login', '--cluster', cluster, '--elevate'])
  await finishLogin(issuer, running)
  return running.result
}

const isElevated = (result: Result) => decodeJwt(credentialOf(result).status.token)['elevated']

describe('an elevated login', () => {
  it('asks for a passkey now, lies beside the everyday login, and serves its own cluster alone', async () => {
    await using issuer = await startIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const before = await machine.run(getToken(issuer.issuer))
    assert.equal(isElevated(before), false)
    const running = machine.start(['login', '--cluster', 'prod', '--elevate'])
    const address = await addressToOpen(running)
    const { searchParams: asked } = new URL(address)
    assert.deepEqual(
      ['cluster', 'acr_values', 'max_age'].map((name) => asked.get(name)),
      ['prod', 'urn:lanyard:acr:passkey', '0'],
    )
    assert.match(asked.get('device_name') ?? '', / \(elevated\)$/)
    await finishLogin(issuer, running)
    const result = await running.result
    assert.equal(result.code, 0, result.stderr)
    assert.match(
      result.stderr,
      /logged in to \S+ for prod by a passkey, beside the everyday login\n$/,
    )
    assert.equal(isElevated(await machine.run(getToken(issuer.issuer))), true)
    assert.equal(isElevated(await machine.run(getToken(issuer.issuer))), true, 'from the cache')
    assert.equal(isElevated(await machine.run(getToken(issuer.issuer, 'test'))), false)
    assert.deepEqual(issuer.revoked, [])
    const [directory = ''] = readdirSync(machine.state)
    const path = join(machine.state, directory, 'elevated-prod-eu.json')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assertNothingSecret(issuer, result.stderr + result.stdout)
  })

  it('steps back to the everyday login once it has ended, and says so', async () => {
    await using issuer = await startIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const everyday = new Set(issuer.livingLogins)
    await elevate(machine, issuer)
    for (const login of issuer.livingLogins) {
      if (!everyday.has(login)) issuer.livingLogins.delete(login)
    }
    const result = await machine.run(getToken(issuer.issuer), execInfo(false))
    assert.equal(isElevated(result), false)
    assert.equal(result.stderr, 'kubectl-lanyard: the elevated login for prod has ended\n')
    issuer.log.length = 0
    assert.equal((await machine.run(getToken(issuer.issuer))).stderr, '')
    assert.deepEqual(issuer.log, [])
  })

  it('ends the one before it; logout ends it with the everyday login', async () => {
    await using issuer = await startIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const [everyday = ''] = issuer.livingLogins
    await elevate(machine, issuer)
    const [, first = ''] = issuer.livingLogins
    await elevate(machine, issuer, 'prod-eu')
    assert.deepEqual(issuer.revoked, [first])
    const [, second = ''] = issuer.livingLogins
    const result = await machine.run(['logout'])
    assert.equal(result.code, 0, result.stderr)
    assert.deepEqual(issuer.revoked, [first, everyday, second])
    const [directory = ''] = readdirSync(machine.state)
    assert.deepEqual(
      readdirSync(join(machine.state, directory)).filter((name) => /^(login|elevated)/.test(name)),
      [],
    )
    assert.equal((await machine.run(getToken(issuer.issuer))).code, 3)
  })

  it('for a cluster that its person may not enter is ended at once', async () => {
    await using issuer = await startIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const result = await elevate(machine, issuer, 'staging')
    assert.equal(result.code, 1)
    assert.match(
      result.stderr,
      /error: you may not enter a cluster "staging"\nkubectl-lanyard: hint: see those that you may: kubectl lanyard whoami\n$/,
    )
    assert.equal(issuer.livingLogins.size, 1)
    assert.equal(issuer.revoked.length, 1)
  })
})

describe('a cluster that asks for another sign-in', () => {
  for (const [what, acr, command] of [
    ['a passkey', PASSKEY.acr, 'kubectl lanyard login --cluster prod-eu --elevate'],
    [
      'two factors',
      'urn:lanyard:acr:two-factors urn:lanyard:acr:passkey',
      'kubectl lanyard login --cluster prod-eu',
    ],
  ] as const) {
    it(`${what}: get-token says why, and what to run, with exit code 5; the everyday login lives on`, async () => {
      await using issuer = await startIssuer()
      using machine = createMachine()
      await logIn(machine, issuer)
      issuer.behaviour.asks = { 'prod-eu': { sentence: SENTENCE, acr } }
      assert.deepEqual(await machine.run(getToken(issuer.issuer), execInfo(true)), {
        code: 5,
        stdout: '',
        stderr: [
          `kubectl-lanyard: error: ${issuer.issuer} refused: ${SENTENCE}`,
          `kubectl-lanyard: hint: run: ${command}`,
          '',
        ].join('\n'),
      })
      assert.equal((await machine.run(getToken(issuer.issuer, 'test'))).code, 0)
      await elevate(machine, issuer)
      assert.equal(isElevated(await machine.run(getToken(issuer.issuer))), true)
    })
  }

  it('is named by a login for it, and by the login that get-token makes itself', async () => {
    await using issuer = await startIssuer()
    using machine = createMachine()
    await logIn(machine, issuer)
    const byHand = machine.start(['login', '--cluster', 'prod'])
    const asked = new URL(await addressToOpen(byHand)).searchParams
    assert.deepEqual([asked.get('cluster'), asked.get('acr_values')], ['prod', null])
    await finishLogin(issuer, byHand)
    assert.equal((await byHand.result).code, 0)
    issuer.livingLogins.clear()
    const byItself = machine.onTerminal(getToken(issuer.issuer), execInfo(true))
    const url = new URL(await addressToOpen(byItself)).searchParams
    assert.deepEqual([url.get('cluster'), url.get('acr_values')], ['prod-eu', null])
    await finishLogin(issuer, byItself)
    assert.equal((await byItself.result).code, 0)
  })
})

describe('the command line', () => {
  for (const [args, sentence] of [
    [['login', '--elevate'], 'login --elevate needs one --cluster'],
    [
      ['login', '--elevate', '--cluster', 'a', '--cluster', 'b'],
      'login --elevate needs one --cluster',
    ],
    [['login', '--cluster', 'a', '--cluster', 'b'], 'login takes one --cluster'],
    [['whoami', '--elevate'], 'whoami takes no --elevate'],
  ] as const) {
    it(args.join(' '), async () => {
      using machine = createMachine()
      const result = await machine.run(args)
      assert.equal(result.code, 2)
      assert.equal(
        result.stderr,
        `kubectl-lanyard: error: ${sentence}\nkubectl-lanyard: hint: run: kubectl lanyard --help\n`,
      )
    })
  }
})
