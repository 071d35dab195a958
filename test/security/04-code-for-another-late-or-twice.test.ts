/**
 * Threat 4 (Pocket ID CVE-2026-28513): of {right, wrong client} × {fresh, expired, used} one cell issues. RFC 6749 §4.1.2: a
 * code is bound to its client, lives shortly and is used once; RFC 9700 §4.13: coming twice, it takes with it what it gave.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  createDeviceKey,
  exchange,
  payloadOf,
  redeem,
  refresh,
  type StartedCode,
  type TokenAnswer,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import {
  assertRefused,
  auditTypes,
  devicesOf,
  freezeTime,
  GRANT_REFUSED,
  rowsOf,
} from './attack.ts'

interface Issued {
  readonly started: StartedCode
  readonly code: string
}

describe('a code for another client, late, or twice', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let secret: string
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    await lanyard.addCluster('test', { groups: ['viewers'] })
    const app = { name: 'app', redirectUris: ['https://app.example.com/cb'], everyone: true }
    const added = await lanyard.server.rooms.clusters.applications.add(app, byTest)
    secret = added.secret ?? ''
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  async function issue(clientId = 'prod', redirectUri?: string): Promise<Issued> {
    const person = new Person(lanyard)
    const request = { clientId, ...(redirectUri === undefined ? {} : { redirectUri }) }
    const { started, params } = await authorize(lanyard, person, ada, request)
    await person.close()
    return { started, code: params.get('code') ?? '' }
  }

  const asClient: Readonly<Record<string, (issued: Issued) => Promise<TokenAnswer>>> = {
    right: ({ started, code }) => redeem(lanyard, started, code),
    'another cluster': ({ started, code }) =>
      redeem(lanyard, started, code, { change: { client_id: 'test' } }),
    'an application with its secret': ({ started, code }) =>
      redeem(lanyard, started, code, { change: { client_id: 'app', client_secret: secret } }),
    kubectl: async ({ started, code }) => {
      const dpop = await (await createDeviceKey()).proof('POST', `${lanyard.issuer}/token`)
      const change = { client_id: 'kubectl-lanyard' }
      return redeem(lanyard, started, code, { change, headers: { dpop } })
    },
  }
  const states: Readonly<Record<string, (issued: Issued) => Promise<void>>> = {
    fresh: async () => undefined,
    expired: async () => time.advance(60_000),
    used: async ({ started, code }) => void tokensOf(await redeem(lanyard, started, code)),
    'used and expired': async ({ started, code }) => {
      tokensOf(await redeem(lanyard, started, code))
      time.advance(60_000)
    },
  }

  for (const [client, present] of Object.entries(asClient)) {
    for (const [state, prepare] of Object.entries(states)) {
      const issues = client === 'right' && state === 'fresh'
      it(`${issues ? 'issues' : 'refuses'}: ${client}, ${state}`, async () => {
        const issued = await issue()
        await prepare(issued)
        const before = await devicesOf(lanyard)
        const answer = await present(issued)
        if (issues) assert.equal(payloadOf(tokensOf(answer).idToken)['aud'], 'prod')
        else assertRefused(answer, 'invalid_grant', GRANT_REFUSED)
        // Only the client that owns a code can end what came of it; another would be a denial of service.
        const revokes = client === 'right' && state === 'used'
        const after = await devicesOf(lanyard)
        assert.deepEqual(after, { ...before, living: before.living - (revokes ? 1 : 0) })
      })
    }
  }

  it('leaves a code to its own client, whatever others tried with it', async () => {
    const issued = await issue()
    for (const [client, present] of Object.entries(asClient)) {
      if (client !== 'right') assertRefused(await present(issued), 'invalid_grant', GRANT_REFUSED)
    }
    tokensOf(await redeem(lanyard, issued.started, issued.code))
  })

  it('revokes the whole family on reuse: refresh token, exchange and device', async () => {
    const { started, code } = await issue()
    const first = tokensOf(await redeem(lanyard, started, code))
    const rotated = tokensOf(await refresh(lanyard, 'prod', first.refreshToken))
    assertRefused(await redeem(lanyard, started, code), 'invalid_grant', GRANT_REFUSED)
    for (const token of [first.refreshToken, rotated.refreshToken]) {
      assertRefused(await refresh(lanyard, 'prod', token), 'invalid_grant', GRANT_REFUSED)
    }
    assert.equal((await auditTypes(lanyard, 1))[0], 'device.reuse_detected')

    const key = await createDeviceKey()
    const plugin = await issue('kubectl-lanyard')
    const proof = () => key.proof('POST', `${lanyard.issuer}/token`)
    const headers = { dpop: await proof() }
    const login = tokensOf(await redeem(lanyard, plugin.started, plugin.code, { headers }))
    const held = { key, refreshToken: login.refreshToken }
    assert.equal((await exchange(lanyard, held, 'prod')).status, 200)
    const again = { headers: { dpop: await proof() } }
    const reuse = await redeem(lanyard, plugin.started, plugin.code, again)
    assertRefused(reuse, 'invalid_grant', GRANT_REFUSED)
    assertRefused(
      await exchange(lanyard, held, 'prod'),
      'invalid_grant',
      'this login has ended or was revoked: log in again',
    )
  })

  it('holds a code to its redirect URI to the letter, the port too (RFC 6749 §4.1.3)', async () => {
    const { started, code } = await issue('prod', 'http://127.0.0.1:18000/callback')
    for (const redirect_uri of [
      'http://127.0.0.1:18001/callback',
      'http://127.0.0.1/callback',
      'http://127.0.0.1:18000/',
      'http://localhost:18000/callback',
      'http://127.0.0.1:18000/callback#',
    ]) {
      const answer = await redeem(lanyard, started, code, { change: { redirect_uri } })
      assertRefused(answer, 'invalid_grant', GRANT_REFUSED, { about: redirect_uri })
    }
    const missing = await redeem(lanyard, started, code, { change: { redirect_uri: '' } })
    assertRefused(missing, 'invalid_request', "missing required parameter 'redirect_uri'")
    tokensOf(await redeem(lanyard, started, code))
  })

  it('takes nothing else for a code', async () => {
    const { started, code } = await issue()
    const { refreshToken, idToken } = tokensOf(await redeem(lanyard, started, code))
    const { jti } = payloadOf(idToken)
    for (const value of [
      refreshToken,
      idToken,
      String(jti),
      `${code}=`,
      code.toUpperCase(),
      '\0',
    ]) {
      assertRefused(await redeem(lanyard, started, value), 'invalid_grant', GRANT_REFUSED)
    }
    assert.equal((await rowsOf(lanyard, 'AccessToken')).length, 0)
  })
})
