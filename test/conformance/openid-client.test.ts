/** An OpenID Connect client that we did not write, unmodified, as anyone would use it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as client from 'openid-client'
import { Agent, fetch } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, LOOPBACK, walkThrough } from '../support/logins.ts'
import { type LogoutListener, startLogoutListener } from '../support/logout-listener.ts'
import { Person } from '../support/person.ts'

const CALLBACK = 'https://grafana.example.com/login/callback'
const AFTERWARDS = 'https://grafana.example.com/goodbye'
const EVERY_SCOPE = 'openid profile email groups offline_access'

describe('openid-client', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials
  let adaId: string
  let trusting: Agent
  let listener: LogoutListener

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['viewers'])
    const { directory } = lanyard.server.rooms
    await directory.users.change('ada', { email: 'ada@example.com' }, byTest)
    adaId = (await directory.users.get('ada')).id
    await lanyard.addCluster('alpha', { groups: ['viewers'], signingAlg: 'RS256' })
    trusting = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => trusting.close())
    listener = owned.use(await startLogoutListener(lanyard, 'grafana'))
  })
  after(() => owned.disposeAsync())

  /** Its own transport is the global fetch, which knows the system's authorities alone. */
  const customFetch = ((url: string, options: object) =>
    fetch(url, { ...options, dispatcher: trusting })) as unknown as client.CustomFetch

  function discover(clientId: string, secret?: string): Promise<client.Configuration> {
    return client.discovery(
      new URL(lanyard.issuer),
      clientId,
      undefined,
      secret === undefined ? client.None() : client.ClientSecretBasic(secret),
      { [client.customFetch]: customFetch },
    )
  }

  async function addApplication(): Promise<client.Configuration> {
    const { application, secret } = await lanyard.server.rooms.clusters.applications.add(
      {
        ...{ name: 'grafana', redirectUris: [CALLBACK], postLogoutRedirectUris: [AFTERWARDS] },
        ...{ groups: ['viewers'], backchannelLogoutUri: listener.uri },
      },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    await lanyard.server.issuer.refresh()
    return discover(application.clientId, secret)
  }

  /** The code flow, with everything that it may check switched on. */
  async function logIn(
    config: client.Configuration,
    person: Person,
    { redirectUri, scope }: { redirectUri: string; scope: string },
  ) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    })
    await walkThrough(person, await person.open(url.href), ada)
    assert.ok(person.leftTo)
    return client.authorizationCodeGrant(config, person.leftTo, {
      ...{ pkceCodeVerifier, expectedState, expectedNonce },
      ...{ idTokenExpected: true, maxAge: 60 },
    })
  }

  it('logs in, refreshes, asks who and logs out as a confidential application', async () => {
    const config = await addApplication()
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const tokens = await logIn(config, person, { redirectUri: CALLBACK, scope: EVERY_SCOPE })
    assert.equal(tokens.claims()?.sub, adaId)
    assert.equal(tokens.expires_in, 600)
    assert.deepEqual(await client.fetchUserInfo(config, tokens.access_token, adaId), {
      sub: adaId,
      preferred_username: 'ada',
      name: 'ada',
      email: 'ada@example.com',
      email_verified: false,
      groups: ['viewers'],
    })

    assert.ok(tokens.refresh_token)
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    assert.equal(refreshed.claims()?.sub, adaId)
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    assert.equal((await client.tokenIntrospection(config, refreshed.access_token)).active, true)

    assert.ok(refreshed.id_token)
    const goodbye = client.buildEndSessionUrl(config, {
      id_token_hint: refreshed.id_token,
      post_logout_redirect_uri: AFTERWARDS,
      state: 'after',
    })
    const question = await person.open(goodbye.href)
    assert.equal(question.heading, 'Sign out?')
    await person.submit(question, { logout: 'yes' })
    assert.equal(person.leftTo?.href, `${AFTERWARDS}?state=after`)
    assert.equal((await person.open('/account')).heading, 'Sign in')
    assert.equal(config.serverMetadata()['backchannel_logout_session_supported'], true)
    const heard = await listener.logoutOf(refreshed.claims()?.['sid'])
    assert.equal(heard.sub, adaId)

    await client.tokenRevocation(config, refreshed.refresh_token ?? '')
    await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token ?? ''), {
      error: 'invalid_grant',
    })
  })

  it('logs in and refreshes as a cluster, which needs no userinfo', async () => {
    const config = await discover('alpha')
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const tokens = await logIn(config, person, {
      redirectUri: LOOPBACK,
      scope: 'openid offline_access',
    })
    assert.deepEqual(namesIn(tokens), ['alpha', 'kube', 'ada', ['viewers']])
    assert.ok(tokens.refresh_token)
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    assert.deepEqual(refreshed.claims()?.['groups'], ['viewers'])
    await assert.rejects(client.fetchUserInfo(config, tokens.access_token, adaId), { status: 401 })
  })

  it('logs in a device by its code', async () => {
    const config = await discover('alpha')
    const started = await client.initiateDeviceAuthorization(config, { scope: 'openid' })
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const signIn = await person.open(started.verification_uri)
    const enter = await person.submit(signIn, { ...ada })
    const confirm = await person.submit(enter, { user_code: started.user_code })
    assert.equal((await person.submit(confirm, { answer: 'approve' })).heading, 'You are signed in')
    const tokens = await client.pollDeviceAuthorizationGrant(config, started)
    assert.deepEqual(namesIn(tokens), ['alpha', 'kube', 'ada', ['viewers']])
  })
})

/** What kube-apiserver reads. */
function namesIn(tokens: client.TokenEndpointResponseHelpers): unknown[] {
  const claims = tokens.claims()
  return ['aud', 'token_use', 'preferred_username', 'groups'].map((name) => claims?.[name])
}
