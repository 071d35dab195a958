import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPeople, BY, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'

test('a password leads to the account, and a second visit needs none', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const first = await ada.open('account')
  assert.equal(first.title, 'Sign in to your account – Lanyard')
  const page = await ada.submit(first, { username: 'Ada', password: PASSWORD })
  assert.equal(page.url, `${web.issuerUrl}/account`)
  assert.equal(page.heading, 'Ada Lovelace')
  assert.equal((await ada.open('sign-in')).heading, 'Ada Lovelace')
})

test('unknown, disabled and wrong get the same status and the same page but for the typed name', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.users.disable('bob', BY)
  const attempts = [
    ['ada', 'wrong wrong wrong wrong'],
    ['bob', PASSWORD],
    ['nobody', PASSWORD],
    ['', ''],
    ['system:admin', PASSWORD],
  ] as const
  const pages = []
  for (const [username, password] of attempts) {
    const person = web.person()
    const page = await signIn(person, username, password)
    assert.equal(page.status, 400)
    assert.equal(page.title, 'Error: Sign in to your account – Lanyard')
    assert.equal(page.forms[0]?.fields['username'], username)
    assert.equal(page.forms[0]?.fields['password'], '')
    const csrf = page.forms[0]?.fields['csrf'] ?? ''
    // Every visitor has a token and a challenge of their own.
    const html = page.html.replaceAll(csrf, 'token').replace(/data-options="[^"]*"/, '')
    pages.push(html.replace(`value="${username}"`, '').replace(' autofocus', ''))
  }
  assert.equal(new Set(pages).size, 1)
  assert.match(pages[0] ?? '', /Username or password is wrong\.<\/b> Check both and try again\./)
})

test('too many attempts are told to wait, known name or not; a known browser still gets in', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person('198.51.100.1')
  await signIn(ada)
  await ada.submit(await ada.open('sign-out'))
  const titles = new Map<string, string[]>()
  for (const username of ['ada', 'nobody']) {
    const seen: string[] = []
    for (let attempt = 0; attempt < 30 && !seen.at(-1)?.includes('Too many'); attempt += 1) {
      const person = web.person(`203.0.113.${attempt}`)
      const page = await signIn(person, username, 'wrong wrong wrong wrong')
      seen.push(page.title)
      if (page.status !== 429) continue
      assert.match(page.html, /Too many attempts\. Wait \d+ minutes?, then try again\./)
      assert.ok(Number(page.headers['retry-after']) > 0)
    }
    titles.set(username, seen)
  }
  assert.equal(titles.get('ada')?.at(-1), 'Error: Too many attempts – Lanyard')
  assert.deepEqual(titles.get('ada'), titles.get('nobody'))
  const stranger = await signIn(web.person('192.0.2.1'))
  assert.equal(stranger.status, 429)
  assert.equal((await signIn(ada)).heading, 'Ada Lovelace')
})

test('a password that an admin set must be changed before anything else', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await web.directory.users.setPassword('ada', PASSWORD, {}, BY)
  const ada = web.person()
  const forced = await signIn(ada)
  assert.equal(forced.status, 200)
  assert.equal(forced.heading, 'Set your own password')
  assert.equal((await ada.open('account')).heading, 'Sign in')
  const passwords = (current: string, next: string, again = next) => ({
    current_password: current,
    password: next,
    password_again: again,
  })
  const wrong = await ada.submit(forced, passwords('wrong wrong wrong wrong', NEXT_PASSWORD))
  assert.equal(wrong.status, 400)
  assert.equal(wrong.title, 'Error: Set your own password – Lanyard')
  assert.match(wrong.html, /This is not your present password\./)
  const short = await ada.submit(forced, passwords(PASSWORD, 'short'))
  assert.match(short.html, /Password has 5 characters; at least 15 are needed\./)
  const differs = await ada.submit(forced, passwords(PASSWORD, NEXT_PASSWORD, 'another one'))
  assert.match(differs.html, /The two are not the same\./)
  const same = await ada.submit(forced, passwords(PASSWORD, PASSWORD))
  assert.match(same.html, /The new password must be another one\./)
  const done = await ada.submit(forced, passwords(PASSWORD, NEXT_PASSWORD))
  assert.equal(done.heading, 'Ada Lovelace')
})

test('a sign-in leads to our own pages alone', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const evils = ['https://evil.example', '//evil.example', '/\\evil', 'constructor', '__proto__']
  for (const evil of evils) {
    const person = web.person()
    const page = await person.open(`sign-in?next=${encodeURIComponent(evil)}`)
    assert.doesNotMatch(page.html, /evil|proto|constructor/)
    const after = await person.submit(page, { username: 'ada', password: PASSWORD })
    assert.equal(person.leftTo, undefined)
    assert.equal(after.url, `${web.issuerUrl}/account`)
  }
})

test('every sign-in has a new session id, and signing out ends it', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const session = () => ada.cookies.find(({ name }) => /session$/i.test(name))?.value
  await signIn(ada)
  const first = session()
  assert.notEqual(first, undefined)
  const thief = web.person()
  thief.adopt(ada.cookies)
  const page = await ada.open('sign-out')
  assert.equal(
    (await ada.open('account')).heading,
    'Ada Lovelace',
    'opening sign-out changes nothing',
  )
  assert.equal((await ada.submit(page)).heading, 'You are signed out')
  assert.equal((await thief.open('account')).heading, 'Sign in')
  await signIn(ada)
  assert.notEqual(session(), first)
})

test('forms that another page could send are refused', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  const { forms } = await ada.open('sign-in')
  const fields = { ...forms[0]?.fields, username: 'ada', password: PASSWORD }
  const url = `${web.issuerUrl}/sign-in`
  const cross = await ada.post(url, fields, { origin: 'https://evil.example' })
  assert.equal(cross.status, 403)
  assert.match(cross.html, /ERR_CSRF/)
  assert.equal((await ada.post(url, { ...fields, csrf: 'x' })).status, 403)
  assert.equal((await web.person().post(url, fields)).status, 403)
  assert.equal((await ada.post(url, fields)).heading, 'Ada Lovelace')
  for (const path of [
    'sign-out',
    'account/password',
    'account/devices/revoke-all',
    'device',
    'device/answer',
  ]) {
    assert.equal((await ada.post(`${web.issuerUrl}/${path}`, {})).status, 403, path)
  }
  assert.equal((await ada.open('account')).heading, 'Ada Lovelace')
})

test('an issuer with a path keeps every page, cookie and asset below it', async () => {
  await using web = await openWeb({
    path: '/id',
    brand: { name: 'Acme', logo: null, accent: '#cc3300' },
  })
  await addPeople(web)
  const ada = web.person()
  const first = await ada.open('sign-in')
  for (const [, url = ''] of first.html.matchAll(/(?:href|action)="([^"]*)"/g)) {
    assert.match(url, /^\/id\//)
  }
  assert.equal(first.title, 'Sign in to your account – Acme')
  const page = await ada.submit(first, { username: 'ada', password: PASSWORD })
  assert.equal(page.url, `${web.issuerUrl}/account`)
  const brand = /href="([^"]*brand[^"]*)"/.exec(page.html)?.[1] ?? ''
  const sheet = await ada.open(new URL(brand, web.issuerUrl).href)
  assert.match(sheet.html, /^:root\{--accent:#c83200;--on-accent:#ffffff\}/)
})

test('what is not there is a page of its own, without the address in it', async () => {
  await using web = await openWeb()
  const page = await web.person().open('%3Cscript%3Ealert(1)%3C/script%3E/nothing-here')
  assert.equal(page.status, 404)
  assert.equal(page.heading, 'Not found')
  assert.doesNotMatch(page.html, /script|nothing-here/)
  assert.match(String(page.headers['content-security-policy']), /^default-src 'none'/)
})
