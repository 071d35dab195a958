/**
 * Threat 16: recovery codes stand in for a second factor that was set up. Whoever has none has no codes either, so that a password does not
 * make the other half of "two factors" by itself.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPeople, BY, openWeb, signIn } from '../web/fixture.ts'
import { addPasskey, typePassword, userIdOf } from '../web/steps.ts'

const left = async (web: Parameters<typeof userIdOf>[0]) =>
  (await web.directory.factors.of(await userIdOf(web))).recoveryCodesLeft

test('nobody has recovery codes who has nothing that they recover', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const csrf = (await ada.open('account/password')).forms[0]?.fields['csrf'] ?? ''
  assert.equal((await ada.open('account/recovery-codes')).heading, 'Ada Lovelace')
  const made = await ada.post(`${web.issuerUrl}/account/recovery-codes`, { csrf })
  assert.equal(made.heading, 'Ada Lovelace')
  assert.equal(await left(web), 0)
})

test('codes of one who has nothing else are no second factor', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const codes = await web.directory.factors.recoveryCodes.renew(await userIdOf(web), BY)
  const ada = web.person()
  const enrol = await typePassword(ada, await ada.open('sign-in?next=account&need=two'))
  const code = await ada.open(enrol.url.replace('/enrol', '/code'))
  assert.equal(code.heading, 'Sign in')
  const { csrf = '' } = code.forms[0]?.fields ?? {}
  const url = enrol.url.replace('/enrol', '/code')
  await ada.post(url, { csrf, code: codes[0] ?? '' })
  assert.equal((await ada.open('account')).heading, 'Sign in')
  assert.equal(await left(web), 10)
})

test('codes go on counting for whoever has a passkey', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addPasskey(web)
  const [code = ''] = await web.directory.factors.recoveryCodes.renew(await userIdOf(web), BY)
  const ada = web.person()
  const passkey = await typePassword(ada, await ada.open('sign-in?next=account&need=two'))
  const page = await ada.open(passkey.url.replace('/passkey', '/code'))
  const used = await ada.submit(page, { code })
  assert.equal(used.status, 200)
  assert.equal((await ada.submit(used)).heading, 'Ada Lovelace')
})
