/**
 * Threat 10 (Dex GHSA-7qjx-gp9h-65qj; Zitadel CVE-2026-55669): the exchange (RFC 8693 §2.1) checks type, client, life, target,
 * policy and the proof of the key (RFC 9449 §4.3) every time, and what it gives for the plugin's API is good for nothing else.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  type Credentials,
  clusterLogin,
  createDeviceKey,
  type DeviceKey,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  postForm,
  refresh,
  type TokenAnswer,
} from '../support/logins.ts'
import { assertRefused, devicesOf, freezeTime, GRANT_REFUSED } from './attack.ts'

const GONE = 'this login has ended or was revoked: log in again'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

describe('an exchange around a check', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let bob: Credentials
  let login: PluginLogin
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    bob = await lanyard.addUser('bob')
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    const app = { name: 'app', redirectUris: ['https://app.example.com/cb'], everyone: true }
    await lanyard.server.rooms.clusters.applications.add(app, byTest)
    await lanyard.server.issuer.refresh()
    login = await pluginLogin(lanyard, ada)
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  const tokenUrl = () => `${lanyard.issuer}/token`
  const apiAudience = () => `${lanyard.issuer}/kubectl/v1`
  const proofOf = (key: DeviceKey) => key.proof('POST', tokenUrl())

  it('is refused what is no login of the plugin, in the same words', async () => {
    const cluster = await clusterLogin(lanyard, ada, 'prod')
    for (const [what, subject_token] of [
      ['a cluster’s refresh token', cluster.refreshToken],
      ['an ID token', login.tokens.idToken],
      ['the plugin’s access token', login.tokens.accessToken],
      ['nonsense', 'x'],
      ['something long', 'x'.repeat(5_000)],
      ['one character less', login.refreshToken.slice(0, -1)],
      ['another case', login.refreshToken.toUpperCase()],
    ] as const) {
      const answer = await exchange(lanyard, login, 'prod', { subject_token })
      assertRefused(answer, 'invalid_grant', GONE, { about: what })
    }
  })

  it('is refused every wrong type, client and extra', async () => {
    const typed = `subject_token_type must be ${REFRESH_TOKEN}`
    const clientSentence = 'only the public client "kubectl-lanyard" may exchange tokens'
    const wanted = `requested_token_type must be ${ID_TOKEN} or ${ACCESS_TOKEN}`
    for (const [change, error, sentence, status] of [
      [{ subject_token_type: ACCESS_TOKEN }, 'invalid_request', typed, 400],
      [{ subject_token_type: ID_TOKEN }, 'invalid_request', typed, 400],
      [
        { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
        'invalid_request',
        typed,
        400,
      ],
      [{ subject_token_type: '' }, 'invalid_request', typed, 400],
      [{ requested_token_type: REFRESH_TOKEN }, 'invalid_request', wanted, 400],
      [{ client_id: 'prod' }, 'invalid_client', clientSentence, 401],
      [{ client_id: 'app' }, 'invalid_client', clientSentence, 401],
      [{ client_id: '' }, 'invalid_client', clientSentence, 401],
      [{ subject_token: '' }, 'invalid_request', 'subject_token is missing', 400],
      [{ audience: '' }, 'invalid_request', 'audience is missing', 400],
      [{ actor_token: 'x' }, 'invalid_request', '"actor_token" is not supported', 400],
      [{ resource: 'https://x' }, 'invalid_request', '"resource" is not supported', 400],
      [{ scope: 'openid' }, 'invalid_request', '"scope" is not supported', 400],
    ] as const) {
      const answer = await exchange(lanyard, login, 'prod', change)
      assertRefused(answer, error, sentence, { status, about: JSON.stringify(change) })
    }
    const basic = { authorization: `Basic ${Buffer.from('kubectl-lanyard:x').toString('base64')}` }
    const answer = await exchange(lanyard, login, 'prod', {}, basic)
    assertRefused(answer, 'invalid_client', clientSentence, { status: 401 })
  })

  it('is refused every parameter that stands twice (RFC 6749 §3.2)', async () => {
    const form = {
      grant_type: EXCHANGE,
      client_id: 'kubectl-lanyard',
      subject_token: login.refreshToken,
      subject_token_type: REFRESH_TOKEN,
      requested_token_type: ID_TOKEN,
      audience: 'prod',
    }
    for (const [name, value] of Object.entries(form)) {
      for (const second of [value, name === 'grant_type' ? 'refresh_token' : 'x']) {
        for (const first of [true, false]) {
          const body = new URLSearchParams(form)
          if (first) body.append(name, second)
          else {
            const rest = [...body]
            for (const key of new Set(body.keys())) body.delete(key)
            for (const pair of [[name, second], ...rest]) body.append(pair[0] ?? '', pair[1] ?? '')
          }
          const headers = { dpop: await proofOf(login.key) }
          const answer = await postForm(lanyard, tokenUrl(), body, headers)
          const sentence = `parameter "${name}" stands more than once`
          assertRefused(answer, 'invalid_request', sentence, { about: `${name} ${second}` })
        }
      }
    }
  })

  it('is refused every target but a cluster that the person may enter', async () => {
    const before = await devicesOf(lanyard)
    const alone = `an access token is for "${apiAudience()}" alone`
    for (const [audience, error, sentence] of [
      ['nowhere', 'invalid_target', 'there is no such cluster or application'],
      ['PROD', 'invalid_target', 'there is no such cluster or application'],
      ['prod ', 'invalid_target', 'there is no such cluster or application'],
      ['prod app', 'invalid_target', 'there is no such cluster or application'],
      [lanyard.issuer, 'invalid_target', 'there is no such cluster or application'],
      [apiAudience(), 'invalid_target', alone],
      ['kubectl-lanyard', 'invalid_target', '"kubectl-lanyard" is not the audience of a cluster'],
      ['app', 'invalid_target', 'this login of ada was made for another client'],
    ] as const) {
      const answer = await exchange(lanyard, login, audience)
      assertRefused(answer, error, sentence, { about: audience })
    }
    for (const audience of ['prod', 'kubectl-lanyard', `${apiAudience()}/`]) {
      const change = { requested_token_type: ACCESS_TOKEN }
      assertRefused(await exchange(lanyard, login, audience, change), 'invalid_target', alone)
    }
    assertRefused(
      await exchange(lanyard, await pluginLogin(lanyard, bob), 'prod'),
      'access_denied',
      'bob is in none of the groups that may enter cluster "prod"',
      { status: 403 },
    )
    assert.equal((await devicesOf(lanyard)).all, before.all + 1)
  })

  it('is refused without a fresh proof of this login’s key', async () => {
    const words = (why: string) => `the DPoP proof was refused: ${why}`
    const good = await proofOf(login.key)
    const [header = '', payload = '', signature = ''] = good.split('.')
    const json = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const held = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>
    const elsewhere = words(`it is for another address than ${tokenUrl()}`)
    const invalid = words('its type, algorithm or signature does not hold')
    const foreign = words('it is made with another key than the token is bound to')
    for (const [what, dpop, sentence] of [
      ['none', '', words('it is missing')],
      ['nonsense', 'x', words('it is not a JWT')],
      ['two', `${good}, ${good}`, words('there is more than one')],
      ['too long', 'x'.repeat(2_049), words('it is too long')],
      ['another key', await proofOf(await createDeviceKey()), foreign],
      [
        'another method',
        await login.key.proof('GET', tokenUrl()),
        words('it is for another method than POST'),
      ],
      ['another path', await login.key.proof('POST', `${lanyard.issuer}/token/`), elsewhere],
      ['another host', await login.key.proof('POST', 'https://evil.example/token'), elsewhere],
      [
        'no jti',
        await login.key.proof('POST', tokenUrl(), { jti: '' }),
        words('it has no usable jti'),
      ],
      [
        'a long jti',
        await login.key.proof('POST', tokenUrl(), { jti: 'x'.repeat(129) }),
        words('it has no usable jti'),
      ],
      [
        'a changed payload',
        `${header}.${json({ ...payloadOf(good), jti: 'y' })}.${signature}`,
        invalid,
      ],
      ['alg none', `${json({ ...held, alg: 'none' })}.${payload}.`, invalid],
      ['alg HS256', `${json({ ...held, alg: 'HS256' })}.${payload}.${signature}`, invalid],
      ['another typ', `${json({ ...held, typ: 'JWT' })}.${payload}.${signature}`, invalid],
      [
        'a private key in it',
        `${json({ ...held, jwk: { ...login.key.publicJwk, d: 'x' } })}.${payload}.${signature}`,
        words('its header must hold a public P-256 key'),
      ],
    ] as const) {
      const answer = await exchange(lanyard, login, 'prod', {}, { dpop })
      assertRefused(answer, 'invalid_dpop_proof', sentence, { about: what })
    }
    assert.equal((await exchange(lanyard, login, 'prod', {}, { dpop: good })).status, 200)
    const again = await exchange(lanyard, login, 'prod', {}, { dpop: good })
    assertRefused(again, 'invalid_dpop_proof', words('it was used before'))
  })

  it('holds a proof to sixty seconds, either way, at the engine’s grants too', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    time.advance(seconds * 1000 - Date.now() + 1000)
    const now = seconds + 1
    const refreshWith = (dpop: string) =>
      postForm(
        lanyard,
        tokenUrl(),
        {
          grant_type: 'refresh_token',
          client_id: 'kubectl-lanyard',
          refresh_token: login.refreshToken,
        },
        { dpop },
      )
    for (const send of [
      (dpop: string) => exchange(lanyard, login, 'prod', {}, { dpop }),
      refreshWith,
    ]) {
      for (const iat of [now - 60, now + 60]) {
        const dpop = await login.key.proof('POST', tokenUrl(), { iat })
        assert.equal((await send(dpop)).status, 200, String(iat - now))
      }
      for (const iat of [now - 61, now + 61, now - 299]) {
        const dpop = await login.key.proof('POST', tokenUrl(), { iat })
        const spoken = (at: number) => new Date(at * 1000).toISOString()
        const sentence = `the DPoP proof was refused: this device's clock says ${spoken(iat)}, the server's says ${spoken(now)}`
        assertRefused(await send(dpop), 'invalid_dpop_proof', sentence)
      }
    }
  })

  it('does not give the plugin’s login to who has no key for it', async () => {
    const { refreshToken } = login
    assertRefused(
      await refresh(lanyard, 'kubectl-lanyard', refreshToken),
      'invalid_grant',
      GRANT_REFUSED,
    )
    assertRefused(
      await postForm(
        lanyard,
        tokenUrl(),
        { grant_type: 'refresh_token', client_id: 'kubectl-lanyard', refresh_token: refreshToken },
        { dpop: await proofOf(await createDeviceKey()) },
      ),
      'invalid_grant',
      GRANT_REFUSED,
    )
  })

  async function api(
    path: string,
    authorization: string | undefined,
    dpop: string | undefined,
  ): Promise<TokenAnswer> {
    const agent = new Agent({ connect: { ca: lanyard.ca } })
    const answer = await request(`${lanyard.issuer}${path}`, {
      dispatcher: agent,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(dpop === undefined ? {} : { dpop }),
      },
    })
    const body = (await answer.body.json()) as Record<string, unknown>
    await agent.close()
    return { status: answer.statusCode, body }
  }

  it('gives a token for the plugin’s API that is bound, short and good for nothing else', async () => {
    const change = { requested_token_type: ACCESS_TOKEN }
    const { body } = await exchange(lanyard, login, apiAudience(), change)
    const token = String(body['access_token'])
    noteSecret(token, 'access token')
    const claims = payloadOf(token)
    assert.deepEqual(
      [body['expires_in'], claims['aud'], claims['groups'], claims['preferred_username']],
      [300, apiAudience(), undefined, undefined],
    )
    const path = '/kubectl/v1/clusters'
    const url = `${lanyard.issuer}${path}`
    const proof = (accessToken = token, key = login.key, address = url) =>
      key.proof('GET', address, { accessToken })
    const good = await proof()
    assert.equal((await api(path, `DPoP ${token}`, good)).status, 200)

    const scheme = 'send the access token as "Authorization: DPoP …"'
    const words = (why: string) => `the DPoP proof was refused: ${why}`
    const { accessToken, idToken, refreshToken } = login.tokens
    const kube = String((await exchange(lanyard, login, 'prod')).body['access_token'])
    for (const [what, authorization, dpop, error, sentence] of [
      ['nothing', undefined, undefined, 'invalid_token', scheme],
      ['Bearer', `Bearer ${token}`, await proof(), 'invalid_token', scheme],
      ['no proof', `DPoP ${token}`, undefined, 'invalid_dpop_proof', words('it is missing')],
      ['a used proof', `DPoP ${token}`, good, 'invalid_dpop_proof', words('it was used before')],
      [
        'another key',
        `DPoP ${token}`,
        await proof(token, await createDeviceKey()),
        'invalid_dpop_proof',
        words('it is made with another key than the token is bound to'),
      ],
      [
        'a proof for another token',
        `DPoP ${token}`,
        await proof(kube),
        'invalid_dpop_proof',
        words('it is for another access token'),
      ],
      [
        'a proof for another path',
        `DPoP ${token}`,
        await proof(token, login.key, `${lanyard.issuer}/kubectl/v1/devices`),
        'invalid_dpop_proof',
        words(`it is for another address than ${url}`),
      ],
      [
        'an opaque access token',
        `DPoP ${accessToken}`,
        await proof(accessToken),
        'invalid_token',
        scheme,
      ],
      [
        'a refresh token',
        `DPoP ${refreshToken}`,
        await proof(refreshToken),
        'invalid_token',
        scheme,
      ],
    ] as const) {
      const answer = await api(path, authorization, dpop)
      assertRefused(answer, error, sentence, { status: 401, about: what })
    }
    for (const other of [idToken, kube]) {
      const answer = await api(path, `DPoP ${other}`, await proof(other))
      assert.deepEqual([answer.status, answer.body['error']], [401, 'invalid_token'])
      assert.match(String(answer.body['error_description']), /^the access token was refused: /)
    }
    // Elsewhere it is nothing.
    const userinfo = await postForm(
      lanyard,
      `${lanyard.issuer}/me`,
      {},
      {
        authorization: `DPoP ${token}`,
        dpop: await login.key.proof('POST', `${lanyard.issuer}/me`, { accessToken: token }),
      },
    )
    assert.equal(userinfo.status, 401)
    assertRefused(
      await exchange(lanyard, login, 'prod', { subject_token: token }),
      'invalid_grant',
      GONE,
    )

    time.advance(300_000)
    const late = await api(path, `DPoP ${token}`, await proof())
    assert.deepEqual([late.status, late.body['error']], [401, 'invalid_token'])
  })

  it('is over for a token of the API as soon as its device is', async () => {
    const short = await pluginLogin(lanyard, ada)
    const change = { requested_token_type: ACCESS_TOKEN }
    const { body } = await exchange(lanyard, short, apiAudience(), change)
    const token = String(body['access_token'])
    const path = '/kubectl/v1/devices'
    const ask = async () =>
      api(
        path,
        `DPoP ${token}`,
        await short.key.proof('GET', `${lanyard.issuer}${path}`, { accessToken: token }),
      )
    const { devices } = (await ask()).body as { devices: { id: string; current: boolean }[] }
    const own = devices.find(({ current }) => current)
    assert.ok(own)
    await lanyard.server.issuer.devices.revoke(own.id as never, byTest)
    const sentence = 'this login of ada was revoked'
    assertRefused(await ask(), 'invalid_token', sentence, { status: 401 })
    assertRefused(await exchange(lanyard, short, 'prod'), 'invalid_grant', GONE)
  })

  it('is over with the login: expired, and signed out by the plugin (RFC 7009)', async () => {
    const revoked = await pluginLogin(lanyard, ada)
    const url = `${lanyard.issuer}/token/revocation`
    const stranger = { client_id: 'prod', token: revoked.refreshToken }
    await postForm(lanyard, url, stranger)
    assert.equal(
      (await exchange(lanyard, revoked, 'prod')).status,
      200,
      'not another client’s to end',
    )
    const own = { client_id: 'kubectl-lanyard', token: revoked.refreshToken }
    assert.equal((await postForm(lanyard, url, own)).status, 200)
    assertRefused(await exchange(lanyard, revoked, 'prod'), 'invalid_grant', GONE)

    const old = await pluginLogin(lanyard, ada)
    time.advance(lanyard.server.config.lifetimes.login * 1000)
    assertRefused(await exchange(lanyard, old, 'prod'), 'invalid_grant', GONE)
  })
})
