/** Threats 25 and 29: what a live ID token carries, and what is got with it, is nobody at the token webhook. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin } from '../support/logins.ts'

describe('at the webhook of a cluster with live groups', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let dispatcher: Agent
  let credential: string
  let idToken: string

  before(async () => {
    lanyard = owned.use(await startLanyard())
    dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => dispatcher.destroy())
    await lanyard.addCluster('live', { groups: ['dev'], liveGroups: true })
    credential = await lanyard.server.rooms.clusters.gateways.issue('live', 'webhook', byTest)
    noteSecret(credential, 'gateway credential')
    const ada = await lanyard.addUser('ada', ['dev'])
    idToken = (await clusterLogin(lanyard, ada, 'live')).idToken
  })
  after(() => owned.disposeAsync())

  async function review(token: string) {
    const { body } = await request(`${lanyard.issuer}/webhook/live`, {
      ...{ dispatcher, method: 'POST' },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      body: JSON.stringify({
        ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' },
        spec: { token },
      }),
    })
    const { status } = (await body.json()) as {
      status: { authenticated: boolean; error?: string; user?: { groups: string[] } }
    }
    return status
  }

  it('the ID token is its person, with the groups of now', async () => {
    assert.deepEqual((await review(idToken)).user?.groups, ['dev'])
  })

  it('the access token inside it is nobody', async () => {
    const { accessToken } = groupsSourceOf(idToken)
    const { authenticated, error } = await review(accessToken)
    assert.equal(authenticated, false)
    assert.match(error ?? '', /^the ID token was refused: /)
  })

  it('the groups that are got with it are nobody', async () => {
    const { endpoint, accessToken } = groupsSourceOf(idToken)
    const answer = await request(endpoint, {
      dispatcher,
      headers: { authorization: `Bearer ${accessToken}` },
    })
    assert.equal(answer.statusCode, 200)
    const { authenticated, error } = await review(await answer.body.text())
    assert.equal(authenticated, false)
    assert.match(error ?? '', /^the ID token was refused: missing required "token_use" claim$/)
  })

  it('the webhook’s own credential is nobody, and opens no other endpoint', async () => {
    assert.equal((await review(credential)).authenticated, false)
    for (const path of ['/live/groups', '/kubectl/v1/clusters', '/me']) {
      const { statusCode } = await request(`${lanyard.issuer}${path}`, {
        dispatcher,
        headers: { authorization: `Bearer ${credential}` },
      })
      assert.equal(statusCode, 401, path)
    }
  })
})
