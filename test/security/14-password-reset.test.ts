/**
 * Threat 14 (Keycloak CVE-2026-18963): a link for a new password leads to our host whatever a request says, counts once, for its own user and
 * for a while, ends every other session and login, and is no way around a second factor.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { deliverAll, linkIn, relayOn, type SmtpServer, startRelay, textOf } from '../mail/smtp.ts'
import { codeAt } from '../support/authenticator.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin, refresh } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { assertPage } from './attack.ts'
import { FORM, send } from './support/adversary.ts'

const EVIL = 'evil.example'
const GONE = 'This link is not known, was used or replaced, or its time is over.'
const NEXT = 'nine tin kettles sing low'
noteSecret(NEXT, 'password')
const passwords = { password: NEXT, password_again: NEXT }

describe('a link for a new password', () => {
  let server: SmtpServer
  let lanyard: Lanyard
  let now = Date.now()
  let ada: Credentials
  before(async () => {
    server = await startRelay()
    lanyard = await startLanyard({ clock: () => now, settings: { mail: relayOn(server.port) } })
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addUser('bob', ['viewers'])
    for (const username of ['ada', 'bob']) {
      const email = `${username}@example.com`
      await users().change(username, { email, emailVerified: true }, byTest)
    }
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  beforeEach(async () => {
    now += 3_600_000
    await users().setPassword('ada', ada.password, { mustChange: false }, byTest)
    now += 1_000
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const users = () => lanyard.server.rooms.directory.users
  const deliver = () => deliverAll(lanyard.server.rooms)

  /** The link of the newest mail to somebody. */
  async function linkTo(username: string): Promise<string> {
    await deliver()
    const mails = server.received.filter(
      ({ to, source }) => to[0] === `${username}@example.com` && source.includes('/reset/'),
    )
    const link = linkIn(mails.at(-1))
    noteSecret(link.slice(link.lastIndexOf('/') + 1), 'reset code')
    return link
  }

  async function request(username = 'ada'): Promise<string> {
    const person = new Person(lanyard)
    await person.submit(await person.open('forgotten'), { username })
    await person.close()
    return linkTo(username)
  }

  it('leads to the issuer, whatever host a request names', async () => {
    const person = new Person(lanyard)
    const page = await person.open('forgotten')
    const answer = await send(lanyard, '/forgotten', {
      method: 'POST',
      headers: {
        ...FORM,
        ...{ host: EVIL, origin: lanyard.issuer, 'sec-fetch-site': 'same-origin' },
        forwarded: `host=${EVIL};proto=http`,
        'x-forwarded-host': EVIL,
        'x-forwarded-prefix': `//${EVIL}`,
        referer: `https://${EVIL}/`,
        cookie: person.cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      },
      body: new URLSearchParams({ ...page.forms[0]?.fields, username: 'ada' }).toString(),
    })
    assert.equal(answer.status, 303)
    assert.equal(`${JSON.stringify(answer.headers)}${answer.body}`.includes(EVIL), false)
    assert.ok((await linkTo('ada')).startsWith(`${lanyard.issuer}/reset/`))
    assert.equal(
      server.received.some((mail) => textOf(mail).includes(EVIL)),
      false,
    )
    await person.close()
  })

  it('is not followed by a referrer, a cache or a frame, and changes nothing by being opened', async () => {
    const link = await request()
    const person = new Person(lanyard)
    const page = await person.open(link)
    assert.deepEqual(
      ['referrer-policy', 'cache-control', 'x-frame-options'].map((name) => page.headers[name]),
      ['no-referrer', 'no-store', 'DENY'],
    )
    assert.equal((await person.open(link)).status, 200)
    assert.equal((await person.submit(page, passwords)).heading, 'Your password is changed')
  })

  it('counts once, and not out of order: before it was opened, after a newer one, for another', async () => {
    const first = await request()
    const second = await request()
    const person = new Person(lanyard)
    assertPage(await person.open(first), 404, 'ERR_RESET_CODE', GONE)
    const page = await person.open(second)
    // The form of one link, sent to the address of another that is dead.
    assertPage(
      await person.post(first, { ...page.forms[0]?.fields, ...passwords }),
      404,
      'ERR_RESET_CODE',
      GONE,
    )
    // Whose password it is stands in no field.
    const bob = { ...page.forms[0]?.fields, username: 'bob', user: 'bob', ...passwords }
    assert.equal((await person.post(second, bob)).heading, 'Your password is changed')
    for (const password of [
      passwords,
      { password: 'another quiet one here 8', password_again: 'another quiet one here 8' },
    ]) {
      assertPage(await person.submit(page, password), 404, 'ERR_RESET_CODE', GONE)
    }
    const signIn = async (username: string, password: string) => {
      const browser = new Person(lanyard)
      const answer = await browser.submit(await browser.open('sign-in'), { username, password })
      await browser.close()
      return answer.heading
    }
    assert.equal(await signIn('ada', NEXT), 'ada')
    assert.equal(await signIn('bob', NEXT), 'Sign in')
  })

  it('counts for half an hour, and one of an admin for a day', async () => {
    const link = await request()
    const made = await lanyard.server.rooms.directory.resetLinks.make('bob', byTest)
    noteSecret(made.code, 'reset code')
    now += 30 * 60_000
    const person = new Person(lanyard)
    assertPage(await person.open(link), 404, 'ERR_RESET_CODE', GONE)
    assert.equal((await person.open(made.link)).status, 200)
    now += 23.5 * 3_600_000
    assertPage(await person.open(made.link), 404, 'ERR_RESET_CODE', GONE)
  })

  it('needs a form of ours in the same browser', async () => {
    const link = await request()
    const [victim, attacker] = [new Person(lanyard), new Person(lanyard)]
    const page = await attacker.open(link)
    const answer = await victim.post(link, { ...page.forms[0]?.fields, ...passwords })
    assert.equal(answer.status, 403)
    assert.equal((await attacker.submit(page, passwords)).heading, 'Your password is changed')
  })

  it('ends every other session and every login, and signs nobody in', async () => {
    const browser = new Person(lanyard)
    await browser.submit(await browser.open('sign-in'), { ...ada })
    assert.equal((await browser.open('account')).heading, 'ada')
    const { refreshToken } = await clusterLogin(lanyard, ada, 'prod')
    const before = await refresh(lanyard, 'prod', refreshToken)
    assert.equal(before.status, 200)
    now += 1_000
    const link = await request()
    const person = new Person(lanyard)
    await person.submit(await person.open(link), passwords)
    assert.equal((await browser.open('account')).heading, 'Sign in')
    assert.equal((await person.open('account')).heading, 'Sign in')
    const next = String(before.body['refresh_token'])
    const { status, body } = await refresh(lanyard, 'prod', next)
    assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
    await deliver()
    const notice = server.received.map(textOf).findLast((text) => text.includes('User: ada'))
    assert.match(notice ?? '', /^A new password was set by a link\r$/m)
  })

  it('is no way around a second factor', async () => {
    const { factors } = lanyard.server.rooms.directory
    const { id } = await users().get('ada')
    const { secret } = await factors.oneTimeCodes.begin(id)
    await factors.oneTimeCodes.confirm(id, codeAt(secret, now), byTest)
    now += 60_000
    const person = new Person(lanyard)
    await person.submit(await person.open(await request()), passwords)
    const answer = await person.submit(await person.open('sign-in'), {
      username: 'ada',
      password: NEXT,
    })
    assert.equal(answer.heading, 'One-time code')
    assert.equal((await person.open('account')).heading, 'Sign in')
    await factors.oneTimeCodes.remove(id, byTest)
  })
})
