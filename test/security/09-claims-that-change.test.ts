/**
 * Threat 9 (Pocket ID #987, Dex #940): a person has one set of claims at a cluster, whichever way the token came and whatever
 * scopes were asked (OpenID Connect Core §12.2 asks a refresh for no less).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askGroups, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  exchange,
  payloadOf,
  pluginLogin,
  redeem,
  refresh,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { approveDevice, freezeTime, poll, startDevice } from './attack.ts'

/** What is of one token or one login; `nonce` is the client's own. */
const OF_ONE_TOKEN = new Set(['iat', 'exp', 'jti', 'sid', 'nonce'])

function lasting(token: unknown): Record<string, unknown> {
  const claims = Object.entries(payloadOf(String(token)))
  return Object.fromEntries(claims.filter(([name]) => !OF_ONE_TOKEN.has(name)))
}

describe('claims', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let eve: Credentials
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    const { users, groups } = lanyard.server.rooms.directory
    ada = await lanyard.addUser('ada', ['viewers', 'ops'])
    const change = { displayName: 'Ada Lovelace', email: 'ada@example.com' }
    await users.change('ada', change, byTest)
    await groups.add({ name: 'staff' }, byTest)
    await groups.addMember('staff', { group: 'ops' }, byTest)
    eve = await lanyard.addUser('eve')
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    await lanyard.server.rooms.clusters.add(
      {
        ...{ name: 'open', server: 'https://127.0.0.1:6443', everyone: true },
        ...{ signingAlg: 'ES256', liveGroups: false },
      },
      byTest,
    )
    await lanyard.server.issuer.refresh()
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  /** A token of each way in, in the same second. */
  async function everyWay(user: Credentials, cluster: string): Promise<Map<string, unknown>> {
    const tokens = new Map<string, unknown>()
    for (const scope of ['openid', 'openid profile email groups offline_access']) {
      const person = new Person(lanyard)
      const request = { clientId: cluster, scope }
      const { started, params } = await authorize(lanyard, person, user, request)
      await person.close()
      const login = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
      tokens.set(`login with ${scope}`, login.idToken)
      const again = await refresh(lanyard, cluster, login.refreshToken)
      tokens.set(`refresh of ${scope}`, again.body['id_token'])
      const less = await refresh(lanyard, cluster, String(again.body['refresh_token']), {
        scope: 'openid',
      })
      tokens.set(`refresh of ${scope} with less`, less.body['id_token'])
    }
    const plugin = await pluginLogin(lanyard, user)
    tokens.set('exchange', (await exchange(lanyard, plugin, cluster)).body['access_token'])
    const started = await startDevice(lanyard, cluster)
    await approveDevice(lanyard, user, started)
    const device = tokensOf(await poll(lanyard, started))
    tokens.set('device', device.idToken)
    const again = await refresh(lanyard, cluster, device.refreshToken)
    tokens.set('device, refreshed', again.body['id_token'])
    return tokens
  }

  it('are the same at login, refresh, exchange and device, for every scope', async () => {
    const authTime = Math.floor(Date.now() / 1000)
    const { id } = await lanyard.server.rooms.directory.users.get('ada')
    for (const [way, token] of await everyWay(ada, 'prod')) {
      assert.deepEqual(
        lasting(token),
        {
          iss: lanyard.issuer,
          sub: id,
          aud: 'prod',
          auth_time: authTime,
          amr: ['pwd'],
          acr: 'urn:lanyard:acr:one-factor',
          token_use: 'kube',
          preferred_username: 'ada',
          name: 'Ada Lovelace',
          email: 'ada@example.com',
          email_verified: false,
          groups: ['ops', 'staff', 'viewers'],
        },
        way,
      )
    }
  })

  it('have `groups` as an array for somebody who is in none, and no empty e-mail', async () => {
    for (const [way, token] of await everyWay(eve, 'open')) {
      const claims = lasting(token)
      assert.deepEqual(claims['groups'], [], way)
      assert.ok(!('email' in claims) && !('email_verified' in claims), way)
    }
  })

  it('send the apiserver for the same groups, whichever way, where groups are live', async () => {
    await lanyard.addCluster('live', { groups: ['viewers'], liveGroups: true })
    for (const [way, token] of await everyWay(ada, 'live')) {
      const claims = payloadOf(String(token))
      assert.deepEqual(
        [claims['groups'], claims['_claim_names']],
        [undefined, { groups: 'lanyard' }],
      )
      const answer = await askGroups(lanyard, groupsSourceOf(String(token)))
      assert.equal(answer.status, 200, way)
      assert.deepEqual(payloadOf(answer.text)['groups'], ['ops', 'staff', 'viewers'], way)
    }
  })

  it('keep the time of the sign-in at every refresh, and end with the login', async () => {
    const login = await pluginLogin(lanyard, ada)
    const signedIn = Math.floor(Date.now() / 1000)
    const loginSeconds = lanyard.server.config.lifetimes.login
    time.advance((loginSeconds - 30) * 1000)
    const answer = await exchange(lanyard, login, 'prod')
    const { auth_time, iat, exp } = payloadOf(String(answer.body['access_token']))
    assert.equal(auth_time, signedIn)
    assert.deepEqual([Number(exp) - Number(iat), answer.body['expires_in']], [30, 30])
    assert.equal(exp, signedIn + loginSeconds)
  })
})
