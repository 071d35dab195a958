/**
 * Threat 16: an access token outlives the password that it was made with. Where somebody has a second factor, a sign-in by the password
 * alone, which a passkey's owner can still have, makes none.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPeople, openWeb, PASSWORD, signIn } from '../web/fixture.ts'
import { addPasskey, usePasskey, userIdOf } from '../web/steps.ts'

test('a password makes no access token for whoever has a passkey, and the passkey lets it', async () => {
  await using web = await openWeb()
  await addPeople(web)
  const thief = web.person()
  await signIn(thief)
  // The form was opened before there was anything else.
  const form = await thief.open('account/tokens/new')
  assert.equal(form.heading, 'New access token')
  const passkey = await addPasskey(web)
  const typed = { name: 'job', 'cluster.prod-eu': 'yes', current_password: PASSWORD }
  const sent = await thief.submit(form, typed)
  assert.equal(sent.heading, 'Use your passkey')
  assert.equal((await thief.open('account/tokens/new')).heading, 'Use your passkey')
  const userId = await userIdOf(web)
  assert.deepEqual(await web.accessTokens.list({ userId }), [])

  const ada = web.person()
  await usePasskey(ada, await ada.open('sign-in'), passkey)
  assert.equal((await ada.open('account/tokens/new')).heading, 'New access token')
})
