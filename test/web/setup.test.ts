import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openWeb, PASSWORD } from './fixture.ts'

const passwords = { password: PASSWORD, password_again: PASSWORD }

test('the code makes the first admin, signs them in, and the page is gone', async () => {
  await using web = await openWeb()
  const { code } = await web.directory.setupLink.issue(BY)
  const ada = web.person()
  const page = await ada.open(`setup?code=${code}`)
  assert.equal(page.forms[0]?.fields['setup_code'], code)
  assert.match(page.html, /Other machines cannot reach this issuer\./)
  const account = await ada.submit(page, { username: 'ada', ...passwords })
  assert.equal(account.heading, 'ada')
  assert.match(account.html, /You are the first admin\./)
  assert.match(account.html, /lanyard-admins/)
  for (const answer of [
    await web.person().open('setup'),
    await ada.submit(page, { username: 'eve', ...passwords }),
  ]) {
    assert.equal(answer.status, 404)
    assert.equal(answer.heading, 'Not found')
  }
})

test('each mistake is said where it was made, and what was typed is kept but for passwords', async () => {
  await using web = await openWeb()
  const { code } = await web.directory.setupLink.issue(BY)
  const ada = web.person()
  const page = await ada.open('setup')
  const submit = (fields: Record<string, string>) =>
    ada.submit(page, { setup_code: code, username: 'ada', ...passwords, ...fields })
  const mistakes = [
    [{ setup_code: 'wrong' }, /id="setup_code-error" role="alert">This code is not known/],
    [
      { username: 'system:admin' },
      /id="username-error" role="alert">[^<]*reserved by Kubernetes\./,
    ],
    [
      { password_again: 'other' },
      /id="password_again-error" role="alert">The two are not the same\./,
    ],
    [
      { password: 'short', password_again: 'short' },
      /id="password-error" role="alert">Password has 5/,
    ],
  ] as const
  for (const [fields, expected] of mistakes) {
    const answer = await submit(fields)
    assert.equal(answer.status, 400)
    assert.equal(answer.title, 'Error: Create the first admin – Lanyard')
    assert.match(answer.html, expected)
    assert.ok(!answer.html.includes(PASSWORD))
  }
  assert.equal((await submit({})).heading, 'ada')
})

test('twenty at once make one admin', async () => {
  await using web = await openWeb()
  const { code } = await web.directory.setupLink.issue(BY)
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const person = web.person()
      const page = await person.open(`setup?code=${code}`)
      return person.submit(page, { username: `admin-${index}`, ...passwords })
    }),
  )
  assert.equal(answers.filter(({ html }) => html.includes('You are the first admin.')).length, 1)
  assert.equal((await web.directory.users.list()).length, 1)
})
