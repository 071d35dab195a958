import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Passkey } from '../support/authenticator.ts'
import { addPeople, BY, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'
import {
  addCodes,
  addPasskey,
  assertFailed,
  assertionOf,
  isSignedIn,
  lastAmr,
  OVER,
  REFUSED_PASSKEY,
  typePassword,
  usePasskey,
  userIdOf,
  WRONG_CODE,
} from './steps.ts'

test('a right password asks for the code that is set up, and signs nobody in before', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const ada = web.person()
  const page = await signIn(ada)
  assert.equal(page.heading, 'One-time code')
  assert.match(page.html, /Signing in to <b>your account<\/b> as <b>ada<\/b>/)
  assert.equal(await isSignedIn(ada), false)
  assertFailed(await ada.submit(page, { code: '000000' }), 'One-time code', WRONG_CODE)
  const typed = code()
  const done = await ada.submit(page, { code: `${typed.slice(0, 3)} ${typed.slice(3)}` })
  assert.equal(done.heading, 'Ada Lovelace')
  assert.deepEqual(await lastAmr(web), ['pwd', 'otp', 'mfa'])
})

test('a code counts once, also when it is sent twice at once', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const [one, other] = [web.person(), web.person()]
  const [here, there] = [await signIn(one), await signIn(other)]
  const shared = { code: code() }
  const answers = await Promise.all([one.submit(here, shared), other.submit(there, shared)])
  assert.deepEqual(answers.map(({ heading }) => heading).sort(), ['Ada Lovelace', 'One-time code'])
  const late = web.person()
  assertFailed(await late.submit(await signIn(late), shared), 'One-time code', WRONG_CODE)
})

test('guessing codes is limited, and a passkey still works', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addCodes(web)
  const passkey = await addPasskey(web)
  const ada = web.person()
  let page = await signIn(ada)
  const form = page
  for (let guess = 0; guess < 40 && page.status !== 429; guess += 1) {
    page = await ada.submit(form, { code: String(guess).padStart(6, '0') })
  }
  assert.equal(page.status, 429)
  assert.match(page.html, /Too many attempts\. Wait \d+ minutes?, then try again\./)
  const elsewhere = web.person('198.51.100.9')
  const done = await usePasskey(elsewhere, await elsewhere.open('sign-in'), passkey)
  assert.equal(done.heading, 'Ada Lovelace')
})

test('a recovery code stands in for the app, works once, and says how many are left', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addCodes(web)
  const [first = '', second = ''] = await web.directory.factors.recoveryCodes.renew(
    await userIdOf(web),
    BY,
  )
  const ada = web.person()
  const used = await ada.submit(await signIn(ada), { code: first.toUpperCase() })
  assert.equal(used.heading, 'You used a recovery code')
  assert.match(used.html, /9 recovery codes are left\./)
  assert.equal(await isSignedIn(ada), false)
  assert.equal((await ada.submit(used)).heading, 'Ada Lovelace')
  assert.deepEqual(await lastAmr(web), ['pwd', 'otp', 'mfa'])
  const thief = web.person()
  const page = await signIn(thief)
  assertFailed(await thief.submit(page, { code: first }), 'One-time code', WRONG_CODE)
  const next = await thief.submit(page, { code: second })
  assert.match(next.html, /8 recovery codes are left\./)
})

test('what was proved counts in its own flow, for five minutes, once, and not after sessions were ended', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const ada = web.person()
  const page = await signIn(ada)
  const stolen = [...ada.cookies]
  const send = async (path: string) => {
    const thief = web.person()
    thief.adopt(stolen)
    const { csrf = '' } = (await thief.open('sign-in')).forms[0]?.fields ?? {}
    return thief.post(`${web.issuerUrl}${path}`, { csrf, code: code() })
  }
  // Another flow.
  assertFailed(await send('/sign-in/code?next=device'), 'Sign in', OVER)
  assertFailed(await send('/sign-in/code?next=account&need=passkey'), 'Sign in', OVER)
  // Changed by a letter.
  const forger = web.person()
  forger.adopt(
    stolen.map((cookie) =>
      cookie.name === 'lanyard-second-step'
        ? { ...cookie, value: `A${cookie.value.slice(1)}` }
        : cookie,
    ),
  )
  assertFailed(await forger.submit(page, { code: code() }), 'Sign in', OVER)
  // Used.
  assert.equal((await ada.submit(page, { code: code() })).heading, 'Ada Lovelace')
  assertFailed(await send('/sign-in/code?next=account'), 'Sign in', OVER)
  // Too old.
  const slow = web.person()
  const waiting = await signIn(slow)
  web.advance(5 * 60_000)
  assertFailed(await slow.submit(waiting, { code: code() }), 'Sign in', OVER)
  // Void since.
  const ended = web.person()
  const before = await signIn(ended)
  web.advance(1_000)
  await web.directory.users.setPassword('ada', NEXT_PASSWORD, { mustChange: false }, BY)
  assertFailed(await ended.submit(before, { code: code() }), 'Sign in', OVER)
})

test('a disabled person does not finish what they began', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const ada = web.person()
  const page = await signIn(ada)
  await web.directory.users.disable('ada', BY)
  assertFailed(await ada.submit(page, { code: code() }), 'Sign in', OVER)
})

test('a password that an admin has set is changed after the code, not in its place', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  await web.directory.users.setPassword('ada', PASSWORD, { mustChange: true }, BY)
  const passwords = {
    current_password: PASSWORD,
    password: NEXT_PASSWORD,
    password_again: NEXT_PASSWORD,
  }
  const thief = web.person()
  const { csrf = '' } = (await thief.open('sign-in')).forms[0]?.fields ?? {}
  const around = await thief.post(`${web.issuerUrl}/sign-in/password?next=account`, {
    ...{ csrf, username: 'ada', ...passwords },
  })
  assert.equal(around.heading, 'One-time code')
  const ada = web.person()
  const forced = await ada.submit(await signIn(ada), { code: code() })
  assert.equal(forced.heading, 'Set your own password')
  assert.equal(await isSignedIn(ada), false)
  const done = await ada.submit(forced, passwords)
  assert.equal(done.heading, 'Ada Lovelace')
  assert.deepEqual(await lastAmr(web), ['pwd', 'otp', 'mfa'])
})

test('a passkey signs in alone, and is the strongest', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addCodes(web)
  const passkey = await addPasskey(web)
  const ada = web.person()
  const done = await usePasskey(ada, await ada.open('sign-in'), passkey)
  assert.equal(done.heading, 'Ada Lovelace')
  assert.deepEqual(await lastAmr(web), ['pop', 'user', 'mfa'])
  const beside = web.person()
  const code = await signIn(beside)
  const page = await beside.open('sign-in/passkey?next=account')
  assert.equal(code.heading, 'One-time code')
  assert.equal(page.heading, 'Use your passkey')
  assert.equal((await usePasskey(beside, page, passkey)).heading, 'Ada Lovelace')
  assert.deepEqual(await lastAmr(web), ['pwd', 'pop', 'user', 'mfa'])
})

test('a passkey that proves too little is refused in the same words', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  const stranger = new Passkey(new URL(web.issuerUrl).origin)
  const ada = web.person()
  const page = await ada.open('sign-in')
  for (const [what, key, bent] of [
    ['a person who did not unlock it', passkey, { userVerified: false }],
    ['another origin', passkey, { origin: 'https://evil.example' }],
    ['another site', passkey, { rpId: 'evil.example' }],
    ['a frame', passkey, { crossOrigin: true }],
    ['another challenge', passkey, { challenge: 'AAAA' }],
    ['an unknown credential', stranger, {}],
    ['another key', passkey, { signedBy: stranger }],
    ['nobody', passkey, { userHandle: undefined }],
  ] as const) {
    assertFailed(await usePasskey(ada, page, key, bent), 'Sign in', REFUSED_PASSKEY)
    assert.equal(await isSignedIn(ada), false, what)
  }
  for (const passkeyField of ['', '{', 'null', '[]', '{"id":1}', '{"response":{}}']) {
    const refused = await ada.submit(page, { passkey: passkeyField }, 1)
    assertFailed(refused, 'Sign in', REFUSED_PASSKEY)
  }
})

test('a network that tries too many passkeys waits, and is not told that one still works', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  const ada = web.person()
  const form = await ada.open('sign-in')
  let page = form
  for (let attempt = 0; attempt < 80 && page.status !== 429; attempt += 1) {
    page = await usePasskey(ada, form, passkey, { userVerified: false })
  }
  assert.equal(page.status, 429)
  assert.equal(page.title, 'Error: Too many attempts – Lanyard')
  assert.match(String(page.headers['retry-after']), /^\d+$/)
  assert.doesNotMatch(page.html, /A passkey still works now/)
  const limited = await ada.submit(page, { username: 'ada', password: 'wrong wrong wrong' })
  assert.equal(limited.status, 429)
})

test('a passkey answer counts once, and in the browser that asked alone', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  const ada = web.person()
  const page = await ada.open('sign-in')
  const thief = web.person()
  const theirs = await thief.open('sign-in')
  const { passkey: _, ...others } = theirs.forms[1]?.fields ?? {}
  const answer = { passkey: JSON.stringify(assertionOf(page, passkey)) }
  const planted = await thief.post(`${web.issuerUrl}/sign-in/passkey?next=account`, {
    ...{ ...others, ...answer },
  })
  assertFailed(planted, 'Sign in', REFUSED_PASSKEY)
  assert.equal((await ada.submit(page, answer, 1)).heading, 'Ada Lovelace')
  await ada.submit(await ada.open('sign-out'))
  assertFailed(await ada.submit(page, answer, 1), 'Sign in', REFUSED_PASSKEY)
})

test('the second step takes no passkey of somebody else', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addCodes(web)
  await addPasskey(web)
  const bobs = await addPasskey(web, 'bob')
  const thief = web.person()
  await signIn(thief)
  const page = await thief.open('sign-in/passkey?next=account')
  assertFailed(await usePasskey(thief, page, bobs), 'Use your passkey', REFUSED_PASSKEY)
  assert.equal(await isSignedIn(thief), false)
})

test('a browser is known, and the budgets begin anew, after the whole sign-in alone', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const ada = web.person()
  const known = () => ada.cookies.some(({ name }) => name === 'lanyard-known')
  const page = await signIn(ada)
  assert.equal(known(), false)
  await ada.submit(page, { code: code() })
  assert.equal(known(), true)
})

test('who is here shows it anew with a passkey, or by another way, or is somebody else', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  const bobs = await addPasskey(web, 'bob')
  const ada = web.person()
  const session = () => ada.cookies.find(({ name }) => name.endsWith('session'))?.value
  await signIn(ada)
  const before = session()
  const page = await ada.open('sign-in?next=account&need=two')
  assert.equal(page.heading, 'Use your passkey')
  assert.match(page.html, /Signing in to <b>your account<\/b> as <b>ada<\/b>/)
  assert.match(page.html, />Not ada\?</)
  assertFailed(await usePasskey(ada, page, bobs), 'Use your passkey', REFUSED_PASSKEY)
  assert.equal((await usePasskey(ada, page, passkey)).heading, 'Ada Lovelace')
  assert.notEqual(session(), before)
  const other = await ada.open('sign-in?next=account&need=two&other=yes')
  assert.equal(other.heading, 'Sign in')
  assert.equal((await typePassword(ada, other, 'bob')).heading, 'Use your passkey')
})
