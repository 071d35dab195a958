import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkIn, type SmtpServer, startRelay } from '../mail/smtp.ts'
import { addPeople, BY, type Fixture, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'

const passwords = { password: NEXT_PASSWORD, password_again: NEXT_PASSWORD }
const silent = { info: () => {}, warn: () => {} }

async function openWithMail() {
  const server = await startRelay()
  const web = await openWeb({ smtpPort: server.port })
  await addPeople(web)
  await web.directory.users.change('ada', { email: 'ada@example.com', emailVerified: true }, BY)
  return {
    ...{ web, server },
    async [Symbol.asyncDispose]() {
      await web[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function forget(web: Fixture, server: SmtpServer, username = 'ada') {
  const person = web.person()
  const page = await person.open('forgotten')
  const answer = await person.submit(page, { username })
  await web.mail.deliver(silent)
  return { person, page, answer, link: () => linkIn(server.received.at(-1)) }
}

test('a forgotten password: asked for by name, sent by mail, set once; nobody is signed in by it', async () => {
  await using both = await openWithMail()
  const { web, server } = both
  const elsewhere = web.person()
  await signIn(elsewhere)
  web.advance(1_000)
  assert.match(
    (await web.person().open('sign-in')).html,
    /<a href="\/forgotten">Forgotten your password\?<\/a>/,
  )
  const { person, answer, link } = await forget(web, server)
  assert.equal(answer.heading, 'Look into your mailbox')
  const page = await person.open(link())
  assert.equal(page.heading, 'Set a new password')
  assert.equal(page.forms[0]?.fields['username'], 'ada')
  for (const [fields, expected] of [
    [{ password_again: 'other' }, /id="password_again-error"/],
    [{ password: 'short', password_again: 'short' }, /id="password-error"/],
  ] as const) {
    const failed = await person.submit(page, { ...passwords, ...fields })
    assert.deepEqual([failed.status, failed.title], [400, 'Error: Set a new password – Lanyard'])
    assert.match(failed.html, expected)
  }
  const done = await person.submit(page, passwords)
  assert.equal(done.heading, 'Your password is changed')
  assert.match(done.html, /You are signed out everywhere\. Sign in with the new password\./)
  assert.equal((await person.open('account')).heading, 'Sign in')
  assert.equal((await elsewhere.open('account')).heading, 'Sign in')
  assert.equal((await signIn(person, 'ada', NEXT_PASSWORD)).heading, 'Ada Lovelace')
  assert.ok((await signIn(web.person(), 'ada', PASSWORD)).title.startsWith('Error:'))
  const after = await web.person().open(link())
  assert.deepEqual([after.status, after.heading], [404, 'This link does not work'])
})

test('devices and access tokens are revoked where that was asked for', async () => {
  await using both = await openWithMail()
  const { web, server } = both
  const { id } = await web.directory.users.get('ada')
  const actor = { kind: 'user', userId: id, username: 'ada' } as const
  const token = {
    ...{ userId: id, name: 'old script', clusters: null, groups: null, lifetime: 86_400 },
  }
  await web.accessTokens.create(token, { actor, address: null, requestId: null })
  for (const [revoke, left] of [
    [{}, 1],
    [{ devices: 'all' }, 0],
  ] as const) {
    const { person, link } = await forget(web, server)
    const done = await person.submit(await person.open(link()), { ...passwords, ...revoke })
    assert.equal(done.heading, 'Your password is changed')
    assert.equal((await web.accessTokens.list({ userId: id })).length, left)
    web.advance(60 * 60_000)
  }
})

test('too many requests wait, whoever was named', async () => {
  await using both = await openWithMail()
  const { web } = both
  for (const username of ['ada', 'nobody']) {
    const person = web.person()
    const page = await person.open('forgotten')
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await person.submit(page, { username })).heading, 'Look into your mailbox')
    }
    const limited = await person.submit(page, { username })
    assert.deepEqual([limited.status, limited.headers['retry-after']], [429, '60'])
    assert.match(limited.html, /Too many attempts\. Wait 1 minute, then try again\./)
  }
})

test('where mail is off there is no such page, and the sign-in page sends people to their admin', async () => {
  await using web = await openWeb()
  await addPeople(web)
  assert.equal((await web.person().open('forgotten')).status, 404)
  assert.match(
    (await web.person().open('sign-in')).html,
    /Forgotten your password\? Ask your admin for a link\./,
  )
  const { link } = await web.directory.resetLinks.make('ada', BY)
  const ada = web.person()
  const done = await ada.submit(await ada.open(link), passwords)
  assert.equal(done.heading, 'Your password is changed')
})
