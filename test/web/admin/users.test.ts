import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, PASSWORD, signIn } from '../fixture.ts'
import { approveDevice } from '../logins.ts'
import { act, openAdmin, recorded, textOf } from './fixture.ts'

test('admin pages lead whoever is not signed in to the sign-in and back, and tell nobody else what there is', async () => {
  await using site = await openAdmin()
  const visitor = site.web.person()
  const signInPage = await visitor.open('admin/users')
  assert.equal(signInPage.heading, 'Sign in')
  assert.match(signInPage.url, /\/sign-in\?next=admin$/)
  const back = await visitor.submit(signInPage, { username: 'root', password: PASSWORD })
  assert.equal(back.heading, 'Overview')
  const ada = site.web.person()
  await signIn(ada)
  for (const path of [
    'admin',
    'admin/users',
    'admin/users/ada',
    'admin/users/nobody',
    'admin/new-user',
  ]) {
    const page = await ada.open(path)
    assert.equal(page.status, 404, path)
    assert.match(page.html, /There is nothing at this address for you\./)
    assert.match(page.html, /You are signed in as ada; only admins see the pages below \/admin\./)
    assert.match(page.html, /ERR_NOT_FOUND/)
  }
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  for (const path of ['users', 'users/bob/lock', 'users/bob/delete', 'users/groups']) {
    assert.equal((await ada.post(`${site.web.issuerUrl}/admin/${path}`, { csrf })).status, 404)
  }
  assert.equal((await site.web.directory.users.get('bob')).status, 'active')
})

test('an admin who is one no longer sees nothing from then on', async () => {
  await using site = await openAdmin()
  await site.web.directory.groups.addMember('lanyard-admins', { user: 'ada' }, BY)
  await site.web.directory.groups.removeMember('lanyard-admins', { user: 'root' }, BY)
  assert.equal((await site.root.open('admin')).status, 404)
})

test('the list is searched, filtered and paged, and keeps what was typed', async () => {
  await using site = await openAdmin()
  const { directory } = site.web
  for (let n = 0; n < 60; n++) {
    await directory.users.add({ username: `user${String(n).padStart(2, '0')}` }, BY)
  }
  await directory.users.disable('user07', BY)
  const list = await site.root.open('admin/users')
  assert.match(textOf(list), /63 people, 1 locked\./)
  const usernames = (html: string) =>
    [...html.matchAll(/name="user\.([^"]+)"/g)].map(([, name]) => name)
  assert.equal(usernames(list.html).length, 50)
  const next = /<a class="btn tiny" href="([^"]+)">Next page/.exec(list.html)?.[1]
  const second = await site.root.open((next ?? '').slice(1).replaceAll('&amp;', '&'))
  assert.deepEqual(usernames(second.html).slice(-1), ['user59'])
  assert.equal(usernames(second.html).length, 13)
  const found = await site.root.open('admin/users?q=ADA+LOV')
  assert.deepEqual(usernames(found.html), ['ada'])
  assert.match(found.html, /value="ADA LOV"/)
  const locked = await site.root.open('admin/users?status=disabled&q=user')
  assert.deepEqual(usernames(locked.html), ['user07'])
  assert.match(locked.html, /<option value="disabled" selected>Locked/)
  const none = await site.root.open(`admin/users?q=${encodeURIComponent('<b>"x')}`)
  assert.equal(none.status, 200)
  assert.match(none.html, /Nobody matches “<bdi>&lt;b&gt;&quot;x<\/bdi>”/)
  for (const odd of ['q=a&q=b', 'after=%00', 'status=root', `q=${'x'.repeat(3_000)}`]) {
    assert.equal((await site.root.open(`admin/users?${odd}`)).status, 200, odd)
  }
})

test('a user is added with groups, and what is wrong is said beside its field with what was typed', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const add = async (fields: Record<string, string>) =>
    act(root, await root.open('admin/new-user'), '/admin/users', fields)
  const made = await add({
    username: 'Grace',
    display_name: 'Grace Hopper',
    email: 'g@example.com',
    groups: 'viewers',
  })
  assert.equal(made.status, 200)
  assert.match(made.url, /\/admin\/users\/grace\?done=made$/)
  assert.match(textOf(made), /The user is added\. They have no password yet\./)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'grace'])
  for (const [fields, status, sentence] of [
    [{ username: 'grace' }, 409, 'User "grace" exists already.'],
    [{ username: 'ｇｒａｃｅ' }, 409, 'User "grace" exists already.'],
    [{ username: 'system:masters' }, 400, 'Username "system:masters" is reserved by Kubernetes.'],
    [
      { username: 'ѕystem:x' },
      400,
      'Username "ѕystem:x" may hold only a-z, 0-9, . _ and - before a colon.',
    ],
    [
      { username: 'x'.repeat(129) },
      400,
      `Username "${'x'.repeat(80)}…" is longer than 128 characters.`,
    ],
    [{ username: '' }, 400, 'Username is empty.'],
    [
      { username: 'new', email: 'nowhere' },
      400,
      'E-mail address "nowhere" is not of the form a@b.',
    ],
    [
      { username: 'new', display_name: 'a\u202eb' },
      400,
      'Display name "a\\u{202e}b" must have 1 to 128 visible characters.',
    ],
    [{ username: 'new', groups: 'viewers nogroup' }, 400, 'No group is named "nogroup".'],
  ] as const) {
    const page = await add(fields)
    assert.equal(page.status, status, sentence)
    assert.ok(textOf(page).includes(sentence), `${sentence} in ${textOf(page)}`)
    assert.match(page.title, /^Error: Add user/)
  }
  assert.equal(await web.directory.users.find('new'), undefined, 'nothing half-made')
})

test('a name with a slash or another script has a page of its own, and is shown in isolation', async () => {
  await using site = await openAdmin()
  for (const username of ['team/ci@example.com', 'שלום', 'a+b']) {
    await site.web.directory.users.add({ username }, BY)
    const page = await site.root.open(`admin/users/${encodeURIComponent(username)}`)
    assert.equal(page.status, 200, username)
    assert.ok(page.html.includes(`<bdi>${username}</bdi>`), username)
  }
})

test('locking asks for the password when the sign-in is old, says what it does, and does it', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const { userId } = await approveDevice(web, ada, { deviceName: 'one' })
  await approveDevice(web, ada, { deviceName: 'two' })
  const page = await root.open('admin/users/ada')
  web.advance(5 * 60_000 + 1)
  const sudo = await act(root, page, '/lock')
  assert.equal(sudo.status, 200)
  assert.equal(sudo.heading, 'Confirm that it is you')
  assert.match(textOf(sudo), /You are about to lock ada and revoke 2 devices\s*\./)
  assert.equal((await web.directory.users.get('ada')).status, 'active', 'nothing is done yet')
  const wrong = await root.submit(sudo, { current_password: 'wrong wrong wrong wrong' })
  assert.equal(wrong.status, 400)
  assert.match(textOf(wrong), /This is not your password\./)
  const cookies = () => root.cookies.find(({ name }) => name.includes('session'))?.value
  const before = cookies()
  const done = await root.submit(wrong, { current_password: PASSWORD })
  assert.match(
    textOf(done),
    /Locked\. Every sign-in of theirs is void, and their devices are revoked\./,
  )
  assert.notEqual(cookies(), before, 'a new session id after a proof')
  assert.equal((await web.directory.users.get('ada')).status, 'disabled')
  assert.deepEqual(await web.issuer.devices.list(userId), [])
  assert.equal((await ada.open('account')).heading, 'Sign in')
  assert.deepEqual((await recorded(web, 'ada'))[0], 'user.disabled')
  const unlocked = await act(root, done, '/unlock')
  assert.match(
    textOf(unlocked),
    /Unlocked\. They may sign in again\./,
    'not asked again for five minutes',
  )
  assert.equal((await ada.open('account')).heading, 'Sign in', 'what was void stays void')
})

test('a form of before the words changed is shown again, and guesses of the password are limited', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const page = await root.open('admin/users/ada')
  web.advance(5 * 60_000 + 1)
  const sudo = await act(root, page, '/lock')
  await approveDevice(web, ada, { deviceName: 'another' })
  const again = await root.submit(sudo, { current_password: PASSWORD })
  assert.equal(again.status, 409)
  assert.match(textOf(again), /Something has changed since you were asked\. Look again\./)
  assert.match(textOf(again), /revoke 1 device\s*\./)
  assert.equal((await web.directory.users.get('ada')).status, 'active')
  let last = again
  for (let tries = 0; tries < 20 && last.status !== 429; tries++) {
    last = await root.submit(last, { current_password: 'wrong wrong wrong wrong' })
  }
  assert.equal(last.status, 429)
  assert.equal(last.headers['retry-after'], '60')
  assert.match(textOf(last), /Too many attempts\. Wait 1 minute, then try again\./)
})

test('locking twice at once is locking once, and the last admin is locked by nobody', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/users/ada')
  const both = await Promise.all([act(root, page, '/lock'), act(root, page, '/lock')])
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  )
  assert.equal((await recorded(web, 'ada')).filter((type) => type === 'user.disabled').length, 1)
  const own = await act(root, await root.open('admin/users/root'), '/lock')
  assert.equal(own.status, 409)
  assert.match(textOf(own), /This would leave no active user in the admin group "lanyard-admins"\./)
  assert.equal((await act(root, page, '/delete')).heading, 'Are you sure?')
  await web.directory.users.delete('ada', BY)
  assert.equal((await act(root, page, '/lock')).status, 404, 'a stale form of somebody who is gone')
})

test('sessions end in browsers and on devices, and one device can be revoked', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const ada = web.person()
  await signIn(ada)
  const device = await approveDevice(web, ada, { deviceName: 'one' })
  await approveDevice(web, ada, { deviceName: 'two' })
  const page = await root.open('admin/users/ada')
  const one = await act(root, page, `/devices/${device.id}/revoke`)
  assert.match(textOf(one), /The device is revoked\./)
  assert.equal((await web.issuer.devices.list(device.userId)).length, 1)
  const foreign = await root.post(
    `${web.issuerUrl}/admin/users/bob/devices/${device.id}/revoke`,
    page.forms[0]?.fields ?? {},
  )
  assert.equal(foreign.status, 404)
  assert.match(textOf(foreign), /This user has no such device\./)
  web.advance(1_000)
  const ended = await act(root, one, '/end-sessions')
  assert.match(textOf(ended), /Every sign-in of theirs is void, in browsers and on devices\./)
  assert.equal((await ada.open('account')).heading, 'Sign in')
  assert.deepEqual(await web.issuer.devices.list(device.userId), [])
  assert.ok((await recorded(web, 'ada')).includes('session.ended'))
})

test('the page says which clusters open, through which group, and why not', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const server = 'https://api.example.com:6443'
  await web.clusters.add({ name: 'open', server, everyone: true }, BY)
  await web.clusters.add({ name: 'closed', server }, BY)
  const passkey = { factors: 'passkey', maxAge: null } as const
  await web.clusters.add({ name: 'strict', server, everyone: true, policy: passkey }, BY)
  const rows = async () => {
    const { html } = await root.open('admin/users/ada')
    const panel = /id="access"[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''
    return [...panel.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].slice(1).map(([, row = '']) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replaceAll('&quot;', '"')
        .replace(/\s+/g, ' ')
        .trim(),
    )
  }
  assert.deepEqual(await rows(), [
    'closed cluster no ada is in none of the groups that may enter cluster "closed"',
    'open cluster yes everybody who is active may enter',
    'prod-eu cluster yes viewers',
    'strict cluster yes ada did not sign in with a passkey, and cluster "strict" asks for one',
  ])
  await web.directory.users.disable('ada', BY)
  assert.ok((await rows()).every((row) => row.endsWith('no user "ada" is disabled')))
})

test('groups are given and taken on the page, and the words name the clusters', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/users/bob')
  const added = await act(root, page, '/groups', { group: 'VIEWERS' })
  assert.match(textOf(added), /Added to the group\./)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'bob'])
  web.advance(6 * 60_000)
  const sudo = await act(root, added, '/groups/remove')
  assert.match(
    textOf(sudo),
    /You are about to remove bob from viewers\s*\. 1 person loses cluster prod-eu within 10 seconds\./,
  )
  const removed = await root.submit(sudo, { current_password: PASSWORD })
  assert.match(textOf(removed), /Removed from the group\./)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada'])
  const unknown = await act(root, removed, '/groups', { group: 'nowhere' })
  assert.equal(unknown.status, 404)
  assert.match(textOf(unknown), /No group is named "nowhere"\./)
})

test('a selection is put into a group after its consequence was read, whole or not at all', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const list = await root.open('admin/users')
  const nobody = await act(root, list, '/users/groups', { group: 'viewers', act: 'add' })
  assert.equal(nobody.status, 400)
  assert.match(textOf(nobody), /Nobody is selected\./)
  const selection = { 'user.bob': 'yes', 'user.root': 'yes', group: 'viewers', act: 'add' }
  const sure = await act(root, list, '/users/groups', selection)
  assert.equal(sure.heading, 'Are you sure?')
  assert.match(
    textOf(sure),
    /You are about to add 2 people to viewers\s*\. 2 people may enter cluster prod-eu at once\./,
  )
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada'])
  const both = await Promise.all([root.submit(sure), root.submit(sure)])
  assert.ok(both.every(({ status }) => status === 200 || status === 409))
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'bob', 'root'])
  const away = await act(root, list, '/users/groups', { ...selection, act: 'remove' })
  assert.match(textOf(away), /2 people lose cluster prod-eu within 10 seconds\./)
  await web.directory.users.delete('bob', BY)
  const gone = await root.submit(away)
  assert.equal(gone.status, 404)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'root'])
})

test('name and address are changed, and a new address is proved by nobody yet', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.users.change('ada', { email: 'ada@example.com', emailVerified: true }, BY)
  const edit = await root.open('admin/users/ada/edit')
  const bad = await act(root, edit, '/edit', { email: 'x' })
  assert.equal(bad.status, 400)
  assert.match(textOf(bad), /E-mail address "x" is not of the form a@b\./)
  const saved = await act(root, edit, '/edit', {
    display_name: 'Ada King',
    email: 'king@example.com',
  })
  assert.match(textOf(saved), /Saved\./)
  const ada = await web.directory.users.get('ada')
  assert.deepEqual(
    [ada.displayName, ada.email, ada.emailVerified],
    ['Ada King', 'king@example.com', false],
  )
})

test('deleting always asks, and buries the name', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const sure = await act(root, await root.open('admin/users/bob'), '/delete')
  assert.match(
    textOf(sure),
    /delete bob and revoke 0 devices; nobody can have the username again\s*\./,
  )
  const done = await root.submit(sure)
  assert.match(done.url, /\/admin\/users\?done=deleted$/)
  assert.match(textOf(done), /The user is deleted\./)
  assert.equal(await web.directory.users.find('bob'), undefined)
  assert.equal((await root.submit(sure)).status, 404)
})
