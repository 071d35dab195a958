import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, signIn } from '../fixture.ts'
import { openAdmin, textOf } from './fixture.ts'

test('the review shows who is in privileged groups, through what, and who is dormant', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.groups.add({ name: 'oncall' }, BY)
  await web.directory.groups.change('oncall', { longestMembership: 3_600 }, BY)
  await web.directory.groups.addMember('oncall', { group: 'viewers' }, BY)
  const page = await root.open('admin/access-review')
  assert.deepEqual([page.status, page.heading], [200, 'Access review'])
  const text = textOf(page)
  assert.match(text, /2 privileged groups 0 dormant people 0 unused logins/)
  assert.match(
    text,
    /lanyard-admins administers Lanyard .* root Root Admin direct never just now never 0/,
  )
  assert.match(
    text,
    /oncall may be asked for, for 1 hour at most .* ada Ada Lovelace viewers never never never 0/,
  )
  assert.match(
    text,
    /Cluster prod-eu Its role bindings are not read\. On the server: lanyard cluster rbac-reader prod-eu --rbac/,
  )
  web.advance(91 * 86_400_000)
  const later = textOf(await root.open('admin/access-review'))
  assert.match(later, /2 dormant people/)
  assert.match(
    later,
    /root Root Admin direct never dormant, 91 days ago .* ada Ada Lovelace viewers never dormant, never/,
  )
  const long = textOf(await root.open('admin/access-review?days=365'))
  assert.match(long, /0 dormant people/)
})

test('one group alone, and words for what is none', async () => {
  await using site = await openAdmin()
  const { root } = site
  const one = await root.open('admin/access-review?group=lanyard-admins')
  assert.match(textOf(one), /1 privileged group 0 dormant/)
  const none = await root.open('admin/access-review?group=viewers')
  assert.equal(none.status, 404)
  assert.match(textOf(none), /No privileged group is named "viewers"\./)
  const days = await root.open('admin/access-review?days=soon')
  assert.equal(days.status, 400)
  assert.match(textOf(days), /Dormant after NaN days must be a whole number from 1 to 3650\./)
})

test('the review is there as CSV and JSON', async () => {
  await using site = await openAdmin()
  const { root, web } = site
  const csv = await root.open('admin/access-review/memberships.csv')
  assert.match(String(csv.headers['content-type']), /^text\/csv/)
  const day = new Date(web.now()).toISOString().slice(0, 10)
  assert.equal(
    csv.headers['content-disposition'],
    `attachment; filename="lanyard-${day}-memberships.csv"`,
  )
  assert.match(
    csv.html,
    /^group,why,username,.*\r\nlanyard-admins,administers Lanyard,root,Root Admin,active,,,/,
  )
  const bindings = await root.open('admin/access-review/bindings.csv')
  assert.equal(bindings.html, 'cluster,kind,name,known,role,namespace,binding,near\r\n')
  const json = JSON.parse((await root.open('admin/access-review/review.json')).html) as {
    groups: { name: string }[]
  }
  assert.deepEqual(
    json.groups.map(({ name }) => name),
    ['lanyard-admins'],
  )
})

test('a page shows a thousand memberships, and says that there are more', async () => {
  await using site = await openAdmin()
  const { root, web } = site
  const { id } = await web.directory.groups.get('lanyard-admins')
  await web.store.write(async (tx) => {
    for (let n = 0; n < 1_200; n += 1) {
      const user = { id: `u${n}`, username: `person${n}`, display_name: 'P', email: null }
      await tx.query
        .insertInto('users')
        .values({
          ...{ ...user, email_verified: 0, status: 'active', created_at: web.now() },
          ...{ sessions_valid_from: 0, language: null },
        })
        .execute()
      await tx.query
        .insertInto('group_users')
        .values({ group_id: id, user_id: user.id, expires_at: null })
        .execute()
    }
  })
  const { html } = await root.open('admin/access-review')
  assert.match(html, /The first 1,000 memberships are shown\. The exports have 100,000/)
  assert.equal([...html.matchAll(/<th scope="row">/g)].length, 1_000)
  const csv = await root.open('admin/access-review/memberships.csv')
  assert.equal(csv.html.trimEnd().split('\r\n').length, 1 + 1_201)
})

test('only an admin sees it', async () => {
  await using site = await openAdmin()
  const ada = site.web.person()
  await signIn(ada)
  for (const path of ['', '/memberships.csv', '/bindings.csv', '/review.json']) {
    assert.equal((await ada.open(`admin/access-review${path}`)).status, 404, path)
  }
})
