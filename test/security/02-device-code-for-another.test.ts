/**
 * Threat 2 (Keycloak CVE-2023-2585): a device code is redeemed by the client that started it (RFC 8628 §3.4) and approved by
 * the browser that claimed it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, createDeviceKey, payloadOf, tokensOf } from '../support/logins.ts'
import type { Page } from '../support/person.ts'
import {
  approveDevice,
  assertRefused,
  atDevicePage,
  auditTypes,
  devicesOf,
  freezeTime,
  GRANT_REFUSED,
  poll,
  rowsOf,
  startDevice,
} from './attack.ts'

describe('a device code for another', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let ada: Credentials
  let mallory: Credentials
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    ada = await lanyard.addUser('ada', ['viewers'])
    mallory = await lanyard.addUser('mallory', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
    await lanyard.addCluster('test', { groups: ['viewers'] })
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  it('is not redeemed by another client, and stays the first one’s', async () => {
    const started = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, ada, started)
    const proof = await (await createDeviceKey()).proof('POST', `${lanyard.issuer}/token`)
    for (const client_id of ['test', 'kubectl-lanyard']) {
      const answer = await poll(lanyard, started, { client_id }, { dpop: proof })
      assertRefused(answer, 'invalid_grant', GRANT_REFUSED, { about: client_id })
      time.advance(16_000)
    }
    assert.ok((await rowsOf(lanyard, 'DeviceCode')).every(({ consumed }) => !consumed))
    const { idToken } = tokensOf(await poll(lanyard, started))
    assert.equal(payloadOf(idToken)['aud'], 'prod')
  })

  it('gives one of twenty parallel polls its tokens', async () => {
    const started = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, ada, started)
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(lanyard, started)))
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses))
    time.advance(60_000)
    assertRefused(await poll(lanyard, started), 'invalid_grant', GRANT_REFUSED)
  })

  const UNKNOWN = 'is unknown'
  const isCodePage = (page: Page) =>
    page.status === 400 && page.forms.some(({ fields }) => 'user_code' in fields)

  it('is approved in no browser but the one that claimed it', async () => {
    const started = await startDevice(lanyard, 'prod')
    const { living } = await devicesOf(lanyard)
    const claimant = await atDevicePage(lanyard, ada)
    const question = await claimant.person.submit(claimant.page, { user_code: started.userCode })
    assert.ok(
      question.forms[0]?.buttons.some(({ value }) => value === 'approve'),
      UNKNOWN,
    )

    const other = await atDevicePage(lanyard, mallory)
    const again = await other.person.submit(other.page, { user_code: started.userCode })
    assert.ok(isCodePage(again), again.html)
    // The form that the claimant was shown, sent by the other: with either's identity, and with either answer.
    const { id: adaId } = await lanyard.server.rooms.directory.users.get('ada')
    const { id: malloryId } = await lanyard.server.rooms.directory.users.get('mallory')
    const csrf = other.page.forms[0]?.fields['csrf'] ?? ''
    for (const person of [adaId, malloryId]) {
      for (const answer of ['approve', 'refuse']) {
        const form = { csrf, person, user_code: started.userCode, answer }
        const page = await other.person.post('device/answer', form)
        assert.ok(isCodePage(page), `${answer}: ${page.heading}`)
      }
    }
    assert.equal((await devicesOf(lanyard)).living, living)
    assert.ok(!(await auditTypes(lanyard, 3)).includes('device.approved'))
    assertRefused(
      await poll(lanyard, started),
      'authorization_pending',
      "authorization request is still pending as the end-user hasn't yet completed the user interaction steps",
    )
    const done = await claimant.person.submit(question, { answer: 'approve' })
    assert.equal(done.heading, 'You are signed in')
    time.advance(6_000)
    assert.equal(
      payloadOf(tokensOf(await poll(lanyard, started)).idToken)['preferred_username'],
      'ada',
    )
  })

  it('is not approved without being claimed, nor twice, nor by the claim to another code', async () => {
    const first = await startDevice(lanyard, 'prod')
    const second = await startDevice(lanyard, 'test')
    const { person, page } = await atDevicePage(lanyard, ada)
    const { id } = await lanyard.server.rooms.directory.users.get('ada')
    const form = { csrf: page.forms[0]?.fields['csrf'] ?? '', person: id, answer: 'approve' }
    const skipped = await person.post('device/answer', { ...form, user_code: first.userCode })
    assert.ok(isCodePage(skipped), skipped.html)

    const question = await person.submit(page, { user_code: first.userCode })
    const swapped = await person.submit(question, { answer: 'approve', user_code: second.userCode })
    assert.ok(isCodePage(swapped), swapped.html)
    const both = await Promise.all([
      person.submit(question, { answer: 'approve' }),
      person.submit(question, { answer: 'approve' }),
    ])
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400],
    )
    assert.equal((await poll(lanyard, second)).body['error'], 'authorization_pending')
  })
})
