/**
 * Threat 11 (Teleport 10.3.15): a token names one cluster, and no two clients ever share a name (OpenID Connect Core §2 `aud`,
 * RFC 8725 §3.9). What an apiserver makes of it is proved on real ones in test/cluster/.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { Agent, request } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  payloadOf,
  pluginLogin,
  redeem,
  refresh,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { assertRefused, GRANT_REFUSED } from './attack.ts'

describe('a token at another cluster', () => {
  let lanyard: Lanyard
  let ada: Credentials
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    for (const name of ['prod', 'test', 'prod-eu']) {
      await lanyard.addCluster(name, { groups: ['viewers'] })
    }
    const app = {
      name: 'app',
      redirectUris: ['https://app.example.com/cb'],
      public: true,
      everyone: true,
    }
    await lanyard.server.rooms.clusters.applications.add(app, byTest)
    await lanyard.server.issuer.refresh()
  })
  after(() => lanyard[Symbol.asyncDispose]())

  async function keys(): Promise<JSONWebKeySet> {
    const agent = new Agent({ connect: { ca: lanyard.ca } })
    const answer = await request(`${lanyard.issuer}/jwks`, { dispatcher: agent })
    const set = (await answer.body.json()) as JSONWebKeySet
    await agent.close()
    return set
  }

  it('names one cluster, as a string, and verifies for no other', async () => {
    const login = await pluginLogin(lanyard, ada)
    const jwks = createLocalJWKSet(await keys())
    for (const audience of ['prod', 'test', 'prod-eu']) {
      const direct = (await clusterLogin(lanyard, ada, audience)).idToken
      const { body } = await exchange(lanyard, login, audience)
      for (const token of [direct, String(body['access_token'])]) {
        const { payload } = await jwtVerify(token, jwks, { issuer: lanyard.issuer, audience })
        assert.equal(payload.aud, audience)
        assert.equal(payload['azp'], undefined)
        for (const other of ['prod', 'test', 'prod-eu', 'kubectl-lanyard', lanyard.issuer]) {
          if (other === audience) continue
          await assert.rejects(jwtVerify(token, jwks, { audience: other }), {
            code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
          })
        }
      }
    }
  })

  it('is marked for kube-apiserver only where it is for a cluster', async () => {
    const { tokens } = await pluginLogin(lanyard, ada)
    const person = new Person(lanyard)
    const { started, params } = await authorize(lanyard, person, ada, {
      clientId: 'app',
      redirectUri: 'https://app.example.com/cb',
      scope: 'openid profile groups',
    })
    await person.close()
    const app = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
    const kube = await clusterLogin(lanyard, ada, 'prod')
    const seen = [tokens, app, kube].map(({ idToken }) => {
      const { aud, token_use } = payloadOf(idToken)
      return [aud, token_use]
    })
    assert.deepEqual(seen, [
      ['kubectl-lanyard', 'login'],
      ['app', 'application'],
      ['prod', 'kube'],
    ])
  })

  it('cannot be had for one cluster with the login of another', async () => {
    const { refreshToken } = await clusterLogin(lanyard, ada, 'prod')
    for (const other of ['test', 'prod-eu', 'app']) {
      const answer = await refresh(lanyard, other, refreshToken)
      assertRefused(answer, 'invalid_grant', GRANT_REFUSED, { about: other })
    }
    for (const extra of [{ audience: 'test' }, { resource: 'test' }] as const) {
      const { body } = await refresh(lanyard, 'prod', refreshToken, { ...extra })
      const { id_token } = body
      if (typeof id_token === 'string') assert.equal(payloadOf(id_token)['aud'], 'prod')
    }
  })

  it('has an audience that is nobody else’s, then or later', async () => {
    const { clusters } = lanyard.server.rooms
    const server = 'https://127.0.0.1:6443'
    const redirectUris = ['https://app.example.com/cb']
    for (const audience of ['prod', 'app']) {
      await assert.rejects(clusters.add({ name: 'copy', server, audience }, byTest), {
        code: 'ERR_AUDIENCE_TAKEN',
      })
      await assert.rejects(
        clusters.applications.add({ name: 'copy', clientId: audience, redirectUris }, byTest),
        { code: 'ERR_AUDIENCE_TAKEN' },
      )
    }
    for (const audience of ['kubectl-lanyard', `${lanyard.issuer}/kubectl/v1`, 'x/kubectl/v9']) {
      await assert.rejects(clusters.add({ name: 'copy', server, audience }, byTest), {
        code: 'ERR_AUDIENCE_INVALID',
      })
    }
    await clusters.delete('prod-eu', byTest)
    await assert.rejects(clusters.add({ name: 'prod-eu', server }, byTest), {
      code: 'ERR_AUDIENCE_RETIRED',
    })
    await assert.rejects(
      clusters.applications.add({ name: 'x', clientId: 'prod-eu', redirectUris }, byTest),
      { code: 'ERR_AUDIENCE_RETIRED' },
    )
  })
})
