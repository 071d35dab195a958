/** Threat 19: signing out cannot be forged, leads nowhere that is not registered, and leaves no refresh token alive. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  exchange,
  pluginLogin,
  postForm,
  refresh,
  type Tokens,
} from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { assertRefused, GRANT_REFUSED } from './attack.ts'
import {
  type Application,
  addApplication,
  applicationLogin,
  basic,
  errorCodeOf,
  FORM,
  send,
  sessionOf,
} from './support/adversary.ts'

let lanyard: Lanyard
let ada: Credentials
let wiki: Application
let other: Application
let person: Person
let tokens: Tokens
before(async () => {
  lanyard = await startLanyard()
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  wiki = await addApplication(lanyard, 'wiki')
  other = await addApplication(lanyard, 'other')
})
after(async () => {
  await lanyard[Symbol.asyncDispose]()
})
beforeEach(async () => {
  person = new Person(lanyard)
  tokens = await applicationLogin(lanyard, wiki, ada, person)
})

const endSession = (parameters: Record<string, string>) =>
  person.open(`session/end?${new URLSearchParams(parameters).toString()}`)

const refreshWiki = (token = tokens.refreshToken) =>
  postForm(
    lanyard,
    `${lanyard.issuer}/token`,
    { grant_type: 'refresh_token', refresh_token: token },
    basic(wiki),
  )

/** Still here, and what the application holds still works. */
async function assertNothingEnded(): Promise<void> {
  assert.equal((await person.open('account')).heading, 'ada')
  const answer = await refreshWiki()
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  tokens = { ...tokens, refreshToken: String(answer.body['refresh_token']) }
  await person.close()
}

const jwt = (header: object, payload: object, signature = '') =>
  [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.')

describe('a link or a form from elsewhere', () => {
  it('signs nobody out by GET: without hint, with a good hint, and with the confirmation’s own address', async () => {
    const asked = [
      await endSession({}),
      await endSession({ id_token_hint: tokens.idToken }),
      await endSession({
        id_token_hint: tokens.idToken,
        post_logout_redirect_uri: wiki.signedOutUri,
      }),
    ]
    for (const page of asked) {
      assert.equal(page.status, 200)
      assert.equal(page.heading, 'Sign out?')
      assert.equal(person.leftTo, undefined)
    }
    const xsrf = asked[2]?.forms[0]?.fields['xsrf'] ?? ''
    assert.ok(xsrf.length > 20)
    assert.equal((await person.open(`session/end/confirm?xsrf=${xsrf}&logout=yes`)).status, 404)
    await person.open('sign-out')
    await person.open('sign-out?devices=all')
    await assertNothingEnded()
  })

  it('signs nobody out by POST without the secret of the page, or with another session’s', async () => {
    const mallory = new Person(lanyard)
    await applicationLogin(lanyard, wiki, await lanyard.addUser('mallory'), mallory)
    const theirs = await mallory.open('session/end')
    const foreign = theirs.forms[0]?.fields['xsrf'] ?? ''
    for (const fields of [
      {},
      { xsrf: '' },
      { xsrf: foreign },
      { xsrf: 'A'.repeat(foreign.length) },
    ]) {
      // Before the page was shown, and after.
      for (const show of [false, true]) {
        if (show) await endSession({})
        const page = await person.post('/session/end/confirm', { logout: 'yes', ...fields })
        assert.equal(page.status, 400, JSON.stringify(fields))
        assert.equal(errorCodeOf(page.html), 'ERR_OAUTH_INVALID_REQUEST')
      }
    }
    await mallory.close()
    await assertNothingEnded()
  })

  it('cannot put the sign-out page into a frame', async () => {
    const page = await endSession({})
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
    assert.equal(page.headers['x-frame-options'], 'DENY')
    await assertNothingEnded()
  })
})

describe('a hint', () => {
  const refused = (page: Page, about: string) => {
    assert.equal(page.status, 400, about)
    assert.equal(errorCodeOf(page.html), 'ERR_OAUTH_INVALID_REQUEST', about)
    assert.equal(person.leftTo, undefined)
  }

  it('that is forged is refused: alg none, HS256 with the public key or the stored secret, cut, garbled', async () => {
    const claims = { iss: lanyard.issuer, sub: 'x', aud: wiki.clientId, iat: 1, exp: 9_999_999_999 }
    const jwks = (await send(lanyard, '/jwks')).body
    const { secret_hash } = await lanyard.server.rooms.store.query
      .selectFrom('applications')
      .select('secret_hash')
      .where('client_id', '=', wiki.clientId)
      .executeTakeFirstOrThrow()
    const hs256 = (key: string) => {
      const unsigned = jwt({ alg: 'HS256' }, claims)
      const signature = createHmac('sha256', key).update(unsigned.slice(0, -1)).digest('base64url')
      return unsigned + signature
    }
    const forged: Record<string, string> = {
      none: jwt({ alg: 'none' }, claims),
      'none in capitals': jwt({ alg: 'NONE' }, claims),
      'HS256 with the key set': hs256(jwks),
      'HS256 with the stored hash': hs256(secret_hash ?? ''),
      'HS256 with the secret': hs256(wiki.secret),
      'no signature': tokens.idToken.replace(/\.[^.]*$/, '.'),
      garbled: `${tokens.idToken.slice(0, -8)}AAAAAAAA`,
      'no JWT': 'x',
    }
    for (const [what, hint] of Object.entries(forged)) {
      refused(
        await endSession({ id_token_hint: hint, post_logout_redirect_uri: wiki.signedOutUri }),
        what,
      )
    }
    await assertNothingEnded()
  })

  it('of one client does not open another’s addresses (RP-Initiated Logout §2)', async () => {
    refused(
      await endSession({ id_token_hint: tokens.idToken, client_id: other.clientId }),
      'client',
    )
    refused(
      await endSession({
        id_token_hint: tokens.idToken,
        post_logout_redirect_uri: other.signedOutUri,
      }),
      'URI',
    )
    await assertNothingEnded()
  })
})

describe('where a sign-out leads (RP-Initiated Logout §3)', () => {
  it('is a registered URI, byte for byte, or nowhere', async () => {
    const uri = wiki.signedOutUri
    const bad = [
      'https://evil.example/',
      'javascript:alert(1)//',
      'data:text/html,x',
      `${uri}/`,
      `${uri}?x=1`,
      `${uri}#x`,
      `${uri}/../bye`,
      uri.toUpperCase(),
      uri.replace('https://', 'https://evil.example@'),
      uri.replace('.example.com', '.example.com.evil.example'),
      uri.replace('https:', 'http:'),
      wiki.redirectUri,
      `//${new URL(uri).host}/bye`,
      `${uri} `,
    ]
    for (const post_logout_redirect_uri of bad) {
      const page = await endSession({ client_id: wiki.clientId, post_logout_redirect_uri })
      assert.equal(page.status, 400, post_logout_redirect_uri)
      assert.equal(errorCodeOf(page.html), 'ERR_OAUTH_INVALID_REQUEST')
      assert.equal(person.leftTo, undefined)
    }
    // Without a client there is nothing to look it up in: it is not followed.
    const page = await endSession({ post_logout_redirect_uri: uri })
    const done = await person.submit(page, { logout: 'yes' })
    assert.equal(person.leftTo, undefined)
    assert.equal(done.heading, 'You are signed out')
    await person.close()
  })

  it('carries the state of the request and nothing else', async () => {
    const state = `a"b<c>&d=e`
    const page = await endSession({
      client_id: wiki.clientId,
      post_logout_redirect_uri: wiki.signedOutUri,
      state,
    })
    await person.submit(page, { logout: 'yes' })
    const left = person.leftTo
    assert.equal(left?.origin + (left?.pathname ?? ''), wiki.signedOutUri)
    assert.deepEqual([...(left?.searchParams ?? [])], [['state', state]])
    await person.close()
  })
})

describe('after a sign-out', () => {
  it('the session, and the application’s refresh token, are dead', async () => {
    const before = [...person.cookies]
    await person.submit(await endSession({ id_token_hint: tokens.idToken }), { logout: 'yes' })
    assert.equal(sessionOf(person), undefined)
    const thief = new Person(lanyard)
    thief.adopt(before)
    assert.equal(new URL((await thief.open('account')).url).pathname, '/sign-in')
    assertRefused(await refreshWiki(), 'invalid_grant', GRANT_REFUSED)
    const me = await send(lanyard, '/me', {
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })
    assert.equal(me.status, 401)
    await Promise.all([person, thief].map((one) => one.close()))
  })

  it('by our own page the same, and with the devices no login is left', async () => {
    const login = await pluginLogin(lanyard, ada, { person })
    const cluster = await clusterLogin(lanyard, ada, 'prod', person)
    await person.submit(await person.open('sign-out'), { devices: 'all' })
    assertRefused(await refreshWiki(), 'invalid_grant', GRANT_REFUSED)
    assertRefused(
      await refresh(lanyard, 'prod', cluster.refreshToken),
      'invalid_grant',
      GRANT_REFUSED,
    )
    assertRefused(
      await exchange(lanyard, login, 'prod'),
      'invalid_grant',
      'this login has ended or was revoked: log in again',
    )
    await person.close()
  })

  it('a second answer to the same page ends nothing more and leads nowhere', async () => {
    const page = await endSession({
      client_id: wiki.clientId,
      post_logout_redirect_uri: wiki.signedOutUri,
    })
    await person.submit(page, { logout: 'yes' })
    const again = await person.submit(page, { logout: 'yes' })
    assert.equal(again.status, 400)
    assert.equal(person.leftTo, undefined)
    const bare = await send(lanyard, '/session/end/confirm', {
      method: 'POST',
      headers: FORM,
      body: 'logout=yes',
    })
    assert.equal(bare.status, 400)
    await person.close()
  })
})
