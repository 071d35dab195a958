import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD } from '../fixture.ts'
import { addCodes, addPasskey, assertionOf } from '../steps.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const statusOf = async (site: Awaited<ReturnType<typeof openAdmin>>) =>
  (await site.web.directory.users.get('bob')).status

test('whoever has codes confirms with password and code, and neither alone nor a used one will do', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const code = await addCodes(web, 'root')
  const asked = await act(root, await root.open('admin/users/bob'), '/lock')
  assert.equal(asked.heading, 'Confirm that it is you', 'the sign-in was with the password alone')
  const wrongs = [
    { current_password: PASSWORD },
    { current_password: PASSWORD, current_code: '000000' },
    { current_password: 'wrong wrong wrong wrong', current_code: code() },
  ]
  for (const fields of wrongs) {
    const wrong = await root.submit(asked, fields)
    assert.equal(wrong.status, 400)
    assert.match(textOf(wrong), /Password or code is wrong\. Check both and try again\./)
  }
  assert.equal(await statusOf(site), 'active')
  const right = { current_password: PASSWORD, current_code: code() }
  const both = await Promise.all([root.submit(asked, right), root.submit(asked, right)])
  assert.deepEqual(
    new Set(both.map(({ status }) => status)),
    new Set([200, 400]),
    'a code counts once',
  )
  assert.equal(await statusOf(site), 'disabled')
  const next = await act(root, await root.open('admin/users/bob'), '/unlock')
  assert.match(textOf(next), /Unlocked\./, 'now the sign-in is new, and with two factors')
  web.advance(6 * 60_000)
  const again = await act(root, await root.open('admin/users/bob'), '/lock')
  const used = await root.submit(again, right)
  assert.equal(used.status, 400)
  assert.equal(await statusOf(site), 'active')
})

test('whoever has a passkey alone confirms with it, after the words where they are always shown', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const passkey = await addPasskey(web, 'root')
  const asked = await act(root, await root.open('admin/users/bob'), '/lock')
  assert.equal(asked.heading, 'Confirm with your passkey')
  assert.match(textOf(asked), /You are about to lock bob and revoke 0 devices\s*\./)
  const refused = await root.submit(asked, { passkey: JSON.stringify({ id: 'x' }) })
  assert.equal(refused.status, 400)
  const byPassword = await root.submit(asked, { current_password: PASSWORD })
  assert.equal(byPassword.heading, 'Confirm with your passkey', 'the password will not do')
  assert.equal(await statusOf(site), 'active')
  const answer = JSON.stringify(assertionOf(asked, passkey))
  const done = await root.submit(asked, { passkey: answer })
  assert.match(textOf(done), /Locked\./)
  assert.equal(await statusOf(site), 'disabled')

  web.advance(6 * 60_000)
  const replayed = await root.post(`${web.issuerUrl}/admin/users/bob/unlock`, {
    ...asked.forms[0]?.fields,
    passkey: answer,
  })
  assert.notEqual(replayed.status, 200, 'the answer of before')
  assert.equal(await statusOf(site), 'disabled')

  const words = await act(root, await root.open('admin/users/bob'), '/delete')
  assert.equal(words.heading, 'Are you sure?')
  const proof = await root.submit(words)
  assert.equal(proof.heading, 'Confirm with your passkey')
  assert.notEqual(await web.directory.users.find('bob'), undefined)
  const gone = await root.submit(proof, { passkey: JSON.stringify(assertionOf(proof, passkey)) })
  assert.match(textOf(gone), /The user is deleted\./)
  assert.equal(await web.directory.users.find('bob'), undefined)
})

test('whoever has both may take the passkey instead', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await addCodes(web, 'root')
  const passkey = await addPasskey(web, 'root')
  const asked = await act(root, await root.open('admin/users/bob'), '/lock')
  assert.match(asked.html, /<button[^>]*name="use" value="passkey" formnovalidate>/)
  const proof = await root.submit(asked, { use: 'passkey', current_password: '', current_code: '' })
  assert.equal(proof.heading, 'Confirm with your passkey')
  const done = await root.submit(proof, { passkey: JSON.stringify(assertionOf(proof, passkey)) })
  assert.match(textOf(done), /Locked\./)
})

test('names of others are text on every page, whatever they hold', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const by = { actor: { kind: 'command', name: 'x' }, address: null, requestId: null } as const
  const hostile = `"><script>alert(1)</script><img src=x onerror='x'>&`
  await web.directory.users.change('bob', { displayName: hostile, email: `"<b>"@x` }, by)
  await web.directory.groups.change('viewers', { description: hostile }, by)
  await web.directory.groups.addMember('viewers', { user: 'bob' }, by)
  const pages = [
    'users',
    'users/bob',
    'users/bob/edit',
    'groups',
    'groups/viewers',
    `users?q=${encodeURIComponent(hostile)}`,
    `groups?q=${encodeURIComponent(hostile)}`,
    `users?after=${encodeURIComponent(hostile)}`,
  ]
  for (const path of pages) {
    const { html, status } = await root.open(`admin/${path}`)
    assert.equal(status, 200, path)
    assert.doesNotMatch(html, /<script>alert|<img src=x|onerror='x'>|<b>"@x/, path)
  }
  const text = `username,display_name\nbob2,"${hostile.replaceAll('"', '""')}"\n`
  const dry = await act(root, await root.open('admin/csv'), '/admin/csv', { kind: 'users', text })
  assert.equal(dry.status, 200)
  assert.doesNotMatch(dry.html, /<script>alert|<img src=x/)
})
