import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, PASSWORD, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const FILE =
  'username,display_name,status,groups\r\nada,=Ada & <b>,,viewers\r\ngrace,Grace Hopper,,viewers\r\n'

test('a file is shown before it is taken, then taken once', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const dry = await act(root, await root.open('admin/csv'), '/admin/csv', {
    text: FILE,
    kind: 'users',
  })
  assert.equal(dry.status, 200)
  assert.match(textOf(dry), /2 lines would change something/)
  assert.match(
    textOf(dry),
    /2 ada name: =Ada &amp; <b> 3 grace new name: Grace Hopper into group viewers/,
  )
  assert.equal(await web.directory.users.find('grace'), undefined)
  web.advance(6 * 60_000)
  const sudo = await act(root, dry, '/csv/apply')
  assert.match(textOf(sudo), /You are about to import users from a file\s*\./)
  const done = await root.submit(sudo, { current_password: PASSWORD })
  assert.match(textOf(done), /Imported\./)
  assert.equal((await web.directory.users.get('grace')).displayName, 'Grace Hopper')
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'grace'])
  const again = await act(root, dry, '/csv/apply')
  assert.equal(again.status, 409, 'the form of before')
  assert.match(textOf(again), /Something has changed since you were shown this\. Look again\./)
  assert.match(textOf(again), /0 lines would change something/)
})

test('what is wrong is told line by line, and no CSV is told beside the text', async () => {
  await using site = await openAdmin()
  const { root } = site
  const page = await root.open('admin/csv')
  const bad = await act(root, page, '/admin/csv', {
    kind: 'users',
    text: 'username,groups\nok,\nsystem:x,\ny,nowhere\n',
  })
  assert.equal(bad.status, 400)
  assert.match(bad.title, /^Error: Import/)
  assert.match(
    textOf(bad),
    /Line 3 : username "system:x" is reserved by Kubernetes Line 4 : no group is named "nowhere"/,
  )
  assert.ok(!bad.forms.some(({ action }) => action.endsWith('/apply')))
  const broken = await act(root, page, '/admin/csv', { kind: 'users', text: 'username\n"<b>' })
  assert.equal(broken.status, 400)
  assert.match(
    textOf(broken),
    /Line 2 is no CSV: quote not closed\. A cell with a comma or a quote stands between quotes/,
  )
  assert.match(broken.html, /<textarea[^>]*>username\n&quot;&lt;b&gt;<\/textarea>/)
})

test('what goes out is a file, comes back unchanged, and is for admins alone', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.users.change('ada', { displayName: '=cmd|x' }, BY)
  const users = await root.open('admin/csv/users.csv')
  assert.equal(users.headers['content-type'], 'text/csv; charset=utf-8')
  assert.equal(users.headers['content-disposition'], 'attachment; filename="lanyard-users.csv"')
  assert.equal(users.headers['cache-control'], 'no-store')
  assert.equal(
    users.html,
    'username,display_name,email,status,groups\r\nada,"\'=cmd|x",,active,viewers\r\nbob,bob,,active,\r\nroot,Root Admin,,active,lanyard-admins\r\n',
  )
  const groups = await root.open('admin/csv/groups.csv')
  assert.equal(groups.html, 'name,description,groups\r\nlanyard-admins,,\r\nviewers,,\r\n')
  const same = await act(root, await root.open('admin/csv'), '/admin/csv', {
    kind: 'users',
    text: users.html,
    exact: 'yes',
  })
  assert.match(textOf(same), /0 lines would change something 3 lines would change nothing/)
  const ada = web.person()
  await signIn(ada)
  for (const path of ['admin/csv', 'admin/csv/users.csv', 'admin/csv/groups.csv']) {
    assert.equal((await ada.open(path)).status, 404)
  }
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  const large = { csrf, kind: 'users', text: `username\n${'x'.repeat(100_000)}` }
  assert.equal((await ada.post(`${web.issuerUrl}/admin/csv`, large)).status, 404)
  assert.equal((await web.person().post(`${web.issuerUrl}/admin/csv`, large)).heading, 'Sign in')
})

test('a whole mebibyte is read, and more is refused', async () => {
  await using site = await openAdmin()
  const { root } = site
  const page = await root.open('admin/csv')
  const many = `username,display_name\n${Array.from({ length: 2_000 }, (_, n) => `user${n},${'n'.repeat(100)}`).join('\n')}`
  const dry = await act(root, page, '/admin/csv', { kind: 'users', text: many })
  assert.equal(dry.status, 200)
  assert.match(textOf(dry), /2,000 lines would change something/)
  assert.match(textOf(dry), /And 1800 more\./)
  const more = await act(root, page, '/admin/csv', { kind: 'users', text: 'x'.repeat(1_048_577) })
  assert.equal(more.status, 400)
  assert.match(textOf(more), /The file is larger than a mebibyte\. Import it in several parts\./)
})
