import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, PASSWORD } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

test('an invitation is made, its link shown once, listed and revoked', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const made = await act(root, await root.open('admin/new-invitation'), '/admin/invitations', {
    ...{ username: 'Hedy', email: 'hedy@example.com', groups: 'viewers' },
  })
  assert.equal(made.heading, 'The invitation is made')
  const link = /<code>([^<]+)<\/code>/.exec(made.html)?.[1] ?? ''
  assert.ok(link.startsWith(web.issuerUrl), link)
  const list = await root.open('admin/invitations')
  assert.match(textOf(list), /hedy ends in 3 days viewers root Revoke/)
  assert.ok(!list.html.includes(link))
  const revoked = await act(root, list, '/revoke')
  assert.match(textOf(revoked), /The invitation is revoked\./)
  assert.match(textOf(revoked), /No invitation waits/)
  assert.match(textOf(await root.open('admin/invitations?show=all')), /hedy revoked/)
  assert.equal((await act(root, list, '/revoke')).status, 404, 'twice')
})

test('what is wrong is said beside its field, and an old sign-in is asked again', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/new-invitation')
  for (const [fields, status, sentence] of [
    [{ username: 'ada' }, 409, /User "ada" exists already\./],
    [{ username: 'system:x' }, 400, /is reserved by Kubernetes\./],
    [{ email: 'x' }, 400, /is not of the form a@b\./],
    [{ username: 'x', groups: 'nowhere' }, 400, /No group is named "nowhere"\./],
    [{}, 400, /./],
  ] as const) {
    const answer = await act(root, page, '/admin/invitations', fields)
    assert.equal(answer.status, status, JSON.stringify(fields))
    assert.match(answer.title, /^Error: Invite/)
    assert.match(textOf(answer), sentence)
  }
  web.advance(6 * 60_000)
  const sudo = await act(root, page, '/admin/invitations', { username: 'hedy' })
  assert.match(textOf(sudo), /You are about to invite hedy\s*\./)
  const made = await root.submit(sudo, { current_password: PASSWORD })
  assert.equal(made.heading, 'The invitation is made')
})

test('a reset link is made for somebody, and not for whoever is locked', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/users/ada')
  const made = await act(root, page, '/reset-link')
  assert.equal(made.heading, 'The link is made')
  const link = /<code>([^<]+)<\/code>/.exec(made.html)?.[1] ?? ''
  assert.ok(link.startsWith(web.issuerUrl), link)
  await web.directory.users.disable('ada', BY)
  assert.equal((await act(root, page, '/reset-link')).status >= 400, true)
  assert.ok(
    !(await root.open('admin/users/ada')).forms.some(({ action }) =>
      action.endsWith('/reset-link'),
    ),
  )
})
