/**
 * Threat 14: a forged host reaches no link, redirect, document or cookie; the set-up link works once, for half an hour, and never
 * after there is an admin.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { freezeTime } from './attack.ts'
import {
  addApplication,
  count,
  errorCodeOf,
  FORM,
  jsonOf,
  send,
  sendBytes,
} from './support/adversary.ts'

const EVIL = 'evil.example'
const FORGED = {
  host: EVIL,
  forwarded: `host=${EVIL};proto=http;for=192.0.2.1`,
  'x-forwarded-host': EVIL,
  'x-forwarded-server': EVIL,
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '80',
  'x-forwarded-prefix': `//${EVIL}`,
  'x-original-host': EVIL,
  'x-original-url': `https://${EVIL}/`,
  'x-rewrite-url': `https://${EVIL}/`,
}

describe('a forged host', () => {
  let lanyard: Lanyard
  before(async () => {
    lanyard = await startLanyard()
    await lanyard.addCluster('prod')
  })
  after(() => lanyard[Symbol.asyncDispose]())

  async function paths(): Promise<string[]> {
    const application = await addApplication(
      lanyard,
      `wiki-${await count(lanyard, 'applications')}`,
    )
    const code = startCode(lanyard, { clientId: 'prod' }).url.slice(lanyard.issuer.length)
    const signOut = new URLSearchParams({
      client_id: application.clientId,
      post_logout_redirect_uri: application.signedOutUri,
    })
    return [
      '/',
      '/account',
      '/sign-in?next=account',
      '/setup',
      '/device',
      '/nothing',
      '/.well-known/openid-configuration',
      '/jwks',
      code,
      '/auth?client_id=nobody',
      `/session/end?${signOut.toString()}`,
      '/session/end/success',
      '/kubectl/v1/clusters',
    ]
  }

  it('reaches no answer, by any header', async () => {
    for (const path of await paths()) {
      for (const accept of ['text/html', 'application/json']) {
        const { status, headers, body } = await send(lanyard, path, {
          headers: { ...FORGED, accept },
        })
        assert.ok(status < 500, `${path}: ${status}`)
        assert.equal(`${JSON.stringify(headers)}${body}`.includes(EVIL), false, path)
        for (const cookie of [headers['set-cookie'] ?? []].flat()) {
          assert.match(cookie, /; secure/i, `${path}: ${cookie}`)
          assert.doesNotMatch(cookie, /domain=/i)
        }
      }
    }
  })

  it('reaches no device code and no verification address (RFC 8628 §3.2)', async () => {
    const answer = await send(lanyard, '/device/auth', {
      method: 'POST',
      headers: { ...FORGED, ...FORM },
      body: 'client_id=prod&scope=openid',
    })
    assert.equal(answer.status, 200)
    assert.equal(jsonOf(answer)['verification_uri'], `${lanyard.issuer}/device`)
  })

  it('counts for nothing in an absolute target (RFC 9112 §3.2.2), or twice', async () => {
    const { host } = new URL(lanyard.issuer)
    const code = startCode(lanyard, { clientId: 'prod' }).url.slice(lanyard.issuer.length)
    const heads = [
      `GET https://${EVIL}/account HTTP/1.1\r\nHost: ${EVIL}`,
      `GET https://${EVIL}${code} HTTP/1.1\r\nHost: ${EVIL}`,
      `GET //${EVIL}/account HTTP/1.1\r\nHost: ${host}`,
      `GET /account HTTP/1.1\r\nHost: ${host}\r\nHost: ${EVIL}`,
      `GET /account HTTP/1.1\r\nHost: ${EVIL}\r\nHost: ${host}`,
      `GET ${code} HTTP/1.1\r\nHost: ${host}:1@${EVIL}`,
    ]
    for (const head of heads) {
      const answer = await sendBytes(lanyard, `${head}\r\nConnection: close\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 (?:303|400|404) /, head)
      assert.equal(answer.includes(EVIL), false, answer)
      const location = /^location: (.*)$/im.exec(answer)?.[1]
      if (location !== undefined) assert.match(location, /^\/(?:sign-in|interaction\/)/)
    }
  })
})

describe('a set-up link', () => {
  const passwords = { password: 'nine green llamas nap', password_again: 'nine green llamas nap' }
  noteSecret(passwords.password, 'password')

  async function open(lanyard: Lanyard, code: string) {
    if (code !== '') noteSecret(code, 'set-up code')
    const person = new Person(lanyard)
    const page = await person.open(`setup?code=${encodeURIComponent(code)}`)
    return {
      person,
      page,
      submit: (username: string) => person.submit(page, { username, ...passwords }),
    }
  }
  const wrong = (page: Page) => {
    assert.equal(page.status, 400)
    assert.match(page.html, /This code is not known, or it has expired/)
  }

  it('dies after half an hour, and when a newer one is made', async () => {
    using time = freezeTime()
    await using lanyard = await startLanyard({ clock: Date.now })
    const { setupLink } = lanyard.server.rooms.directory
    const first = await setupLink.issue(byTest)
    const second = await setupLink.issue(byTest)
    wrong(await (await open(lanyard, first.code)).submit('eve'))
    wrong(await (await open(lanyard, 'abcd-efgh-jkmn-pqrs')).submit('eve'))
    wrong(await (await open(lanyard, '')).submit('eve'))
    time.advance(30 * 60_000)
    wrong(await (await open(lanyard, second.code)).submit('eve'))
    assert.equal(await count(lanyard, 'users'), 0)
    assert.equal(await count(lanyard, 'passwords'), 0)
  })

  it('makes one admin, once; then there is nothing there, whatever is sent', async () => {
    await using lanyard = await startLanyard()
    const { setupLink } = lanyard.server.rooms.directory
    const { code } = await setupLink.issue(byTest)
    const ada = await open(lanyard, code)
    const eve = await open(lanyard, code)
    assert.equal((await ada.submit('ada')).status, 200)
    const after = await eve.submit('eve')
    assert.equal(after.status, 404)
    assert.equal(errorCodeOf(after.html), 'ERR_NOT_FOUND')
    assert.equal((await eve.person.open(`setup?code=${code}`)).status, 404)
    await assert.rejects(setupLink.issue(byTest), { code: 'ERR_SETUP_CLOSED' })
    assert.equal(await count(lanyard, 'users'), 1)
  })

  it('that was never used is worth nothing once an admin came by another way', async () => {
    await using lanyard = await startLanyard()
    const { code } = await lanyard.server.rooms.directory.setupLink.issue(byTest)
    await lanyard.addUser('root', ['lanyard-admins'])
    const eve = await open(lanyard, code)
    assert.equal(eve.page.status, 404)
    assert.equal(await count(lanyard, 'users'), 1)
  })
})
