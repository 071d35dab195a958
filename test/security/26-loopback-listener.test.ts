/**
 * Threat 26 (RFC 8252 §8, RFC 9207, RFC 9449 §10): the plugin's listener takes one answer, to its own question, on this machine
 * alone; and what passes through it is worth nothing to whoever reads it there. The plugin runs as people run it, against a real Lanyard.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { addressToOpen, createMachine, visit } from '../plugin/support/machine.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, createDeviceKey, postForm } from '../support/logins.ts'
import { GRANT_REFUSED } from './attack.ts'
import { count } from './support/adversary.ts'
import { getToken, signInAt, startLogin } from './support/plugin.ts'

let lanyard: Lanyard
let ada: Credentials
let mallory: Credentials
before(async () => {
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  mallory = await lanyard.addUser('mallory', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
})
after(() => lanyard[Symbol.asyncDispose]())

function changed(url: string | URL, changes: Readonly<Record<string, string | null>>): string {
  const copy = new URL(url)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) copy.searchParams.delete(name)
    else copy.searchParams.set(name, value)
  }
  return copy.href
}

function refusesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })
}

describe('the listener', () => {
  it('takes no answer that an attacker made at the same issuer, in whatever state, and then its own', async () => {
    using machine = createMachine()
    const running = startLogin(machine, lanyard)
    const asked = await addressToOpen(running)
    // A tab of the attacker's brings their own login, to make this person act as them (RFC 9700 §4.7).
    const theirs = await signInAt(lanyard, changed(asked, { state: 'attacker' }), mallory)
    const good = await signInAt(lanyard, asked, ada)
    const mixed = changed(theirs, { iss: 'https://evil.example' })
    const bad = [
      theirs.href,
      mixed,
      changed(theirs, { state: null }),
      changed(theirs, { code: null, error: 'access_denied' }),
      changed(good, { iss: `${lanyard.issuer}/` }),
      changed(good, { iss: null }),
      `${good.href}&state=${good.searchParams.get('state')}`,
      `${good.href}&iss=${encodeURIComponent('https://evil.example')}`,
      changed(good, { state: (good.searchParams.get('state') ?? '').toUpperCase() }),
    ]
    for (const url of bad) assert.equal((await visit(url)).status, 400, url)
    for (const host of [`evil.example:${good.port}`, `localhost:${good.port}`, '127.0.0.1']) {
      assert.notEqual((await visit(good.href, { host })).status, 200, host)
    }
    assert.equal((await visit(good.href)).status, 200)
    const { code } = await running.result
    assert.equal(code, 0)
    assert.equal(await refusesConnections('127.0.0.1', Number(good.port)), true)
    const whoami = await machine.run(['whoami', '--issuer', lanyard.issuer])
    assert.match(whoami.stdout, /\bada\b/)
    assert.doesNotMatch(whoami.stdout, /mallory/)
  })

  it('is on the loopback address alone, and reflects nothing to a page that asks across origins', async () => {
    using machine = createMachine()
    const running = startLogin(machine, lanyard)
    const asked = new URL(await addressToOpen(running))
    const redirect = new URL(asked.searchParams.get('redirect_uri') ?? '')
    assert.equal(redirect.hostname, '127.0.0.1')
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal }) => !internal)
      .map(({ address }) => address)
    for (const address of [...others, '::1']) {
      assert.equal(await refusesConnections(address, Number(redirect.port)), true, address)
    }
    const page = await visit(`${redirect.href}?state=<script>x</script>`)
    assert.equal(page.headers['access-control-allow-origin'], undefined)
    assert.equal(page.body.includes('<script'), false)
    running.kill('SIGTERM')
    await running.result
  })
})

describe('a code that somebody else read on its way', () => {
  it('is worth nothing without the verifier, nor with another key, and does no harm to the login (RFC 7636 §1)', async () => {
    using machine = createMachine()
    const running = startLogin(machine, lanyard)
    const good = await signInAt(lanyard, await addressToOpen(running), ada)
    const devices = await count(lanyard, 'devices')
    const thief = await createDeviceKey()
    const token = `${lanyard.issuer}/token`
    for (const code_verifier of ['a'.repeat(43), '', undefined]) {
      const form = {
        grant_type: 'authorization_code',
        client_id: 'kubectl-lanyard',
        code: good.searchParams.get('code') ?? '',
        redirect_uri: `${good.origin}${good.pathname}`,
        ...(code_verifier === undefined ? {} : { code_verifier }),
      }
      const answer = await postForm(lanyard, token, form, {
        dpop: await thief.proof('POST', token),
      })
      assert.equal(answer.status, 400)
      assert.deepEqual(
        [answer.body['error'], answer.body['error_description']],
        ['invalid_grant', GRANT_REFUSED],
      )
    }
    await visit(good.href)
    assert.equal((await running.result).code, 0)
    assert.equal(await count(lanyard, 'devices'), devices)
    assert.equal((await machine.run(getToken(lanyard.issuer))).code, 0)
  })

  for (const [what, changes, status] of [
    ['a nonce of the attacker’s (OpenID Connect Core §3.1.3.7)', { nonce: 'theirs' }, 1],
    ['a challenge of the attacker’s', { code_challenge: 'A'.repeat(43) }, 3],
    ['a key of the attacker’s (RFC 9449 §10)', { dpop_jkt: 'A'.repeat(43) }, 3],
  ] as const) {
    it(`but for another question, with ${what}, is no answer: nothing is kept`, async () => {
      using machine = createMachine()
      const running = startLogin(machine, lanyard)
      const asked = await addressToOpen(running)
      const answer = await signInAt(lanyard, changed(asked, changes), ada)
      await visit(answer.href)
      const { code, stderr, stdout } = await running.result
      assert.equal(code, status, stderr)
      assert.equal(stdout, '')
      assert.equal((await machine.run(getToken(lanyard.issuer))).code, 3)
    })
  }
})
