import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertRefused } from '../security/attack.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { payloadOf, postForm } from '../support/logins.ts'

describe('an application that comes by itself', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let secret: string
  let id: string

  before(async () => {
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod', { groups: ['deployers'] })
    await lanyard.addCluster('other', { groups: ['admins'] })
    const { clusters } = lanyard.server.rooms
    await clusters.add({ name: 'open', server: 'https://x.example.com', everyone: true }, byTest)
    const added = await clusters.applications.add(
      { name: 'nightly', redirectUris: ['https://nightly.example.com/cb'], groups: ['deployers'] },
      byTest,
    )
    await clusters.applications.add(
      { name: 'page', redirectUris: ['https://page.example.com/cb'], public: true },
      byTest,
    )
    secret = added.secret ?? ''
    id = added.application.id
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
  })
  after(() => owned.disposeAsync())

  const basic = (password = secret) => ({
    authorization: `Basic ${Buffer.from(`nightly:${password}`).toString('base64')}`,
  })
  async function ask(
    form: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = basic(),
  ) {
    const answer = await postForm(
      lanyard,
      `${lanyard.issuer}/token`,
      { grant_type: 'client_credentials', audience: 'prod', ...form },
      headers,
    )
    const { access_token: token } = answer.body
    if (typeof token === 'string') noteSecret(token, 'token of an application')
    return answer
  }

  it('may not, until an admin says so', async () => {
    assertRefused(
      await ask(),
      'unauthorized_client',
      'application nightly may not come by itself: lanyard application client-credentials allows it',
    )
    const { applications } = lanyard.server.rooms.machines
    for (const [name, groups, code] of [
      ['page', ['deployers'], 'ERR_APPLICATION_PUBLIC'],
      ['nowhere', ['deployers'], 'ERR_APPLICATION_UNKNOWN'],
      ['nightly', ['nobody'], 'ERR_GROUP_UNKNOWN'],
    ] as const) {
      await assert.rejects(applications.set(name, groups, byTest), { code })
    }
    await applications.set('nightly', ['deployers'], byTest)
  })

  it('gets a cluster’s token as a machine, in its own groups', async () => {
    for (const answer of [
      await ask(),
      await ask({ client_id: 'nightly', client_secret: secret }, {}),
    ]) {
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      const { access_token: token, ...rest } = answer.body
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 600 })
      const { jti, iat, exp, auth_time, ...said } = payloadOf(String(token))
      assert.deepEqual([Number(exp) - Number(iat), auth_time], [600, iat])
      assert.match(String(jti), /^a-[a-f\d]{32}\.[\w-]{16}$/)
      assert.deepEqual(said, {
        ...{ iss: lanyard.issuer, sub: `a-${id}`, aud: 'prod', sid: `a-${id}` },
        ...{ amr: ['machine'], acr: '0', token_use: 'kube' },
        ...{ preferred_username: 'machine:app/nightly', name: 'nightly', groups: ['deployers'] },
      })
      const review = await lanyard.server.issuer.reviewIdToken({
        ...{ token: String(token), audience: 'prod', validAt: Date.now() },
      })
      assert.ok(review.kind === 'authenticated')
      assert.deepEqual([review.username, review.uid], ['machine:app/nightly', `a-${id}`])
    }
  })

  it('is refused clusters that let none of its groups in, and wrong secrets', async () => {
    const wrong = 'there is no such client, or this is not its secret'
    for (const [form, headers, error, sentence, status] of [
      [
        { audience: 'other' },
        basic(),
        'access_denied',
        'machine:app/nightly may not enter cluster "other"',
        403,
      ],
      [
        { audience: 'open' },
        basic(),
        'access_denied',
        'machine:app/nightly may not enter cluster "open"',
        403,
      ],
      [{ audience: 'nightly' }, basic(), 'invalid_target', 'there is no such cluster', 400],
      [{ audience: 'kubectl-lanyard' }, basic(), 'invalid_target', 'there is no such cluster', 400],
      [{ audience: '' }, basic(), 'invalid_request', 'audience is missing', 400],
      [{ scope: 'openid' }, basic(), 'invalid_request', 'a parameter is not supported', 400],
      [{}, basic('x'), 'invalid_client', wrong, 401],
      [{}, basic(''), 'invalid_client', wrong, 401],
      [{}, {}, 'invalid_client', wrong, 401],
      [{ client_id: 'page', client_secret: '' }, {}, 'invalid_client', wrong, 401],
      [{ client_id: 'prod' }, {}, 'invalid_client', wrong, 401],
      [
        { client_secret: secret },
        basic(),
        'invalid_client',
        'the client says in two ways who it is',
        401,
      ],
      [
        { client_id: 'page' },
        basic(),
        'invalid_client',
        'the client says in two ways who it is',
        401,
      ],
    ] as const) {
      const answer = await ask(form, headers)
      assertRefused(answer, error, sentence, { status, about: JSON.stringify(form) })
    }
    const twice = new URLSearchParams({ grant_type: 'client_credentials', audience: 'prod' })
    twice.append('audience', 'other')
    const answer = await postForm(lanyard, `${lanyard.issuer}/token`, twice, basic())
    assertRefused(answer, 'invalid_request', 'parameter "audience" stands more than once')
  })

  it('is out when its group, its secret or the leave is taken away', async () => {
    const { machines, clusters, directory } = lanyard.server.rooms
    await clusters.disallow('prod', 'deployers', byTest)
    assert.equal((await ask()).body['error'], 'access_denied')
    await clusters.allow('prod', 'deployers', byTest)
    assert.equal((await ask()).status, 200)
    const { secret: fresh } = await clusters.applications.rotateSecret('nightly', byTest)
    noteSecret(fresh, 'client secret')
    assert.equal((await ask()).body['error'], 'invalid_client')
    const again = basic(fresh)
    assert.equal((await ask({}, again)).status, 200)
    await directory.groups.delete('deployers', byTest)
    assert.equal((await ask({}, again)).body['error'], 'access_denied')
    await machines.applications.set('nightly', null, byTest)
    assert.equal((await ask({}, again)).body['error'], 'unauthorized_client')
  })
})
