/**
 * Threat 29: the access token inside a distributed claim is seen by every apiserver of its cluster and by whoever reads a token. It
 * is good for one person's groups at one cluster for as long as its ID token lives, and for nothing else anywhere.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Agent, request } from 'undici'
import { askGroups, type GroupsSource, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  type Credentials,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  postForm,
  refresh,
} from '../support/logins.ts'
import { freezeTime } from './attack.ts'

const NOT_OURS = 'the access token is none of the groups endpoint, or has expired'

describe('the access token of a distributed claim', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let login: PluginLogin
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers', 'platform'])
    await lanyard.addUser('bob', ['secrets'])
    await lanyard.addCluster('prod', { groups: ['viewers'], liveGroups: true })
    await lanyard.addCluster('test', { groups: ['viewers', 'secrets'], liveGroups: true })
    const app = { name: 'app', redirectUris: ['https://app.example.com/cb'], everyone: true }
    const { secret } = await lanyard.server.rooms.clusters.applications.add(app, byTest)
    appSecret = secret ?? ''
    noteSecret(appSecret, 'client secret')
    await lanyard.server.issuer.refresh()
    login = await pluginLogin(lanyard, ada)
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })
  let appSecret = ''

  async function idToken(audience = 'prod'): Promise<string> {
    return String((await exchange(lanyard, login, audience)).body['access_token'])
  }
  const sourceFor = async (audience?: string): Promise<GroupsSource> =>
    groupsSourceOf(await idToken(audience))
  const withToken = (accessToken: string): GroupsSource => ({
    endpoint: `${lanyard.issuer}/live/groups`,
    accessToken,
  })

  it('tells the groups of its own person at its own cluster, and neither their name nor their id', async () => {
    const answer = await askGroups(lanyard, await sourceFor())
    assert.deepEqual(
      { status: answer.status, type: answer.type, cacheControl: answer.cacheControl },
      { status: 200, type: 'application/jwt', cacheControl: 'no-store' },
    )
    const claims = payloadOf(answer.text)
    assert.deepEqual(Object.keys(claims).sort(), ['aud', 'exp', 'groups', 'iat', 'iss'])
    assert.deepEqual(
      { iss: claims['iss'], aud: claims['aud'], groups: claims['groups'] },
      { iss: `${lanyard.issuer}/live`, aud: 'prod', groups: ['platform', 'viewers'] },
    )
    assert.equal(payloadOf((await askGroups(lanyard, await sourceFor('test'))).text)['aud'], 'test')
  })

  it('is refused at every other endpoint', async () => {
    const { accessToken } = await sourceFor()
    const dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    const bearer = { authorization: `Bearer ${accessToken}` }
    for (const [path, headers, status] of [
      ['/me', bearer, 401],
      ['/kubectl/v1/clusters', bearer, 401],
      ['/kubectl/v1/devices', bearer, 401],
      ['/kubectl/v1/clusters', { authorization: `DPoP ${accessToken}` }, 401],
      ['/account', bearer, 303],
      ['/account', { cookie: `__Host-lanyard-session=${accessToken}` }, 303],
    ] as const) {
      const answer = await request(lanyard.issuer + path, { dispatcher, headers })
      await answer.body.dump()
      assert.equal(answer.statusCode, status, `${path} ${JSON.stringify(headers).slice(0, 20)}`)
    }
    await dispatcher.destroy()
    for (const subject_token_type of ['refresh_token', 'access_token', 'id_token', 'jwt']) {
      const change = {
        subject_token: accessToken,
        subject_token_type: `urn:ietf:params:oauth:token-type:${subject_token_type}`,
      }
      const { status, body } = await exchange(lanyard, login, 'prod', change)
      assert.deepEqual([status, body['access_token']], [400, undefined], subject_token_type)
    }
    for (const form of [
      { grant_type: 'authorization_code', code: accessToken, redirect_uri: 'http://127.0.0.1/' },
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: accessToken },
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: accessToken },
    ]) {
      const answer = await postForm(lanyard, `${lanyard.issuer}/token`, {
        client_id: 'prod',
        ...form,
      })
      assert.equal(answer.status, 400, form.grant_type)
      assert.equal(answer.body['id_token'], undefined)
    }
    assert.equal((await refresh(lanyard, 'prod', accessToken)).status, 400)
    const basic = Buffer.from(`app:${appSecret}`).toString('base64')
    const introspected = await postForm(
      lanyard,
      `${lanyard.issuer}/token/introspection`,
      { token: accessToken },
      { authorization: `Basic ${basic}` },
    )
    assert.deepEqual(
      [introspected.status, introspected.body['error'], introspected.body['active']],
      [400, 'unsupported_token_type', undefined],
    )
  })

  it('is replaced by no other token of ours, and by none of anybody else', async () => {
    const token = await idToken()
    const { accessToken } = groupsSourceOf(token)
    const [header = '', payload = '', signature = ''] = accessToken.split('.')
    const claims = payloadOf(accessToken)
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const forge = (change: object) => `${header}.${encode({ ...claims, ...change })}.${signature}`
    const bob = await lanyard.server.rooms.directory.users.get('bob')
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const foreign = await new SignJWT(claims)
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'lanyard-groups+jwt',
        jwk: await exportJWK(publicKey),
      })
      .sign(privateKey)
    const issuerAsKey = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'lanyard-groups+jwt' })
      .sign(Buffer.from(lanyard.issuer.padEnd(32)))
    for (const [what, wrong] of [
      ['an ID token', token],
      ['the plugin’s access token', login.tokens.accessToken],
      ['the plugin’s refresh token', login.refreshToken],
      ['a groups JWT', (await askGroups(lanyard, groupsSourceOf(token))).text],
      ['another person', forge({ sub: bob.id })],
      ['another cluster', forge({ aud: 'test' })],
      ['another device', forge({ sid: 'aaaaaaaaaaaaaaaa' })],
      ['a longer life', forge({ exp: Number(claims['exp']) + 3_600 })],
      ['a probe', forge({ sub: 'lanyard:probe' })],
      ['no signature', `${header}.${payload}.`],
      ['alg none', `${encode({ alg: 'none', typ: 'lanyard-groups+jwt' })}.${payload}.`],
      ['a foreign key', foreign],
      ['a guessed key', issuerAsKey],
      ['something long', `${header}.${'x'.repeat(5_000)}.${signature}`],
      ['nonsense', 'x.y.z'],
      ['nothing', ''],
    ] as const) {
      const { status, text } = await askGroups(lanyard, withToken(wrong))
      assert.deepEqual([status, text], [401, NOT_OURS], what)
    }
  })

  it('dies with its ID token', async () => {
    const token = await idToken()
    const source = groupsSourceOf(token)
    assert.equal(payloadOf(source.accessToken)['exp'], payloadOf(token)['exp'])
    time.advance(599_000)
    assert.equal((await askGroups(lanyard, source)).status, 200)
    time.advance(1_000)
    assert.deepEqual((await askGroups(lanyard, source)).status, 401)
  })

  it('is refused from the moment when its person may no longer enter', async () => {
    const { directory, clusters } = lanyard.server.rooms
    const mia = await lanyard.addUser('mia', ['viewers'])
    const miaLogin = await pluginLogin(lanyard, mia)
    const { body } = await exchange(lanyard, miaLogin, 'prod')
    const source = groupsSourceOf(String(body['access_token']))
    const ask = async () => {
      const { status, text } = await askGroups(lanyard, source)
      return status === 200 ? payloadOf(text)['groups'] : `${status} ${text}`
    }
    assert.deepEqual(await ask(), ['viewers'])
    await directory.groups.addMember('platform', { user: 'mia' }, byTest)
    assert.deepEqual(await ask(), ['platform', 'viewers'])
    await clusters.disallow('prod', 'viewers', byTest)
    const refused = 'mia is in none of the groups that may enter cluster "prod"'
    assert.equal(await ask(), `403 ${refused}`)
    await clusters.allow('prod', 'viewers', byTest)
    assert.deepEqual(await ask(), ['platform', 'viewers'])
    await directory.users.disable('mia', byTest)
    assert.equal(await ask(), '403 user "mia" is disabled')
    await directory.users.enable('mia', byTest)
    const [device] = await lanyard.server.issuer.devices.list((await directory.users.get('mia')).id)
    assert.ok(device)
    await lanyard.server.issuer.devices.revoke(device.id, byTest)
    assert.equal(await ask(), '403 this login of mia was revoked')
    await directory.users.delete('mia', byTest)
    assert.equal(await ask(), '403 this user does not exist')
  })

  it('is refused when its cluster is deleted, and does not pass to another of the same name', async () => {
    const { clusters } = lanyard.server.rooms
    await lanyard.addCluster('old', { groups: ['viewers'], liveGroups: true })
    const source = await sourceFor('old')
    assert.equal((await askGroups(lanyard, source)).status, 200)
    await clusters.delete('old', byTest)
    assert.equal((await askGroups(lanyard, source)).status, 403)
    await clusters.add(
      { name: 'old', audience: 'old-2', server: 'https://old.example.com', groups: ['viewers'] },
      byTest,
    )
    await lanyard.server.issuer.refresh()
    const { status, text } = await askGroups(lanyard, source)
    assert.deepEqual([status, text], [403, 'its cluster is gone'])
  })

  it('is answered to GET alone', async () => {
    const { accessToken, endpoint } = await sourceFor()
    const dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    for (const method of ['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'] as const) {
      const answer = await request(endpoint, {
        dispatcher,
        method,
        headers: { authorization: `Bearer ${accessToken}` },
      })
      await answer.body.dump()
      assert.deepEqual([answer.statusCode, answer.headers['allow']], [405, 'GET'], method)
    }
    await dispatcher.destroy()
  })
})
