import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkIn, startRelay } from '../mail/smtp.ts'
import { addPeople, BY, type Fixture, openWeb, PASSWORD } from './fixture.ts'

const passwords = { password: PASSWORD, password_again: PASSWORD }
const silent = { info: () => {}, warn: () => {} }

async function invite(
  web: Fixture,
  more: { username?: string; email?: string; groups?: string[] },
) {
  const { invitations } = web.directory
  return invitations.create({ groups: [], lifetimeSeconds: 86_400, ...more }, BY)
}

test('a link opens a page that says who invited to what, and the form makes the account', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const { link } = await invite(web, {
    username: 'kat',
    email: 'kat@example.com',
    groups: ['viewers'],
  })
  assert.ok(link.startsWith(`${web.issuerUrl}/invitation/`))
  const kat = web.person()
  const page = await kat.open(link)
  assert.equal(page.heading, 'Welcome, kat')
  assert.equal(page.title, 'Set your password – Lanyard')
  assert.match(page.html, /<b>root<\/b> invited you to the cluster <b>prod-eu<\/b>\./)
  assert.match(page.html, /value="kat" readonly/)
  assert.match(page.html, /At least 15 characters/)
  assert.equal(page.headers['referrer-policy'], 'no-referrer')
  assert.equal(page.headers['cache-control'], 'no-store')
  // Opening it again changes nothing.
  await web.person().open(link)
  const next = await kat.submit(page, { username: 'root', ...passwords })
  assert.equal(next.heading, 'Add a passkey')
  const account = await kat.open('account')
  assert.equal(account.heading, 'kat')
  assert.match(account.html, /kat@example\.com<br><span class="state">not verified/)
  const after = await web.person().open(link)
  assert.deepEqual([after.status, after.heading], [404, 'This link does not work'])
  assert.match(
    after.html,
    /This invitation is not known, was used or revoked, or its time is over\./,
  )
  assert.equal((await web.person().submit(page, passwords)).status, 403)
})

test('each mistake is said where it was made, and what was typed is kept but for passwords', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const { link } = await invite(web, { email: 'kat@example.com' })
  const kat = web.person()
  const page = await kat.open(link)
  assert.equal(page.heading, 'Welcome')
  assert.match(page.html, /invited you to Lanyard\./)
  for (const [fields, expected] of [
    [{ username: 'ada' }, /id="username-error" role="alert">User &quot;ada&quot; exists already\./],
    [{ username: 'system:x' }, /id="username-error" role="alert">[^<]*reserved by Kubernetes\./],
    [
      { password_again: 'other' },
      /id="password_again-error" role="alert">The two are not the same\./,
    ],
    [
      { password: 'short', password_again: 'short' },
      /id="password-error" role="alert">Password has 5/,
    ],
  ] as const) {
    const answer = await kat.submit(page, { username: 'kat', ...passwords, ...fields })
    assert.equal(answer.status, 400)
    assert.equal(answer.title, 'Error: Set your password – Lanyard')
    assert.match(answer.html, expected)
    assert.ok(!answer.html.includes(PASSWORD))
  }
  await kat.submit(page, { username: 'kat', ...passwords })
  assert.equal((await kat.open('account')).heading, 'kat')
})

test('the link that came by mail proves the address', async () => {
  await using server = await startRelay()
  await using web = await openWeb({ smtpPort: server.port })
  await invite(web, { username: 'kat', email: 'kat@example.com' })
  await web.mail.deliver(silent)
  const kat = web.person()
  await kat.submit(await kat.open(linkIn(server.received[0])), passwords)
  const account = await kat.open('account')
  assert.match(account.html, /kat@example\.com<br><span class="state ok">verified/)
})

test('twenty at once make one account, which is the only one that is signed in', async () => {
  await using web = await openWeb()
  const { link } = await invite(web, { email: 'kat@example.com' })
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const person = web.person()
      const page = await person.open(link)
      return person.submit(page, { username: `kat-${index}`, ...passwords })
    }),
  )
  assert.deepEqual(
    [200, 404].map((status) => answers.filter((answer) => answer.status === status).length),
    [1, 19],
  )
  assert.equal((await web.directory.users.list()).length, 1)
})
