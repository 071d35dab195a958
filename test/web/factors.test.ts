import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeAt } from '../support/authenticator.ts'
import { addPeople, BY, NEXT_PASSWORD, openWeb, PASSWORD, signIn } from './fixture.ts'
import {
  addCodes,
  addPasskey,
  assertFailed,
  isSignedIn,
  makePasskey,
  REFUSED_PASSKEY,
  usePasskey,
  userIdOf,
} from './steps.ts'

test('a person adds a passkey, gives it another name, and removes it', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  assert.match((await signIn(ada)).html, /<h2>How you sign in<\/h2>/)
  const add = await ada.open('account/passkeys/new')
  assert.equal(add.heading, 'Add a passkey')
  const { page: refused } = await makePasskey(web, ada, add, { bent: { userVerified: false } })
  assertFailed(refused, 'Add a passkey', REFUSED_PASSKEY)
  const { page: kept, passkey } = await makePasskey(web, ada, refused, { name: 'laptop' })
  assert.equal(kept.heading, 'Keep your recovery codes')
  const account = await ada.open('account')
  assert.match(account.html, /<b>You have one passkey\.<\/b>/)
  assert.match(account.html, /Passkey <small><bdi>laptop<\/bdi><\/small>/)
  await ada.submit(await ada.open('sign-out'))
  assert.equal((await usePasskey(ada, await ada.open('sign-in'), passkey)).heading, 'Ada Lovelace')
  const one = await ada.open(`account/passkeys/${passkey.id}`)
  const renamed = await ada.submit(one, { name: 'blue key' })
  assert.match(renamed.html, /The passkey has its new name\./)
  assert.match(renamed.html, /<bdi>blue key<\/bdi>/)
  const empty = await ada.submit(one, { name: ' ' })
  assertFailed(empty, 'Passkey', 'Name of a passkey is empty.')
  const gone = await ada.submit(one, {}, 1)
  assert.match(gone.html, /The passkey is removed\. It opens nothing here any more\./)
  assert.equal((await ada.open(`account/passkeys/${passkey.id}`)).status, 404)
})

test('a person sets up one-time codes, makes new recovery codes, and removes them', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const ada = web.person()
  await signIn(ada)
  const setup = await ada.submit(await ada.open('account/one-time-codes'))
  assert.equal(setup.heading, 'Set up one-time codes')
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(setup.html)?.[1]?.replaceAll(' ', '') ?? ''
  assertFailed(
    await ada.submit(setup, { code: '000000' }),
    'Set up one-time codes',
    'This code is not right.',
  )
  const kept = await ada.submit(setup, { code: codeAt(secret, web.now()) })
  assert.equal(kept.heading, 'Keep your recovery codes')
  // What was proved before is one factor of two now.
  const again = await ada.open('account/recovery-codes')
  assert.equal(again.heading, 'Sign in')
  const code = await ada.submit(again, { username: 'ada', password: PASSWORD })
  web.advance(30_000)
  const renew = await ada.submit(code, { code: codeAt(secret, web.now()) })
  assert.equal(renew.heading, 'New recovery codes')
  assert.match(renew.html, /10 codes are left/)
  assert.equal((await ada.submit(renew)).heading, 'Keep your recovery codes')
  const codes = await ada.open('account/one-time-codes')
  assert.match(codes.html, /your password always asks for one/)
  assert.match((await ada.submit(codes)).html, /One-time codes are removed\./)
  assert.equal((await web.directory.factors.of(await userIdOf(web))).recoveryCodesLeft, 0)
})

test('what is left open changes nothing, and a password alone does not either where there is more', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  const ada = web.person()
  // One factor, a second ago.
  await signIn(ada)
  const asked = await ada.open('account/passkeys/new')
  assert.equal(asked.heading, 'Use your passkey')
  const { csrf = '' } = asked.forms[0]?.fields ?? {}
  const removed = await ada.post(`${web.issuerUrl}/account/passkeys/${passkey.id}/remove`, { csrf })
  assert.equal(removed.heading, 'Use your passkey')
  assert.equal((await usePasskey(ada, removed, passkey)).heading, 'Ada Lovelace')
  const page = await ada.open('account/one-time-codes')
  assert.equal(page.heading, 'One-time codes')
  web.advance(5 * 60_000)
  assert.equal((await ada.submit(page)).heading, 'Use your passkey')
  const { passkeys, oneTimeCode } = await web.directory.factors.of(await userIdOf(web))
  assert.deepEqual([passkeys.length, oneTimeCode], [1, false])
})

test('the last way in stays', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const passkey = await addPasskey(web)
  await web.store.write((tx) => tx.query.deleteFrom('passwords').execute())
  const ada = web.person()
  await usePasskey(ada, await ada.open('sign-in'), passkey)
  const one = await ada.open(`account/passkeys/${passkey.id}`)
  const kept = await ada.submit(one, {}, 1)
  assert.equal(kept.status, 400)
  assert.match(kept.html, /This is the last way to sign in to this account\./)
  assert.equal((await ada.open('account')).heading, 'Ada Lovelace')
})

test('somebody else’s passkey is nobody’s here', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const bobs = await addPasskey(web, 'bob')
  const ada = web.person()
  await signIn(ada)
  const page = await ada.open(`account/passkeys/${bobs.id}`)
  assert.equal(page.status, 404)
  assert.match(page.html, /ERR_PASSKEY_UNKNOWN/)
})

test('a changed password asks for the code before this browser goes on', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const code = await addCodes(web)
  const ada = web.person()
  await ada.submit(await signIn(ada), { code: code() })
  web.advance(1_000)
  const step = await ada.submit(await ada.open('account/password'), {
    ...{ current_password: PASSWORD, password: NEXT_PASSWORD, password_again: NEXT_PASSWORD },
  })
  assert.equal(step.heading, 'One-time code')
  assert.equal(await isSignedIn(ada), false)
  const done = await ada.submit(step, { code: code() })
  assert.match(done.html, /Your password is changed\./)
})

test('an account without recovery codes is told so', async () => {
  await using web = await openWeb()
  await addPeople(web)
  await addPasskey(web)
  const ada = web.person()
  assert.match((await signIn(ada)).html, /<b>You have no recovery codes\.<\/b>/)
  await web.directory.factors.recoveryCodes.renew(await userIdOf(web), BY)
  assert.match((await ada.open('account')).html, /<b>You have one passkey\.<\/b>/)
})
