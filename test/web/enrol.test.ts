import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Factors } from '../../src/access/index.ts'
import { codeAt } from '../support/authenticator.ts'
import type { Page } from '../support/person.ts'
import { addPeople, BY, type Fixture, openWeb, signIn } from './fixture.ts'
import { authorizationUrl, enterCode, requestDeviceCode } from './logins.ts'
import {
  addCodes,
  addPasskey,
  assertFailed,
  isSignedIn,
  lastAmr,
  makePasskey,
  OVER,
  REFUSED_PASSKEY,
  typePassword,
  usePasskey,
  userIdOf,
} from './steps.ts'

const CALLBACK = 'http://127.0.0.1:18000/callback'

/** Cluster `prod-eu`, which asks for so much. */
async function openDemanding(factors: Factors, maxAge: number | null = null): Promise<Fixture> {
  const web = await openWeb()
  await addPeople(web)
  await web.clusters.change('prod-eu', { policy: { factors, maxAge } }, BY)
  await web.issuer.refresh()
  return web
}

const prod = (web: Fixture) =>
  authorizationUrl(web, { client_id: 'prod-eu', redirect_uri: CALLBACK })

/** The secret that the page shows for typing. */
function secretOn(page: Page): string {
  return /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1]?.replaceAll(' ', '') ?? ''
}

test('who has one factor sets up codes where two are asked for, keeps recovery codes, and goes on', async () => {
  await using web = await openDemanding('two')
  const ada = web.person()
  const enrol = await typePassword(ada, await ada.open(prod(web)))
  assert.equal(enrol.heading, 'Add a second way to sign in')
  assert.match(enrol.html, /<b>prod-eu<\/b> asks for more than a password/)
  const setup = await ada.submit(enrol, {}, 1)
  assert.equal(setup.heading, 'Set up one-time codes')
  const secret = secretOn(setup)
  assert.match(secret, /^[A-Z2-7]{32}$/)
  assert.match(setup.html, /<path d="[Mmhv\d. -]+" stroke="#000"/)
  const wrong = await ada.submit(setup, { code: '000000' })
  assertFailed(wrong, 'Set up one-time codes', 'This code is not right.')
  assert.equal(secretOn(wrong), '')
  const kept = await ada.submit(wrong, { code: codeAt(secret, web.now()) })
  assert.equal(kept.heading, 'Keep your recovery codes')
  assert.equal(kept.html.match(/[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/g)?.length, 10)
  assert.equal(await isSignedIn(ada), false)
  await ada.submit(kept)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
  assert.deepEqual(await lastAmr(web), ['pwd', 'otp', 'mfa'])
  const { oneTimeCode, recoveryCodesLeft } = await web.directory.factors.of(await userIdOf(web))
  assert.deepEqual({ oneTimeCode, recoveryCodesLeft }, { oneTimeCode: true, recoveryCodesLeft: 10 })
})

test('who has one factor makes a passkey where one is asked for, and nothing less is offered', async () => {
  await using web = await openDemanding('passkey')
  const ada = web.person()
  const enrol = await typePassword(ada, await ada.open(prod(web)))
  assert.equal(enrol.heading, 'Add a passkey')
  assert.equal(enrol.forms.length, 1)
  const { csrf = '' } = enrol.forms[0]?.fields ?? {}
  const around = await ada.post(enrol.url.replace(/enrol$/, 'enrol/code'), { csrf })
  assert.equal(around.heading, 'Add a passkey')
  const { page: refused } = await makePasskey(web, ada, enrol, { bent: { userVerified: false } })
  assertFailed(refused, 'Add a passkey', REFUSED_PASSKEY)
  const { page: kept } = await makePasskey(web, ada, refused)
  assert.equal(kept.heading, 'Keep your recovery codes')
  await ada.submit(kept)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
  assert.deepEqual(await lastAmr(web), ['pwd', 'pop', 'user', 'mfa'])
})

test('the step cannot be left out: not by going on, not by another address, not by a session', async () => {
  await using web = await openDemanding('two')
  const ada = web.person()
  const enrol = await typePassword(ada, await ada.open(prod(web)))
  const base = enrol.url.replace(/\/enrol$/, '')
  const { csrf = '' } = enrol.forms[0]?.fields ?? {}
  const on = await ada.post(`${base}/continue`, { csrf })
  assert.equal(on.heading, 'Add a second way to sign in')
  assert.equal(ada.leftTo, undefined)
  const answered = await ada.post(`${base}/answer`, { csrf, answer: 'approve' })
  assert.equal(answered.heading, 'Sign in')
  const code = await ada.post(`${base}/code`, { csrf, code: '123456' })
  assertFailed(code, 'Sign in', OVER)
  // A session of one factor, as remembered.
  const remembered = web.person()
  await signIn(remembered)
  const page = await remembered.open(prod(web))
  assert.equal(page.heading, 'Sign in')
  assert.equal(page.forms[0]?.fields['username'], 'ada')
  assert.equal((await typePassword(remembered, page)).heading, 'Add a second way to sign in')
})

test('a password alone never adds to the factors of somebody who has some', async () => {
  await using web = await openDemanding('passkey')
  await addCodes(web)
  const thief = web.person()
  const page = await typePassword(thief, await thief.open(prod(web)))
  assert.equal(page.heading, 'One-time code')
  const { csrf = '' } = page.forms[0]?.fields ?? {}
  const base = page.url.replace(/\/code$/, '')
  for (const step of ['enrol/code', 'enrol/code/confirm', 'enrol/passkey']) {
    assertFailed(await thief.post(`${base}/${step}`, { csrf }), 'Sign in', OVER)
  }
  assertFailed(await thief.open(`${base}/enrol`), 'Sign in', OVER)
})

test('who has codes and no passkey is told, where only a passkey opens', async () => {
  await using web = await openDemanding('passkey')
  const code = await addCodes(web)
  const ada = web.person()
  const page = await typePassword(ada, await ada.open(prod(web)))
  const refused = await ada.submit(page, { code: code() })
  assert.equal(refused.status, 403)
  assert.equal(refused.heading, 'You may not enter')
  assert.match(
    refused.html,
    /ada did not sign in with a passkey, and cluster &quot;prod-eu&quot; asks for one\./,
  )
  assert.match(refused.html, /href="\/account\/passkeys\/new">add a passkey</)
  assert.equal(ada.leftTo, undefined)
  const remembered = web.person()
  await remembered.submit(await signIn(remembered), { code: code() })
  assert.equal((await remembered.open(prod(web))).heading, 'You may not enter')
})

test('a session that is not enough leads to the passkey, and then on', async () => {
  await using web = await openDemanding('passkey')
  const passkey = await addPasskey(web)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open(prod(web))
  assert.equal(page.heading, 'Use your passkey')
  assert.match(page.html, /Signing in to <b>prod-eu<\/b> as <b>ada<\/b>/)
  assert.match(page.html, /Nothing but a passkey opens this\./)
  await usePasskey(ada, page, passkey)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
})

test('after a password the passkey is asked for where two are', async () => {
  await using web = await openDemanding('two')
  const passkey = await addPasskey(web)
  const ada = web.person()
  const page = await typePassword(ada, await ada.open(prod(web)))
  assert.equal(page.heading, 'Use your passkey')
  await usePasskey(ada, page, passkey)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
  assert.deepEqual(await lastAmr(web), ['pwd', 'pop', 'user', 'mfa'])
})

test('a group that asks for more than its cluster is asked for on the way', async () => {
  await using web = await openDemanding('any')
  await web.directory.groups.change('viewers', { policy: { factors: 'two', maxAge: null } }, BY)
  const passkey = await addPasskey(web)
  const ada = web.person()
  const page = await typePassword(ada, await ada.open(prod(web)))
  assert.equal(page.heading, 'Use your passkey')
  await usePasskey(ada, page, passkey)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
})

test('a device that needs more is not lost: the step-up comes back to the same code', async () => {
  await using web = await openDemanding('passkey')
  const passkey = await addPasskey(web)
  const ada = web.person()
  await signIn(ada)
  const code = await requestDeviceCode(web, { clientId: 'prod-eu' })
  const confirm = await enterCode(ada, code)
  assert.equal(confirm.heading, 'Did you start this?')
  const step = await ada.submit(confirm, { answer: 'approve' })
  assert.equal(step.heading, 'Use your passkey')
  const back = await usePasskey(ada, step, passkey)
  assert.equal(back.heading, 'Did you start this?')
  assert.ok(back.html.includes(code))
  assert.equal((await ada.submit(back, { answer: 'approve' })).heading, 'You are signed in')
  assert.equal((await ada.open('device')).heading, 'Sign in a device')
})

test('a code comes back to whoever typed it alone', async () => {
  await using web = await openDemanding('passkey')
  await addPasskey(web)
  const bobs = await addPasskey(web, 'bob')
  const ada = web.person()
  await signIn(ada)
  const confirm = await enterCode(ada, await requestDeviceCode(web, { clientId: 'prod-eu' }))
  await ada.submit(confirm, { answer: 'approve' })
  const bob = await ada.open('sign-in?next=device&other=yes')
  assert.equal((await usePasskey(ada, bob, bobs)).heading, 'Sign in a device')
})

test('an old sign-in is not enough where the cluster asks for a new one', async () => {
  await using web = await openDemanding('any', 60)
  const ada = web.person()
  await signIn(ada)
  web.advance(61_000)
  const page = await ada.open(prod(web))
  assert.equal(page.heading, 'Sign in')
  assert.equal(page.forms[0]?.fields['username'], 'ada')
  await typePassword(ada, page)
  assert.notEqual(ada.leftTo?.searchParams.get('code') ?? null, null)
})
