import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from '../support/person.ts'
import { addPeople, BY, openWeb, PASSWORD, signIn } from './fixture.ts'

const languageOf = ({ html }: Page) => /<html lang="([^"]*)">/.exec(html)?.[1]

test('a page is in the language that the browser asks for, as far as there is one', async () => {
  await using web = await openWeb()
  for (const [asked, language, heading] of [
    ['', 'en', 'Sign in'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de', 'Anmelden'],
    ['fr-CH, fr;q=0.9', 'fr', 'Se connecter'],
    ['nl, de;q=0.5, en;q=0.1', 'de', 'Anmelden'],
    ['nl', 'en', 'Sign in'],
    ['de;q=0, *;q=0.1', 'en', 'Sign in'],
    ['<script>', 'en', 'Sign in'],
  ] as const) {
    const person = web.person()
    const page = await person.open('sign-in', { 'accept-language': asked })
    assert.equal(page.heading, heading, asked)
    assert.equal(languageOf(page), language, asked)
    assert.match(String(page.headers['vary']), /Accept-Language/)
  }
})

test('what is chosen is kept in this browser, through sign-in and sign-out', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const choice = await ada.open('language')
  assert.equal(choice.heading, 'Language')
  assert.deepEqual(
    choice.forms[0]?.buttons.map(({ value }) => value),
    ['en', 'de', 'fr'],
  )
  const chosen = await ada.submit(choice, { language: 'fr' })
  assert.equal(chosen.title, 'Se connecter à votre compte – Lanyard')
  const cookie = ada.cookies.find(({ name }) => name.includes('lanyard-language'))
  assert.equal(cookie?.value, 'fr')

  const account = await signIn(ada)
  assert.equal(languageOf(account), 'fr')
  assert.match(account.html, /Kubernetes vous connaît sous le nom <b>ada<\/b>\./)
  assert.match(account.html, />Connexion</)
  const out = await ada.submit(await ada.open('sign-out'))
  assert.equal(out.heading, 'Vous êtes déconnecté')
  // The choice is stronger than what the browser asks for.
  const again = await ada.open('sign-in', { 'accept-language': 'de' })
  assert.equal(languageOf(again), 'fr')
  // Another browser is none of its business.
  assert.equal(languageOf(await web.person().open('sign-in')), 'en')
})

test('a language that there is not is refused, and so is a form from elsewhere', async () => {
  await using web = await openWeb()
  const ada = web.person()
  const page = await ada.open('language')
  for (const language of ['nl', 'DE', '', 'constructor', 'de; Path=/']) {
    const refused = await ada.submit(page, { language })
    assert.equal(refused.status, 400, language)
    assert.equal(refused.heading, 'Language')
    assert.equal(refused.headers['set-cookie'], undefined)
  }
  const forged = await ada.post(`${web.issuerUrl}/language`, { language: 'de' })
  assert.equal(forged.status, 403)
  assert.match(forged.html, /ERR_CSRF/)
  assert.equal(languageOf(await ada.open('language')), 'en')
})

test('a cookie that says anything else says nothing', async () => {
  await using web = await openWeb()
  const ada = web.person()
  await ada.submit(await ada.open('language'), { language: 'de' })
  const cookie = ada.cookies.find(({ name }) => name.includes('lanyard-language'))
  assert.ok(cookie !== undefined)
  ada.adopt([{ ...cookie, value: '__proto__' }])
  assert.equal(languageOf(await ada.open('sign-in')), 'en')
})

test('errors, refusals and what was done are said in the reader’s language, with their data escaped once', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.users.change('ada', { displayName: 'Ada <b>& Co' }, BY)
  const ada = web.person()
  await ada.submit(await ada.open('language'), { language: 'de' })
  const missing = await ada.open('nowhere')
  assert.equal(missing.title, 'Nicht gefunden – Lanyard')
  // What the rooms below say is English for everybody, and is marked so that it is read out as English.
  assert.match(
    missing.html,
    /<b>Was zu tun ist:<\/b> <span lang="en">Check the address, or start again/,
  )
  const wrong = await signIn(ada, 'ada', 'wrong wrong wrong wrong')
  assert.equal(wrong.title, 'Fehler: Bei Ihrem Konto anmelden – Lanyard')
  assert.match(wrong.html, /<b>Benutzername oder Passwort ist falsch\.<\/b>/)
  const account = await ada.submit(wrong, { username: 'ada', password: PASSWORD })
  assert.match(account.html, /<h1>Ada &lt;b&gt;&amp; Co<\/h1>/)
  assert.match(account.html, /Anmeldung abgelehnt/)
  const done = await ada.open('account?done=password')
  assert.match(done.html, /Ihr Passwort ist geändert\. Überall sonst sind Sie abgemeldet\./)
  assert.doesNotMatch(done.html, /&amp;(?:lt|amp|quot|#)/)
})

test('whoever chooses in the middle of a sign-in goes on with it, and nowhere that a link says', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const page = await ada.open('sign-in?next=password')
  const [, link = ''] = /<a href="([^"]*\/language[^"]*)"/.exec(page.html) ?? []
  assert.equal(link, '/language?from=%2Fsign-in%3Fnext%3Dpassword')
  const back = await ada.submit(await ada.open(link), { language: 'de' })
  assert.equal(back.url, `${web.issuerUrl}/sign-in?next=password`)
  assert.equal(back.heading, 'Anmelden')
  for (const from of [
    ...['https://evil.example.com/', '//evil.example.com', '/\\evil.example.com', '/sign-out'],
    ...['/interaction/../sign-out', '/sign-in?next=account&other=yes', '/account/../x', 'account'],
    ...['/sign-in?next=constructor', '/sign-in?next=account&need=less', '/account\n'],
  ]) {
    const choice = await ada.open(`language?from=${encodeURIComponent(from)}`)
    assert.equal(choice.forms[0]?.fields['from'], '', from)
    const after = await ada.submit(choice, { language: 'de', from })
    assert.equal(after.url, `${web.issuerUrl}/sign-in?next=account`, from)
  }
})
