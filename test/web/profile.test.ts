import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkIn, startRelay } from '../mail/smtp.ts'
import { addPeople, BY, openWeb, PASSWORD, signIn } from './fixture.ts'

const silent = { info: () => {}, warn: () => {} }
const EMAIL_FORM = 1

test('a person changes their own name', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  assert.match((await ada.open('account')).html, /href="\/account\/profile">Edit</)
  const page = await ada.open('account/profile')
  for (const display_name of ['', ' ', 'a\u202eb', 'x'.repeat(129)]) {
    const answer = await ada.submit(page, { display_name })
    assert.deepEqual([answer.status, answer.title], [400, 'Error: Profile – Lanyard'])
    assert.match(answer.html, /id="display_name-error" role="alert">A name has 1 to 128 visible/)
  }
  const changed = await ada.submit(page, { display_name: 'Ada <b>King</b>' })
  assert.match(changed.html, /Your name is changed\./)
  assert.equal((await web.directory.users.get('ada')).displayName, 'Ada <b>King</b>')
  assert.equal((await ada.open('account')).heading, 'Ada <b>King</b>')
  assert.match(changed.html, /No mail is sent from here\. Your admin sets your address\./)
})

test('an address changes when both sides have pressed the button', async () => {
  await using server = await startRelay()
  await using web = await openWeb({ smtpPort: server.port })
  await addPeople(web)
  await web.directory.users.change('ada', { email: 'old@example.com', emailVerified: true }, BY)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open('account/profile')
  const ask = (email: string, current_password = PASSWORD) =>
    ada.submit(page, { email, current_password }, EMAIL_FORM)
  for (const [answer, expected] of [
    [
      await ask('new@example.com', 'wrong'),
      /id="current_password-error" role="alert">This is not your present/,
    ],
    [await ask('nothing'), /id="email-error" role="alert">Mail cannot be sent to this\./],
    [await ask('a@b.example,c'), /id="email-error" role="alert">Mail cannot be sent to this\./],
    [await ask('old@example.com'), /id="email-error" role="alert">This is your address already\./],
  ] as const) {
    assert.deepEqual([answer.status, answer.title], [400, 'Error: Profile – Lanyard'])
    assert.match(answer.html, expected)
    assert.ok(!answer.html.includes(PASSWORD))
  }
  const asked = await ask('new@example.com')
  assert.match(
    asked.html,
    /<b>new@example\.com<\/b> waits for the links in the new and in the old mailbox, until/,
  )
  await web.mail.deliver(silent)
  const linkFor = (to: string) => linkIn(server.received.find((mail) => mail.to[0] === to))
  const stranger = web.person()
  const first = await stranger.open(linkFor('new@example.com'))
  assert.equal(first.heading, 'Confirm your address?')
  assert.match(first.html, /For the user <b>ada<\/b>\./)
  // What reads mail opens links by itself.
  await web.person().open(linkFor('old@example.com'))
  assert.equal((await web.directory.users.get('ada')).email, 'old@example.com')
  assert.equal((await stranger.submit(first)).heading, 'One side is confirmed')
  assert.equal((await web.directory.users.get('ada')).email, 'old@example.com')
  const second = await stranger.open(linkFor('old@example.com'))
  assert.equal(second.heading, 'Change your address?')
  assert.equal((await stranger.submit(second)).heading, 'Your address is changed')
  const { email, emailVerified } = await web.directory.users.get('ada')
  assert.deepEqual([email, emailVerified], ['new@example.com', true])
  const again = await stranger.submit(second)
  assert.deepEqual([again.status, again.heading], [404, 'This link does not work'])
})

test('a change that waits can be withdrawn', async () => {
  await using server = await startRelay()
  await using web = await openWeb({ smtpPort: server.port })
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open('account/profile')
  const asked = await ada.submit(
    page,
    { email: 'a@example.com', current_password: PASSWORD },
    EMAIL_FORM,
  )
  const withdrawn = await ada.submit(asked, {}, 1)
  assert.match(withdrawn.html, /The change is withdrawn\./)
  await web.mail.deliver(silent)
  assert.equal((await ada.open(linkIn(server.received[0]))).status, 404)
})

test('nobody who is not signed in comes here, and no form from elsewhere counts', async () => {
  await using web = await openWeb()
  await addPeople(web)
  assert.equal((await web.person().open('account/profile')).heading, 'Sign in')
  const ada = web.person()
  await signIn(ada)
  for (const path of [
    'account/profile/name',
    'account/profile/e-mail',
    'account/profile/e-mail/withdraw',
  ]) {
    const answer = await ada.post(`${web.issuerUrl}/${path}`, { display_name: 'Eve', csrf: 'x' })
    assert.equal(answer.status, 403, path)
  }
  assert.equal((await web.directory.users.get('ada')).displayName, 'Ada Lovelace')
})

test('whoever has no password must have signed in just now to move their address', async () => {
  await using server = await startRelay()
  await using web = await openWeb({ smtpPort: server.port })
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const { id } = await web.directory.users.get('ada')
  await web.store.write((tx) =>
    tx.query.deleteFrom('passwords').where('user_id', '=', id).execute(),
  )
  const page = await ada.open('account/profile')
  assert.equal(page.forms[EMAIL_FORM]?.fields['current_password'], undefined)
  web.advance(6 * 60_000)
  const refused = await ada.submit(page, { email: 'a@example.com' }, EMAIL_FORM)
  assert.doesNotMatch(refused.html, /Links are on their way/)
  assert.equal(await web.directory.emailChanges.pending(id), undefined)
  const bob = web.person()
  await signIn(bob, 'bob')
  const other = await web.directory.users.get('bob')
  await web.store.write((tx) =>
    tx.query.deleteFrom('passwords').where('user_id', '=', other.id).execute(),
  )
  const asked = await bob.submit(
    await bob.open('account/profile'),
    { email: 'b@example.com' },
    EMAIL_FORM,
  )
  assert.match(asked.html, /Links are on their way/)
})
