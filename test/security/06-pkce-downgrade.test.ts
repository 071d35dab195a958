/**
 * Threat 6 (authentik CVE-2023-48228, CVE-2024-23647): no code without a challenge, S256 alone, and the verifier is asked for
 * (RFC 7636 §4.6, RFC 9700 §2.1.1 and §4.8). Confidential applications are held to it as public clients are.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  createDeviceKey,
  redeem,
  type StartedCode,
  startCode,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { assertRefused, GRANT_REFUSED, rowsOf } from './attack.ts'

interface Client {
  readonly clientId: string
  readonly redirectUri: string
  readonly secret: string | null
}

describe('PKCE downgrade', () => {
  let lanyard: Lanyard
  let ada: Credentials
  const clients = new Map<string, Client>()
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const loopback = 'http://127.0.0.1:18000/callback'
    clients.set('cluster', { clientId: 'prod', redirectUri: loopback, secret: null })
    clients.set('plugin', { clientId: 'kubectl-lanyard', redirectUri: loopback, secret: null })
    for (const name of ['public', 'confidential']) {
      const redirectUri = `https://${name}.example.com/cb`
      const { secret } = await lanyard.server.rooms.clusters.applications.add(
        { name, redirectUris: [redirectUri], public: name === 'public', everyone: true },
        byTest,
      )
      if (secret !== null) noteSecret(secret, 'client secret')
      clients.set(name, { clientId: name, redirectUri, secret })
    }
    await lanyard.server.issuer.refresh()
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const get = (kind: string): Client => {
    const client = clients.get(kind)
    assert.ok(client)
    return client
  }

  async function send(client: Client, started: StartedCode, code: string, verifier?: string) {
    const dpop = await (await createDeviceKey()).proof('POST', `${lanyard.issuer}/token`)
    return redeem(lanyard, started, code, {
      headers: client.clientId === 'kubectl-lanyard' ? { dpop } : {},
      change: {
        ...(client.secret === null ? {} : { client_secret: client.secret }),
        ...(verifier === undefined ? {} : { code_verifier: verifier }),
      },
    })
  }

  for (const kind of ['cluster', 'plugin', 'public', 'confidential']) {
    it(`begins nothing for a ${kind} client with the challenge missing, plain or misshapen`, async () => {
      const person = new Person(lanyard)
      const { url, verifier } = startCode(lanyard, get(kind))
      const good = createHash('sha256').update(verifier).digest('base64url')
      const required = 'Authorization Server policy requires PKCE to be used for this request'
      for (const [challenge, method, sentence] of [
        [null, null, required],
        [null, 'S256', 'code_challenge must be provided with code_challenge_method'],
        ['', 'S256', 'code_challenge must be provided with code_challenge_method'],
        [verifier, 'plain', 'not supported value of code_challenge_method'],
        [verifier, null, null],
        [good, 's256', 'not supported value of code_challenge_method'],
        [good, 'S512', 'not supported value of code_challenge_method'],
        [good.slice(0, 42), 'S256', null],
        [`${good}=`, 'S256', null],
        ['x'.repeat(129), 'S256', null],
      ] as const) {
        const changed = new URL(url)
        for (const [name, value] of [
          ['code_challenge', challenge],
          ['code_challenge_method', method],
        ] as const) {
          changed.searchParams.delete(name)
          if (value !== null) changed.searchParams.set(name, value)
        }
        await person.open(changed.href)
        const left = new URL(String(person.leftTo)).searchParams
        const about = `${challenge} ${method}: ${left.get('error_description')}`
        assert.deepEqual([left.get('code'), left.get('error')], [null, 'invalid_request'], about)
        if (sentence !== null) assert.equal(left.get('error_description'), sentence, about)
      }
      assert.deepEqual(await rowsOf(lanyard, 'AuthorizationCode'), [])
      await person.close()
    })
  }

  it('gives no tokens for a missing or wrong verifier, nor for the challenge itself', async () => {
    for (const [kind, client] of clients) {
      const person = new Person(lanyard)
      const { started, params } = await authorize(lanyard, person, ada, client)
      const code = params.get('code') ?? ''
      assert.notEqual(code, '', kind)
      const challenge = createHash('sha256').update(started.verifier).digest('base64url')
      const flipped = started.verifier.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      for (const wrong of [challenge, flipped, started.verifier.toUpperCase(), 'a'.repeat(43)]) {
        const answer = await send(client, started, code, wrong)
        assertRefused(answer, 'invalid_grant', GRANT_REFUSED, { about: `${kind} ${wrong}` })
      }
      const missing = await send(client, started, code, '')
      assertRefused(missing, 'invalid_grant', GRANT_REFUSED, { about: kind })
      tokensOf(await send(client, started, code))
      await person.close()
    }
  })
})
