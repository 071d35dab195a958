/** OpenID Connect Back-Channel Logout 1.0: whatever ends a login, the application hears of it, once. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import type { DeviceId } from '../../src/errors/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  payloadOf,
  postForm,
  redeem,
  type Tokens,
  tokensOf,
} from '../support/logins.ts'
import { type LogoutListener, startLogoutListener } from '../support/logout-listener.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'

const CALLBACK = 'https://app.example.com/callback'
const SCOPE = 'openid profile groups offline_access'

describe('back-channel logout', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let ada: Credentials
  let listener: LogoutListener
  let agent: Agent
  let basic: { authorization: string }

  before(async () => {
    lanyard = owned.use(await startLanyard())
    agent = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => agent.close())
    ada = await lanyard.addUser('ada', ['viewers', 'others'])
    listener = owned.use(await startLogoutListener(lanyard, 'app'))
    const { applications } = lanyard.server.rooms.clusters
    const { secret } = await applications.add(
      {
        ...{ name: 'app', redirectUris: [CALLBACK], groups: ['viewers'] },
        backchannelLogoutUri: listener.uri,
      },
      byTest,
    )
    assert.ok(secret)
    noteSecret(secret, 'client secret')
    basic = { authorization: `Basic ${Buffer.from(`app:${secret}`).toString('base64')}` }
    await applications.add({ name: 'deaf', redirectUris: [CALLBACK], everyone: true }, byTest)
    await lanyard.server.issuer.refresh()
  })
  after(() => owned.disposeAsync())
  beforeEach(() => {
    listener.answer = null
  })

  async function logIn(person: Person): Promise<{ tokens: Tokens; sid: unknown; sub: unknown }> {
    const { started, params } = await authorize(lanyard, person, ada, {
      ...{ clientId: 'app', redirectUri: CALLBACK, scope: SCOPE },
    })
    const tokens = tokensOf(
      await redeem(lanyard, started, params.get('code') ?? '', { headers: basic }),
    )
    const { sid, sub } = payloadOf(tokens.idToken)
    return { tokens, sid, sub }
  }

  function newPerson(): Person {
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    return person
  }

  const isAlive = async ({ refreshToken }: Tokens): Promise<boolean> =>
    (await refreshed(refreshToken)).status === 200

  const refreshed = (refreshToken: string) =>
    postForm(
      lanyard,
      `${lanyard.issuer}/token`,
      { grant_type: 'refresh_token', refresh_token: refreshToken },
      basic,
    )

  it('announces it, and puts sid into ID tokens', async () => {
    const { body } = await request(`${lanyard.issuer}/.well-known/openid-configuration`, {
      dispatcher: agent,
    })
    const document = (await body.json()) as Record<string, unknown>
    assert.equal(document['backchannel_logout_supported'], true)
    assert.equal(document['backchannel_logout_session_supported'], true)
    assert.ok((document['claims_supported'] as string[]).includes('sid'))
  })

  it('follows a sign-out that the application asked for', async () => {
    const person = newPerson()
    const { tokens, sid, sub } = await logIn(person)
    const question = await person.open(`/session/end?id_token_hint=${tokens.idToken}`)
    await person.submit(question, { logout: 'yes' })
    const heard = await listener.logoutOf(sid)
    assert.equal(heard.sub, sub)
    assert.equal(heard.aud, 'app')
    assert.deepEqual(Object.keys(heard).toSorted(), [
      ...['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'],
    ])
    assert.equal(await isAlive(tokens), false)
  })

  it('follows a sign-out of the browser', async () => {
    const person = newPerson()
    const { sid } = await logIn(person)
    await person.submit(await person.open('/sign-out'))
    await listener.logoutOf(sid)
  })

  it('follows a device that is revoked, and says nothing of the others', async () => {
    const [one, other] = [await logIn(newPerson()), await logIn(newPerson())]
    assert.notEqual(one.sid, other.sid)
    await lanyard.server.issuer.devices.revoke(one.sid as DeviceId, byTest)
    await listener.logoutOf(one.sid)
    assert.equal(listener.heard.filter(({ sid }) => sid === other.sid).length, 0)
    assert.equal(await isAlive(other.tokens), true)
  })

  it('follows a group that is taken away and a user who is disabled, and each login is told once', async () => {
    const { directory } = lanyard.server.rooms
    const first = await logIn(newPerson())
    await directory.groups.removeMember('viewers', { user: 'ada' }, byTest)
    await listener.logoutOf(first.sid)
    await directory.groups.addMember('viewers', { user: 'ada' }, byTest)

    const second = await logIn(newPerson())
    await directory.users.disable('ada', byTest)
    await listener.logoutOf(second.sid)
    await directory.users.enable('ada', byTest)
    assert.equal(listener.heard.filter(({ sid }) => sid === first.sid).length, 1)
    assert.equal(listener.heard.filter(({ sid }) => sid === second.sid).length, 1)
  })

  it('tries again when the application fails, and not when it refuses', async () => {
    const { sid } = await logIn(newPerson())
    listener.answer = 503
    const before = listener.requests
    await lanyard.server.issuer.devices.revoke(sid as DeviceId, byTest)
    await poll('a first attempt', async () => listener.requests > before)
    listener.answer = null
    await listener.logoutOf(sid)

    for (const status of [400, 302]) {
      const other = await logIn(newPerson())
      listener.answer = status
      const count = listener.requests
      await lanyard.server.issuer.devices.revoke(other.sid as DeviceId, byTest)
      await poll('it is refused', async () => listener.requests > count)
      const third = await logIn(newPerson())
      listener.answer = null
      await lanyard.server.issuer.devices.revoke(third.sid as DeviceId, byTest)
      await listener.logoutOf(third.sid)
      assert.equal(listener.requests, count + 2, `${status}: no redirect followed, no retry`)
    }
  })

  it('gives nobody a token that passes as anything else', async () => {
    const { sid } = await logIn(newPerson())
    await lanyard.server.issuer.devices.revoke(sid as DeviceId, byTest)
    await listener.logoutOf(sid)
    const { token } = listener
    for (const claim of ['preferred_username', 'token_use', 'groups', 'nonce', 'auth_time']) {
      assert.equal(payloadOf(token)[claim], undefined, claim)
    }
    const page = await newPerson().open(`/session/end?id_token_hint=${token}`)
    assert.equal(page.status, 400)
    const me = await request(`${lanyard.issuer}/me`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(me.statusCode, 401)
    const url = `${lanyard.issuer}/token/introspection`
    const introspected = await postForm(lanyard, url, { token }, basic)
    assert.notEqual(introspected.body['active'], true)
  })

  it('keeps what it could not tell for the next start', async () => {
    const { sid } = await logIn(newPerson())
    listener.answer = 503
    const count = listener.requests
    await lanyard.server.issuer.devices.revoke(sid as DeviceId, byTest)
    await poll('a first attempt', async () => listener.requests > count)
    const { config } = lanyard.server
    const { data } = lanyard
    await lanyard.server.close()
    assert.equal(
      listener.heard.some((heard) => heard['sid'] === sid),
      false,
    )
    listener.answer = null
    owned.use(
      await startLanyard({ data, settings: { listen: config.listen, issuer: config.issuer } }),
    )
    await listener.logoutOf(sid)
  })
})
