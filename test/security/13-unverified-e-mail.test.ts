/**
 * Threat 13 (Keycloak CVE-2025-7365; Pocket ID CVE-2026-115770): an address that nobody proved names nobody. `email_verified`
 * is false until then (OpenID Connect Core §5.1), every change resets it, and the claim that identifies is never the e-mail
 * (§5.7).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { showCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  exchange,
  payloadOf,
  pluginLogin,
  refresh,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'

describe('an unverified e-mail address', () => {
  let lanyard: Lanyard
  let ada: Credentials
  let mallory: Credentials
  before(async () => {
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    mallory = await lanyard.addUser('mallory', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const users = () => lanyard.server.rooms.directory.users

  it('is not verified when it is added, whatever its shape', async () => {
    const added = await users().add({ username: 'new', email: 'new@example.com' }, byTest)
    assert.deepEqual([added.email, added.emailVerified], ['new@example.com', false])
    for (const email of [
      '',
      'x',
      'a@',
      '@b',
      'a b@c',
      'a@b\r\nBcc: c@d',
      'a@b@c',
      '\u200ba@b',
      `${'a'.repeat(253)}@b`,
    ]) {
      await assert.rejects(users().add({ username: 'other', email }, byTest), { code: 'ERR_EMAIL' })
    }
    assert.equal(await users().find('other'), undefined)
  })

  it('is not verified any more after any change of it', async () => {
    const verified = { email: 'ada@example.com', emailVerified: true }
    for (const next of [
      'eve@example.com',
      'Ada@example.com',
      'ada@EXAMPLE.com',
      'ada+x@example.com',
      null,
    ]) {
      assert.equal((await users().change('ada', verified, byTest)).emailVerified, true)
      const { email, emailVerified } = await users().change('ada', { email: next }, byTest)
      assert.deepEqual([email, emailVerified], [next, false], String(next))
      // To and fro is a change as well.
      const back = await users().change('ada', { email: 'ada@example.com' }, byTest)
      assert.equal(back.emailVerified, false, String(next))
    }
    await users().change('ada', { email: null }, byTest)
    const none = await users().change('ada', { emailVerified: true }, byTest)
    assert.deepEqual([none.email, none.emailVerified], [null, false])
  })

  it('is not verified in the next token of a login that began before', async () => {
    await users().change('ada', { email: 'ada@example.com', emailVerified: true }, byTest)
    const cluster = await clusterLogin(lanyard, ada, 'prod')
    const login = await pluginLogin(lanyard, ada)
    assert.equal(payloadOf(cluster.idToken)['email_verified'], true)
    await users().change('ada', { email: 'boss@example.com' }, byTest)
    const refreshed = tokensOf(await refresh(lanyard, 'prod', cluster.refreshToken)).idToken
    const exchanged = String((await exchange(lanyard, login, 'prod')).body['access_token'])
    for (const token of [refreshed, exchanged]) {
      const { email, email_verified } = payloadOf(token)
      assert.deepEqual([email, email_verified], ['boss@example.com', false])
    }
  })

  it('signs nobody in, and makes nobody somebody else', async () => {
    await users().change('ada', { email: 'ada@example.com', emailVerified: true }, byTest)
    await users().change('mallory', { email: 'ada@example.com' }, byTest)
    for (const [username, password] of [
      ['ada@example.com', ada.password],
      ['ada@example.com', mallory.password],
      ['ADA@example.com', ada.password],
    ] as const) {
      const person = new Person(lanyard)
      const page = await person.submit(await person.open('sign-in'), { username, password })
      assert.ok(page.title.startsWith('Error:'), page.title)
      assert.ok(!person.cookies.some(({ name }) => name === '__Host-lanyard-session'))
      await person.close()
    }
    const { sub, preferred_username, email, email_verified } = payloadOf(
      (await clusterLogin(lanyard, mallory, 'prod')).idToken,
    )
    const { id } = await users().get('mallory')
    assert.deepEqual(
      [sub, preferred_username, email, email_verified],
      [id, 'mallory', 'ada@example.com', false],
    )
  })

  it('is what no cluster is told to name people by', async () => {
    const { flags, authenticationConfiguration } = await showCluster(lanyard, 'prod')
    assert.ok(flags.includes('--oidc-username-claim=preferred_username'))
    assert.ok(!flags.some((flag) => flag.includes('email')))
    assert.ok(!/email/.test(authenticationConfiguration))
  })

  it('has no field on any page of the person', async () => {
    const person = new Person(lanyard)
    await person.submit(await person.open('sign-in'), { ...ada })
    const account = await person.open('account')
    for (const { fields } of account.forms) {
      assert.ok(!Object.keys(fields).some((name) => name.includes('email')), account.html)
    }
    await person.close()
  })
})
