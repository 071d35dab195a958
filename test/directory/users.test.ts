import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD, START } from './fixture.ts'

test('a new user is active, unverified, and named in canonical form', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const ada = await directory.users.add({ username: 'Ａda', email: 'ada@example.com' }, BY)
  assert.match(ada.id, /^[a-z2-7]{26}$/)
  assert.deepEqual(
    { ...ada, id: '' },
    {
      id: '',
      username: 'ada',
      displayName: 'ada',
      email: 'ada@example.com',
      emailVerified: false,
      status: 'active',
      createdAt: START,
      sessionsValidFrom: 0,
      hasPassword: false,
      mustChangePassword: false,
    },
  )
  assert.deepEqual(await directory.users.get('ADA'), ada)
  assert.deepEqual(await directory.users.byId(ada.id), ada)
  await assert.rejects(directory.users.add({ username: 'aDa' }, BY), {
    code: 'ERR_USER_EXISTS',
    message: 'user "ada" exists already',
  })
})

test('reserved and malformed usernames are refused in every disguise', async () => {
  await using fixture = await openDirectory()
  const reserved = [
    'system:masters',
    'SYSTEM:masters',
    'ｓystem:masters',
    'system：masters',
    'sys\u200btem:masters',
    '\u2060system:masters',
    ' system:masters',
    'machine:ci',
    'lanyard:server',
  ]
  for (const username of reserved) {
    await assert.rejects(fixture.directory.users.add({ username }, BY), {
      code: 'ERR_NAME_RESERVED',
    })
    await assert.rejects(fixture.directory.groups.add({ name: username }, BY), {
      code: 'ERR_NAME_RESERVED',
    })
  }
  const malformed = ['', ' ', 'ada ', 'a da', '-ada', 'ѕystem:masters', 'a\nb', 'a'.repeat(129)]
  for (const username of malformed) {
    await assert.rejects(fixture.directory.users.add({ username }, BY), {
      code: 'ERR_NAME_INVALID',
    })
  }
  assert.deepEqual(await fixture.directory.users.list(), [])
  await assert.rejects(fixture.directory.users.add({ username: 'system:masters' }, BY), {
    message: 'username "system:masters" is reserved by Kubernetes',
  })
})

test('twenty additions of one name at once make one user', async () => {
  await using fixture = await openDirectory()
  const other = fixture.another()
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? fixture.directory : other.directory).users.add({ username: 'ada' }, BY),
    ),
  )
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'ERR_USER_EXISTS'))
  }
  assert.equal((await fixture.directory.users.list()).length, 1)
})

test('a deleted username is buried and its memberships are gone', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const ada = await directory.users.add({ username: 'ada', password: PASSWORD }, BY)
  await directory.groups.add({ name: 'viewers' }, BY)
  await directory.groups.addMember('viewers', { user: 'ada' }, BY)
  await directory.users.delete('ADA', BY)
  assert.equal(await directory.subject(ada.id), undefined)
  assert.deepEqual(await directory.groups.members('viewers'), { users: [], groups: [] })
  assert.deepEqual(await fixture.store.query.selectFrom('passwords').selectAll().execute(), [])
  await assert.rejects(directory.users.add({ username: 'Ada' }, BY), {
    code: 'ERR_NAME_RETIRED',
    message: 'username "ada" was used before',
  })
  await assert.rejects(directory.users.get('ada'), {
    code: 'ERR_USER_UNKNOWN',
    message: 'no user is named "ada"',
  })
})

test('an e-mail address is verified only until it changes', async () => {
  await using fixture = await openDirectory()
  const { users } = fixture.directory
  await users.add({ username: 'ada', email: 'ada@example.com' }, BY)
  assert.equal((await users.change('ada', { emailVerified: true }, BY)).emailVerified, true)
  assert.equal((await users.change('ada', { displayName: 'Ada L.' }, BY)).emailVerified, true)
  assert.equal((await users.change('ada', { email: 'ada@example.org' }, BY)).emailVerified, false)
  const without = await users.change('ada', { email: null, emailVerified: true }, BY)
  assert.deepEqual([without.email, without.emailVerified], [null, false])
  for (const email of ['', 'ada', '@b', 'a@', 'a@b@c', 'a b@c', 'a@b\n', `${'a'.repeat(253)}@b`]) {
    await assert.rejects(users.change('ada', { email }, BY), { code: 'ERR_EMAIL' })
  }
  for (const displayName of ['', '  ', 'a\u202eb', 'a\u0000b', 'a'.repeat(129)]) {
    await assert.rejects(users.change('ada', { displayName }, BY), { code: 'ERR_DISPLAY_NAME' })
  }
})

test('disabling ends sessions, and enabling does not bring them back', async () => {
  await using fixture = await openDirectory()
  const { users } = fixture.directory
  await users.add({ username: 'ada' }, BY)
  fixture.advance(1_000)
  assert.equal((await users.disable('ada', BY)).status, 'disabled')
  fixture.advance(1_000)
  const enabled = await users.enable('ada', BY)
  assert.deepEqual([enabled.status, enabled.sessionsValidFrom], ['active', START + 1_000])
})

test('lists are in the order of names, by page and prefix', async () => {
  await using fixture = await openDirectory()
  const { users } = fixture.directory
  for (const username of ['carol', 'ab', 'abc', 'a', 'ac', 'éa']) await users.add({ username }, BY)
  const names = async (page: Parameters<typeof users.list>[0]) =>
    (await users.list(page)).map((user) => user.username)
  assert.deepEqual(await names({}), ['a', 'ab', 'abc', 'ac', 'carol', 'éa'])
  assert.deepEqual(await names({ limit: 2 }), ['a', 'ab'])
  assert.deepEqual(await names({ after: 'ab', limit: 2 }), ['abc', 'ac'])
  assert.deepEqual(await names({ prefix: 'AB' }), ['ab', 'abc'])
  assert.deepEqual(await names({ prefix: 'ab', after: 'ab' }), ['abc'])
  assert.deepEqual(await names({ prefix: 'x' }), [])
})

test('every change leaves its audit event', async () => {
  await using fixture = await openDirectory()
  const { directory, audit } = fixture
  const ada = await directory.users.add({ username: 'ada' }, BY)
  await directory.users.change('ada', { displayName: 'Ada' }, BY)
  await directory.users.change('ada', { displayName: 'Ada' }, BY)
  await directory.users.setPassword('ada', PASSWORD, {}, BY)
  await directory.users.disable('ada', BY)
  await directory.users.disable('ada', BY)
  await directory.users.enable('ada', BY)
  await directory.groups.add({ name: 'viewers' }, BY)
  await directory.groups.addMember('viewers', { user: 'ada' }, BY)
  await directory.groups.addMember('viewers', { user: 'ada' }, BY)
  await directory.groups.removeMember('viewers', { user: 'ada' }, BY)
  await directory.users.delete('ada', BY)
  const entries = await audit.list({ userId: ada.id })
  assert.deepEqual(
    entries.map((entry) => entry.type),
    [
      'user.deleted',
      'group.member_removed',
      'group.member_added',
      'user.enabled',
      'user.disabled',
      'user.password_set',
      'user.changed',
      'user.added',
    ],
  )
  assert.ok(!JSON.stringify(entries).includes(PASSWORD))
})
