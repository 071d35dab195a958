/** A person's access tokens by the plugin's API: bad bodies, and what a stranger's id tells (threat 23: nothing). */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askPluginApi } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type PluginLogin, pluginLogin } from '../support/logins.ts'

describe('access tokens by the plugin API', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let login: PluginLogin

  before(async () => {
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod', { groups: ['dev'] })
    login = await pluginLogin(lanyard, await lanyard.addUser('ada', ['dev']))
  })
  after(() => owned.disposeAsync())

  const job = { name: 'job', clusters: ['prod'], groups: null }
  for (const [what, body, status, error, sentence] of [
    [
      'no name',
      { clusters: null, groups: null },
      400,
      'json_invalid',
      'the body is wrong at "name"',
    ],
    [
      'a name that is a number',
      { ...job, name: 1 },
      400,
      'json_invalid',
      'the body is wrong at "name"',
    ],
    [
      'clusters that are a text',
      { ...job, clusters: 'prod' },
      400,
      'json_invalid',
      'the body is wrong at "clusters"',
    ],
    [
      'no clusters',
      { name: 'job', groups: null },
      400,
      'json_invalid',
      'the body is wrong at "clusters"',
    ],
    [
      'an empty list of clusters',
      { ...job, clusters: [] },
      400,
      'token_clusters',
      'no cluster was named',
    ],
    ['another’s member', { ...job, userId: 'x' }, 400, 'json_invalid', 'the body is wrong at ""'],
    [
      'half a second',
      { ...job, lifetime: 0.5 },
      400,
      'json_invalid',
      'the body is wrong at "lifetime"',
    ],
    [
      'no time at all',
      { ...job, lifetime: 0 },
      400,
      'token_lifetime',
      'an access token cannot last 0 seconds',
    ],
    [
      'too long',
      { ...job, lifetime: 31_536_001 },
      400,
      'token_lifetime',
      'an access token cannot last 31536001 seconds',
    ],
    ['no JSON', '{', 400, 'json_invalid', 'the body is not JSON'],
    ['a list', '[]', 400, 'json_invalid', 'the body must be a JSON object'],
    [
      'too much',
      JSON.stringify({ ...job, name: 'x'.repeat(40_000) }),
      413,
      'form_too_large',
      'the body is larger than 32768 bytes',
    ],
  ] as const) {
    it(`refuses ${what}, and makes nothing`, async () => {
      const answer = await askPluginApi(lanyard, login, 'tokens', body)
      assert.equal(answer.status, status)
      assert.equal(answer.body['error'], error)
      assert.equal(answer.body['error_description'], sentence)
      assert.deepEqual(await lanyard.server.rooms.accessTokens.list(), [])
    })
  }

  it('tells the same of another person’s token as of one that never was, and leaves it alone', async () => {
    const { directory, accessTokens } = lanyard.server.rooms
    await lanyard.addUser('bob', ['dev'])
    const { id: userId } = await directory.users.get('bob')
    const { token, value } = await accessTokens.create({ ...job, userId }, byTest)
    noteSecret(value, 'access token')
    const [others, nobodys] = [
      await askPluginApi(lanyard, login, 'tokens/revoke', { id: token.id }),
      await askPluginApi(lanyard, login, 'tokens/revoke', { id: '0000000000000000' }),
    ]
    assert.deepEqual([others.status, nobodys.status], [404, 404])
    const said = ({ body }: typeof others) => [body['error'], body['error_description']]
    assert.deepEqual(said(others), said(nobodys))
    assert.deepEqual(said(others), ['token_unknown', 'this person has no such living access token'])
    assert.deepEqual(
      (await accessTokens.list()).map(({ id }) => id),
      [token.id],
    )
  })
})
