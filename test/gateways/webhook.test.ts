/** The TokenReview webhook over HTTPS: who may ask, what may be asked, and that nothing but a clear yes is one. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'

const V1 = 'authentication.k8s.io/v1'

interface Status {
  readonly authenticated: boolean
  readonly error?: string
  readonly user?: { readonly username: string; readonly uid: string; readonly groups: string[] }
  readonly audiences?: readonly string[]
}

describe('the webhook', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let dispatcher: Agent
  let credential: string
  let token: string
  let ada: Credentials

  before(async () => {
    lanyard = owned.use(await startLanyard())
    dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => dispatcher.destroy())
    ada = await lanyard.addUser('ada', ['dev'])
    await lanyard.addCluster('prod', { groups: ['dev'] })
    await lanyard.addCluster('other', { groups: ['dev'] })
    credential = await issue('prod')
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get('ada')
    const made = await accessTokens.create(
      { userId, name: 'job', clusters: null, groups: null },
      byTest,
    )
    token = made.value
    noteSecret(token, 'access token')
  })
  after(() => owned.disposeAsync())

  async function issue(cluster: string, kind: 'webhook' | 'proxy' = 'webhook'): Promise<string> {
    const value = await lanyard.server.rooms.clusters.gateways.issue(cluster, kind, byTest)
    noteSecret(value, 'gateway credential')
    return value
  }

  async function post(
    body: string | Buffer,
    options: { path?: string; bearer?: string | null; type?: string; method?: string } = {},
  ) {
    const { path = '/webhook/prod?timeout=30s', bearer = credential, method = 'POST' } = options
    const answer = await request(`${lanyard.issuer}${path}`, {
      ...{ dispatcher, method: method as 'POST', body },
      headers: {
        'content-type': options.type ?? 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
    })
    const parsed = (await answer.body.json()) as {
      error?: string
      apiVersion?: string
      status: Status
    }
    return { status: answer.statusCode, body: parsed, headers: answer.headers }
  }

  const reviewOf = (value: unknown, more: object = {}) =>
    JSON.stringify({ apiVersion: V1, kind: 'TokenReview', spec: { token: value, ...more } })

  async function review(value: string, options: Parameters<typeof post>[1] = {}): Promise<Status> {
    const { status, body } = await post(reviewOf(value), options)
    assert.equal(status, 200)
    return body.status
  }

  it('answers both versions in the version of the question', async () => {
    for (const apiVersion of [V1, 'authentication.k8s.io/v1beta1']) {
      const asked = { apiVersion, kind: 'TokenReview', metadata: {}, spec: { token } }
      const { status, body, headers } = await post(JSON.stringify(asked))
      assert.equal(status, 200)
      assert.equal(body.apiVersion, apiVersion)
      assert.equal(body.status.user?.username, 'ada')
      assert.equal(headers['cache-control'], 'no-store')
    }
  })

  it('knows an ID token for this cluster, decides anew, and knows no other token of ours', async () => {
    const { idToken, accessToken } = await clusterLogin(lanyard, ada, 'prod')
    const foreign = await clusterLogin(lanyard, ada, 'other')
    assert.deepEqual((await review(idToken)).user?.groups, ['dev'])
    assert.match((await review(foreign.idToken)).error ?? '', /audience "other", and not "prod"/)
    assert.equal((await review(accessToken)).authenticated, false)
    const { groups } = lanyard.server.rooms.directory
    await groups.removeMember('dev', { user: 'ada' }, byTest)
    const refused = await review(idToken)
    assert.equal(refused.error, 'ada is in none of the groups that may enter cluster "prod"')
    assert.equal((await review(token)).error, refused.error)
    await groups.addMember('dev', { user: 'ada' }, byTest)
    assert.equal((await review(idToken)).authenticated, true)
  })

  it('refuses an ID token that is forged, cut or of another algorithm', async () => {
    const { idToken } = await clusterLogin(lanyard, ada, 'prod')
    const [head = '', payload = '', signature = ''] = idToken.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const hmac = Buffer.from('{"alg":"HS256"}').toString('base64url')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const masters = Buffer.from(
      JSON.stringify({ ...claims, preferred_username: 'system:admin', groups: ['system:masters'] }),
    ).toString('base64url')
    for (const forged of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${hmac}.${payload}.${signature}`,
      `${head}.${masters}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}`,
      `${idToken}.${signature}`,
      idToken.slice(0, -10),
    ]) {
      const { authenticated, error } = await review(forged)
      assert.equal(authenticated, false)
      assert.ok(error !== undefined && error.length > 0)
    }
  })

  it('tells a token that was cut or mistyped from one that is unknown', async () => {
    const digit = token.endsWith('0') ? '1' : '0'
    const cut = 'this access token was cut or mistyped: its checksum is wrong'
    assert.equal((await review(token.slice(0, -1))).error, cut)
    assert.equal((await review(`${token.slice(0, -1)}${digit}`)).error, cut)
    const { directory, accessTokens } = lanyard.server.rooms
    await lanyard.addUser('gone', ['dev'])
    const { id: userId } = await directory.users.get('gone')
    const wanted = { userId, name: 'job', clusters: null, groups: null }
    const { value } = await accessTokens.create(wanted, byTest)
    noteSecret(value, 'access token')
    await directory.users.delete('gone', byTest)
    assert.equal((await review(value)).error, 'this access token is unknown here')
    assert.equal((await review('anything')).error, 'this token is none of ours')
  })

  it('answers nobody without a credential of this very cluster and kind', async () => {
    for (const [what, options] of [
      ['none', { bearer: null }],
      ['another', { bearer: `${credential}x` }],
      ['of another cluster', { bearer: await issue('other') }],
      ['of a proxy', { bearer: await issue('prod', 'proxy') }],
      ['an access token', { bearer: token }],
      ['of a cluster that is not there', { path: '/webhook/nowhere' }],
      ['at a path that names none', { path: '/webhook/' }],
      ['at a path below', { path: '/webhook/prod/x' }],
      ['at a path in disguise', { path: '/webhook/PROD' }],
    ] as const) {
      const { status, body, headers } = await post(reviewOf(token), options)
      assert.equal(status, 401, what)
      assert.equal(body.error, 'this is no credential of this cluster', what)
      assert.equal(headers['www-authenticate'], 'Bearer', what)
    }
  })

  it('answers POST alone', async () => {
    const { status, headers } = await post(reviewOf(token), { method: 'PUT' })
    assert.equal(status, 405)
    assert.equal(headers['allow'], 'POST')
  })

  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`
  for (const [what, body, status, error] of [
    ['nothing', '', 400, /not a JSON object/],
    ['no JSON', 'token=x', 400, /not a JSON object/],
    ['a list', '[]', 400, /not a JSON object/],
    ['a text', '"x"', 400, /not a JSON object/],
    ['null', 'null', 400, /not a JSON object/],
    ['too deep', deep, 400, /not a JSON object/],
    [
      'a version that is none',
      '{"apiVersion":"v1","kind":"TokenReview"}',
      400,
      /not a TokenReview/,
    ],
    ['another kind', `{"apiVersion":"${V1}","kind":"Pod","spec":{}}`, 400, /not a TokenReview/],
    ['no spec', `{"apiVersion":"${V1}","kind":"TokenReview"}`, 400, /spec must be/],
    [
      'a spec that is a list',
      `{"apiVersion":"${V1}","kind":"TokenReview","spec":[]}`,
      400,
      /spec must/,
    ],
    ['no token', reviewOf(undefined), 400, /spec\.token/],
    ['an empty token', reviewOf(''), 400, /spec\.token/],
    ['a token that is a number', reviewOf(1), 400, /spec\.token/],
    ['a token that is a list', reviewOf(['x']), 400, /spec\.token/],
    ['audiences that are a text', reviewOf('x', { audiences: 'prod' }), 400, /spec\.audiences/],
    ['an audience that is null', reviewOf('x', { audiences: [null] }), 400, /spec\.audiences/],
    ['65 audiences', reviewOf('x', { audiences: new Array(65).fill('a') }), 400, /spec\.audiences/],
    [
      'two tokens',
      `{"apiVersion":"${V1}","kind":"TokenReview","spec":{"token":"x","\\u0074oken":"y"}}`,
      400,
      /twice/,
    ],
    [
      'two specs',
      `{"apiVersion":"${V1}","kind":"TokenReview","spec":{"token":"x"},"spec":{"token":"y"}}`,
      400,
      /twice/,
    ],
    ['too much', reviewOf('x'.repeat(70_000)), 413, /larger than 65536 bytes/],
  ] as const) {
    it(`refuses ${what} with one sentence`, async () => {
      const answer = await post(body)
      assert.equal(answer.status, status)
      assert.match(answer.body.error ?? '', error)
    })
  }

  it('refuses what is no JSON by its type, and goes on', async () => {
    const { status, body } = await post(reviewOf(token), { type: 'text/plain' })
    assert.equal(status, 415)
    assert.equal(body.error, 'the body must be application/json')
    assert.equal((await review(token)).authenticated, true)
  })

  it('never says yes to noise, and never fails on it', async () => {
    const good = reviewOf(token)
    let seed = 1
    const random = (below: number): number => {
      // A generator of its own (Park and Miller), so that what failed once fails again.
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 300; round += 1) {
      const bytes = Buffer.from(good)
      for (let change = 0; change <= random(3); change += 1) {
        bytes[random(bytes.length)] = random(256)
      }
      const { status, body } = await post(bytes.subarray(0, bytes.length - random(3)))
      assert.ok([200, 400].includes(status), `${status} for ${bytes.toString('hex')}`)
      if (status === 200 && body.status.authenticated) {
        assert.ok(bytes.includes(token), bytes.toString())
      }
    }
  })

  it('refuses names that are Kubernetes’ own, however they came into the database', async () => {
    const { store, directory } = lanyard.server.rooms
    await lanyard.addUser('mallory', ['dev'])
    const { id: userId } = await directory.users.get('mallory')
    const { value } = await lanyard.server.rooms.accessTokens.create(
      { userId, name: 'job', clusters: null, groups: null },
      byTest,
    )
    noteSecret(value, 'access token')
    await store.write((tx) =>
      tx.query
        .updateTable('users')
        .set({ username: 'system:admin' })
        .where('id', '=', userId)
        .execute(),
    )
    await directory.groups.add({ name: 'moves-the-counter' }, byTest)
    const { authenticated, error } = await review(value)
    assert.equal(authenticated, false)
    assert.match(error ?? '', /system:/)
  })
})
