/**
 * Threat 16: whoever signs in anew is what they have just shown, and no more: a weaker sign-in keeps nothing of the stronger one before, and
 * lends its freshness to nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, openAdmin } from '../web/admin/fixture.ts'
import { BY, PASSWORD } from '../web/fixture.ts'
import { addCodes, addPasskey, typePassword, usePasskey } from '../web/steps.ts'

const SIX_MINUTES = 6 * 60_000

async function open() {
  const site = await openAdmin()
  const { web } = site
  const passkey = await addPasskey(web, 'root')
  const code = await addCodes(web, 'root')
  const root = web.person()
  const signInByPasskey = async () =>
    usePasskey(root, await root.open('sign-in?other=yes'), passkey)
  const guard = (name: string) =>
    web.directory.groups.change(name, { policy: { factors: 'passkey', maxAge: null } }, BY)
  return { ...site, web, root, code, signInByPasskey, guard }
}

test('a password and a code after a passkey are two factors, on any page that asks for them', async () => {
  await using site = await open()
  const { web, root, code, signInByPasskey, guard } = site
  await guard('lanyard-admins')
  await signInByPasskey()
  assert.equal((await root.open('admin/users')).status, 200)
  const again = await typePassword(root, await root.open('sign-in?other=yes'), 'root')
  await root.submit(again, { code: code() })
  assert.equal((await root.open('admin/users')).heading, 'Use your passkey')

  await web.directory.groups.change(
    'lanyard-admins',
    { policy: { factors: 'any', maxAge: null } },
    BY,
  )
  await signInByPasskey()
  web.advance(SIX_MINUTES)
  const asked = await act(root, await root.open('admin/groups/viewers'), '/members', {
    username: 'bob',
  })
  assert.ok('current_code' in (asked.forms[0]?.fields ?? {}), asked.html)
  const proofs = { current_password: PASSWORD, current_code: code() }
  await root.submit(asked, proofs)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'bob'])
  await guard('lanyard-admins')
  assert.equal((await root.open('admin/users')).heading, 'Use your passkey')
})

test('a sign-in that is begun and left changes nothing of the one before, and makes nothing newer', async () => {
  await using site = await open()
  const { web, root, signInByPasskey } = site
  const policy = { factors: 'any', maxAge: 300 } as const
  await web.directory.groups.change('lanyard-admins', { policy }, BY)
  await signInByPasskey()
  web.advance(299_000)
  await typePassword(root, await root.open('sign-in?other=yes'), 'root')
  assert.equal((await root.open('admin/users')).status, 200)
  web.advance(1_000)
  assert.equal((await root.open('admin/users')).heading, 'Use your passkey')
})
