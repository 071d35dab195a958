/** Threats 10, 11 and 29 at what `lanyard proxy` asks: a token or a credential of one cluster is worth nothing at another. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin, payloadOf } from '../support/logins.ts'

describe('what a proxy may ask', () => {
  const owned = new AsyncDisposableStack()
  const start = Date.now()
  let clock = start
  let lanyard: Lanyard
  let agent: Agent
  let ada: Credentials
  let alpha: string
  let token: string

  before(async () => {
    lanyard = owned.use(await startLanyard({ clock: () => clock }))
    agent = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => agent.destroy())
    ada = await lanyard.addUser('ada', ['dev'])
    for (const name of ['alpha', 'beta']) await lanyard.addCluster(name, { groups: ['dev'] })
    alpha = await lanyard.server.rooms.clusters.gateways.issue('alpha', 'proxy', byTest)
    noteSecret(alpha, 'credential')
    token = (await clusterLogin(lanyard, ada, 'alpha')).idToken
  })
  after(() => owned.disposeAsync())

  async function ask(body: unknown, { cluster = 'alpha', credential = alpha } = {}) {
    const answer = await request(`${lanyard.issuer}/gateways/v1/proxy/${cluster}/review`, {
      ...{ dispatcher: agent, method: 'POST' },
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.statusCode, body: (await answer.body.json()) as { reviews?: Answer[] } }
  }
  type Answer = { user?: { username: string; groups: string[] }; refused?: string }

  async function review(asked: object): Promise<Answer | undefined> {
    return (await ask({ reviews: [asked] })).body.reviews?.[0]
  }

  it('says who its own token is', async () => {
    const { jti, sub } = payloadOf(token)
    assert.deepEqual(await review({ token }), {
      user: {
        ...{ username: 'ada', uid: sub, groups: ['dev'] },
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${String(jti)}`] },
      },
    })
  })

  it('says nothing about a token for another cluster, or another of ours', async () => {
    const login = await clusterLogin(lanyard, ada, 'beta')
    const answers = await ask({
      reviews: [
        login.idToken,
        login.accessToken,
        login.refreshToken,
        `${token}x`,
        'a.b.c',
        alpha,
      ].map((one) => ({ token: one })),
    })
    assert.equal(answers.status, 200)
    for (const answer of answers.body.reviews ?? []) {
      assert.equal(answer.user, undefined)
      assert.equal(typeof answer.refused, 'string')
    }
    assert.equal(answers.body.reviews?.length, 6)
  })

  it('answers nobody but the proxy of that cluster', async () => {
    const webhook = await lanyard.server.rooms.clusters.gateways.issue('alpha', 'webhook', byTest)
    noteSecret(webhook, 'credential')
    for (const options of [
      { cluster: 'beta' },
      { cluster: 'nowhere' },
      { cluster: '../alpha' },
      { credential: webhook },
      { credential: token },
      { credential: `${alpha}x` },
    ]) {
      const { status, body } = await ask({ reviews: [{ token }] }, options)
      assert.equal(status, options.cluster === '../alpha' ? 404 : 401)
      assert.equal(body.reviews, undefined)
    }
  })

  it('takes no time to come, and no body that it does not know', async () => {
    clock = start + 3 * 3_600_000
    const expired = { refused: /exp/ }
    assert.match(String((await review({ token }))?.refused), expired.refused)
    assert.match(String((await review({ token, openedAt: clock + 1e9 }))?.refused), expired.refused)
    // A watch that was opened in time outlives its token, as it does at an apiserver.
    assert.equal((await review({ token, openedAt: start + 60_000 }))?.user?.username, 'ada')
    clock = start
    for (const body of [
      '',
      'null',
      '[]',
      '{"reviews":1}',
      '{"reviews":[{"token":1}]}',
      '{"reviews":[{"token":""}]}',
      '{"reviews":[{"token":"a","openedAt":-1}]}',
      '{"reviews":[{"token":"a","openedAt":1.5}]}',
      '{"reviews":[{"token":"a","cluster":"beta"}]}',
      '{"reviews":[],"reviews":[]}',
      JSON.stringify({ reviews: Array.from({ length: 51 }, () => ({ token: 'a' })) }),
      `{"reviews":${'['.repeat(10_000)}`,
    ]) {
      assert.equal((await ask(body)).status, 400, body.slice(0, 60))
    }
    const huge = JSON.stringify({ reviews: [{ token: 'a'.repeat(3 * 1024 * 1024) }] })
    const status = await ask(huge).then(
      (answer) => answer.status,
      () => 413,
    )
    assert.equal(status, 413)
  })

  it('decides anew: a disabled user is refused at once, whenever the watch began', async () => {
    await lanyard.server.rooms.directory.users.disable('ada', byTest)
    assert.deepEqual(await review({ token, openedAt: start }), {
      refused: 'user "ada" is disabled',
    })
  })

  it('knows no credential any more that was replaced', async () => {
    await lanyard.server.rooms.clusters.gateways.revokeAll('alpha', 'proxy', byTest)
    assert.equal((await ask({ reviews: [] })).status, 401)
  })
})
