/**
 * Threat 3 (authentik CVE-2024-38371, CVE-2024-52287): the device flow holds the policy of the browser login, at approval and
 * again at the token; codes cannot be guessed (RFC 8628 §5.1) and `slow_down` is meant (§3.5).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, postForm } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import {
  approveDevice,
  assertRefused,
  atDevicePage,
  devicesOf,
  freezeTime,
  poll,
  startDevice,
} from './attack.ts'

const PENDING =
  "authorization request is still pending as the end-user hasn't yet completed the user interaction steps"
const SLOW_DOWN = 'you are polling too quickly and should back off at a reasonable rate'

describe('the device flow around the policy', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let bob: Credentials
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    bob = await lanyard.addUser('bob')
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  it('refuses who is in none of the groups, and the code dies with the refusal', async () => {
    const started = await startDevice(lanyard, 'prod')
    const before = await devicesOf(lanyard)
    const sentence = 'ob is in none of the groups that may enter cluster &quot;prod&quot;.'
    const page = await approveDevice(lanyard, bob, started)
    assert.equal(page.status, 403)
    assert.ok(page.html.includes(sentence), page.html)
    assert.deepEqual(await devicesOf(lanyard), before)
    assertRefused(await poll(lanyard, started), 'access_denied', 'the request was refused')
    const { person, page: ask } = await atDevicePage(lanyard, ada)
    assert.equal((await person.submit(ask, { user_code: started.userCode })).status, 400)
    await person.close()
  })

  it('decides again when the tokens are fetched', async () => {
    const { users, groups } = lanyard.server.rooms.directory
    const left = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, ada, left)
    await groups.removeMember('viewers', { user: 'ada' }, byTest)
    const sentence = 'ada is in none of the groups that may enter cluster "prod"'
    assertRefused(await poll(lanyard, left), 'invalid_grant', sentence)
    await groups.addMember('viewers', { user: 'ada' }, byTest)

    const changed = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, ada, changed)
    time.advance(1_000)
    await users.setPassword('ada', ada.password, { mustChange: false }, byTest)
    assertRefused(
      await poll(lanyard, changed),
      'invalid_grant',
      'ada signed in before all sessions were ended',
    )
  })

  it('lets nobody approve whose password is due to be changed', async () => {
    const { users } = lanyard.server.rooms.directory
    await users.add({ username: 'carol', password: bob.password }, byTest)
    const started = await startDevice(lanyard, 'prod')
    const person = new Person(lanyard)
    const page = await person.submit(await person.open('device'), {
      username: 'carol',
      password: bob.password,
    })
    assert.ok(!page.forms.some(({ fields }) => 'user_code' in fields), page.html)
    assert.ok(new URL((await person.open('device')).url).pathname.endsWith('/sign-in'))
    assert.equal((await poll(lanyard, started)).body['error'], 'authorization_pending')
    await person.close()
  })

  it('is not for applications', async () => {
    const { applications } = lanyard.server.rooms.clusters
    await applications.add(
      { name: 'app', redirectUris: ['https://app.example.com/cb'], public: true, everyone: true },
      byTest,
    )
    await lanyard.server.issuer.refresh()
    const form = { client_id: 'app', scope: 'openid' }
    const answer = await postForm(lanyard, `${lanyard.issuer}/device/auth`, form)
    assertRefused(
      answer,
      'invalid_request',
      'urn:ietf:params:oauth:grant-type:device_code is not allowed for this client',
    )
  })

  it('shows no code that stands in the address to anybody', async () => {
    const { userCode } = await startDevice(lanyard, 'prod')
    const { person } = await atDevicePage(lanyard, ada)
    const page = await person.open(`device?user_code=${userCode}`)
    assert.ok(!page.html.includes(userCode), page.html)
    await person.close()
  })

  it('stops a person’s guesses after ten, at both forms, and not the others', async () => {
    const dora = await lanyard.addUser('dora', ['viewers'])
    const started = await startDevice(lanyard, 'prod')
    const { person, page } = await atDevicePage(lanyard, dora)
    const { id } = await lanyard.server.rooms.directory.users.get('dora')
    const { csrf = '' } = page.forms[0]?.fields ?? {}
    for (let guess = 0; guess < 10; guess += 1) {
      const typed = { csrf, user_code: `BCDF-GHJ${'KLMNPQRSTV'[guess]}` }
      const wrong =
        guess % 2 === 0
          ? await person.post('device', typed)
          : await person.post('device/answer', { ...typed, person: id, answer: 'approve' })
      assert.equal(wrong.status, 400, `guess ${guess}: ${wrong.html}`)
    }
    const right = await person.post('device', { csrf, user_code: started.userCode })
    assert.equal(right.status, 429)
    assert.equal(right.headers['retry-after'], '600')
    const form = { csrf, user_code: started.userCode, person: id, answer: 'refuse' }
    assert.equal((await person.post('device/answer', form)).status, 400)
    // Neither another browser of the same person nor a dozen at once is a way around.
    const second = await atDevicePage(lanyard, dora)
    const more = await Promise.all(
      Array.from({ length: 12 }, () =>
        second.person.submit(second.page, { user_code: started.userCode }),
      ),
    )
    assert.ok(more.every(({ status }) => status === 429))
    assert.equal((await poll(lanyard, started)).body['error'], 'authorization_pending')
    time.advance(600_000 - 1)
    assert.equal((await person.post('device', { csrf, user_code: 'BCDF-GHJK' })).status, 429)
    time.advance(1)
    assert.equal((await person.post('device', { csrf, user_code: 'BCDF-GHJK' })).status, 400)
  })

  it('asks nobody about a code who has not signed in', async () => {
    const { userCode } = await startDevice(lanyard, 'prod')
    const person = new Person(lanyard)
    const { csrf = '' } = (await person.open('sign-in')).forms[0]?.fields ?? {}
    for (const path of ['device', 'device/answer']) {
      const page = await person.post(path, { csrf, user_code: userCode, answer: 'approve' })
      assert.ok(new URL(page.url).pathname.endsWith('/sign-in'), page.url)
    }
    await person.close()
  })

  it('adds five seconds for every hasty poll', async () => {
    const started = await startDevice(lanyard, 'prod')
    assertRefused(await poll(lanyard, started), 'authorization_pending', PENDING)
    assertRefused(await poll(lanyard, started), 'slow_down', SLOW_DOWN)
    time.advance(8_000)
    assertRefused(await poll(lanyard, started), 'slow_down', SLOW_DOWN)
    time.advance(13_000)
    assertRefused(await poll(lanyard, started), 'slow_down', SLOW_DOWN)
    time.advance(20_000)
    assertRefused(await poll(lanyard, started), 'authorization_pending', PENDING)
  })

  it('gives nothing for an expired code', async () => {
    const started = await startDevice(lanyard, 'prod')
    time.advance(601_000)
    const { status, body } = await poll(lanyard, started)
    assert.equal(status, 400)
    assert.ok(['expired_token', 'invalid_grant'].includes(String(body['error'])))
    const { person, page } = await atDevicePage(lanyard, ada)
    const typed = await person.submit(page, { user_code: started.userCode })
    assert.equal(typed.status, 400)
    await person.close()
  })
})
