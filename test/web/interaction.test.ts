import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page, Person } from '../support/person.ts'
import { addPeople, BY, type Fixture, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'
import { authorizationUrl } from './logins.ts'

const LOOPBACK = 'http://127.0.0.1:49152/callback'
const ARGO = 'https://argocd.example.com/auth/callback'

const kubectl = (web: Fixture) =>
  authorizationUrl(web, {
    client_id: 'kubectl-lanyard',
    redirect_uri: LOOPBACK,
    scope: 'openid offline_access',
    device_name: 'ada-thinkpad',
  })

async function addArgo(web: Fixture): Promise<string> {
  const { application } = await web.clusters.applications.add(
    { name: 'argo-cd', redirectUris: [ARGO], groups: ['viewers'], public: true },
    BY,
  )
  await web.issuer.refresh()
  return application.clientId
}

/** What the client was answered. */
const answerOf = ({ leftTo }: Person) => leftTo?.searchParams ?? new URLSearchParams()

const formAction = (page: Page) =>
  /form-action ([^;]*)/.exec(String(page.headers['content-security-policy']))?.[1]

test('a password that was just typed leads straight back to a loopback client', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const page = await ada.open(kubectl(web))
  assert.equal(page.title, 'Sign in to kubectl – Lanyard')
  assert.equal(formAction(page), "'self' http://127.0.0.1:49152")
  const wrong = await ada.submit(page, { username: 'ada', password: 'wrong wrong wrong wrong' })
  assert.equal(wrong.title, 'Error: Sign in to kubectl – Lanyard')
  await ada.submit(wrong, { username: 'ada', password: PASSWORD })
  assert.equal(ada.leftTo?.origin, 'http://127.0.0.1:49152')
  assert.match(answerOf(ada).get('code') ?? '', /^[\w-]{20,}$/)
})

test('a live session alone gives a loopback client nothing before a button is pressed', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open(kubectl(web))
  assert.equal(ada.leftTo, undefined)
  assert.equal(page.heading, 'Did you start this?')
  for (const expected of ['<b>ada</b>', 'all your clusters', 'ada-thinkpad', 'viewers']) {
    assert.ok(page.html.includes(expected), expected)
  }
  assert.equal(formAction(page), "'self' http://127.0.0.1:49152")
  await ada.submit(page, { answer: 'approve' })
  assert.match(answerOf(ada).get('code') ?? '', /^[\w-]{20,}$/)

  const refuse = await ada.open(kubectl(web))
  await ada.submit(refuse, { answer: 'refuse' })
  assert.equal(answerOf(ada).get('error'), 'access_denied')
})

test('another person in the same browser can take over; what the first one read is not theirs to confirm', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const person = web.person()
  await signIn(person)
  const hers = await person.open(kubectl(web))
  await person.submit(await person.open('sign-out'))
  await signIn(person, 'bob')
  const stale = await person.submit(hers, { answer: 'approve' })
  assert.equal(person.leftTo, undefined)
  assert.equal(stale.status, 400)
  assert.match(stale.html, /ERR_INTERACTION_EXPIRED/)

  const question = await person.open(kubectl(web))
  const other = /href="([^"]*\/sign-in)">Sign in as somebody else/.exec(question.html)?.[1] ?? ''
  const page = await person.open(new URL(other, web.issuerUrl).href)
  assert.equal(page.heading, 'Sign in')
})

test('the link to an interaction is worth nothing in another browser', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const [ada, eve] = [web.person(), web.person()]
  await signIn(ada)
  await signIn(eve, 'bob')
  const page = await ada.open(kubectl(web))
  const { uid = '' } = /interaction\/(?<uid>[\w-]+)/.exec(page.url)?.groups ?? {}
  const csrf = (await eve.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  for (const answer of [
    await eve.open(page.url),
    await eve.open(`${page.url}/sign-in`),
    await eve.post(`${page.url}/sign-in`, { csrf, username: 'ada', password: PASSWORD }),
    await eve.post(`${page.url}/answer`, { csrf, answer: 'approve' }),
    await eve.post(`${page.url}/answer`, { csrf, answer: 'refuse' }),
    await eve.post(`${page.url}/password`, { csrf, username: 'ada', current_password: PASSWORD }),
  ]) {
    assert.equal(answer.heading, 'This sign-in has expired')
    assert.match(answer.html, /ERR_INTERACTION_EXPIRED/)
    assert.ok(!answer.html.includes(uid))
  }
  assert.equal((await ada.open(page.url)).heading, 'Did you start this?')
})

test('an application asks for consent, with each claim and its value', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.users.change('ada', { email: 'ada@example.com' }, BY)
  const clientId = await addArgo(web)
  const ada = web.person()
  const scope = 'openid profile email groups'
  const start = authorizationUrl(web, { client_id: clientId, redirect_uri: ARGO, scope })
  const page = await ada.open(start)
  assert.equal(page.title, 'Sign in to argo-cd – Lanyard')
  assert.match(page.html, /Application argo-cd<\/b> <span>returns to argocd\.example\.com/)
  const consent = await ada.submit(page, { username: 'ada', password: PASSWORD })
  assert.equal(consent.heading, 'Continue to argo-cd?')
  assert.equal(formAction(consent), "'self' https://argocd.example.com")
  for (const expected of [
    'ada, Ada Lovelace',
    'ada@example.com, not verified',
    '<small>viewers</small>',
  ]) {
    assert.ok(consent.html.includes(expected), expected)
  }
  await ada.submit(consent, { answer: 'approve' })
  assert.equal(ada.leftTo?.origin, 'https://argocd.example.com')
  assert.match(answerOf(ada).get('code') ?? '', /^[\w-]{20,}$/)
})

test('who may not enter reads why, and goes back with access_denied', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const clientId = await addArgo(web)
  const bob = web.person()
  await signIn(bob, 'bob')
  const page = await bob.open(authorizationUrl(web, { client_id: clientId, redirect_uri: ARGO }))
  assert.equal(page.heading, 'You may not enter')
  assert.equal(page.status, 403)
  assert.match(
    page.html,
    /<b>bob is in none of the groups that may enter application &quot;argo-cd&quot;\.<\/b>/,
  )
  await bob.submit(page, { answer: 'refuse' })
  assert.equal(answerOf(bob).get('error'), 'access_denied')
})

test('a due password change comes before the way back', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.users.setPassword('ada', PASSWORD, {}, BY)
  const ada = web.person()
  const forced = await ada.submit(await ada.open(kubectl(web)), {
    username: 'ada',
    password: PASSWORD,
  })
  assert.equal(forced.heading, 'Set your own password')
  assert.equal(formAction(forced), "'self' http://127.0.0.1:49152")
  await ada.submit(forced, {
    current_password: PASSWORD,
    password: NEXT_PASSWORD,
    password_again: NEXT_PASSWORD,
  })
  assert.match(answerOf(ada).get('code') ?? '', /^[\w-]{20,}$/)
})

test('the engine’s own errors are our page, and repeat nothing of the request', async () => {
  await using web = await openWeb()
  const person = web.person()
  const evil = '"><script>alert(1)</script>evil'
  for (const page of [
    await person.open(authorizationUrl(web, { client_id: evil, redirect_uri: LOOPBACK })),
    await person.open(
      authorizationUrl(web, { client_id: 'kubectl-lanyard', redirect_uri: `https://${evil}` }),
    ),
    await person.open(`session/end?client_id=${encodeURIComponent(evil)}`),
    await person.open('auth/nothing-like-this'),
  ]) {
    assert.ok(page.status >= 400, `${page.status}`)
    assert.equal(page.heading, 'This did not work')
    assert.doesNotMatch(page.html, /evil|alert/)
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none'/)
  }
})

test('an application’s sign-out asks first, and only then ends the session', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const clientId = await addArgo(web)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open(`session/end?client_id=${clientId}`)
  assert.equal(page.heading, 'Sign out?')
  assert.match(page.html, /argo-cd asked for this sign-out\./)
  assert.equal((await ada.open('account')).heading, 'Ada Lovelace')
  const after = await ada.submit(page, { logout: 'yes' })
  assert.equal(after.heading, 'You are signed out')
  assert.equal((await ada.open('account')).heading, 'Sign in')
})
