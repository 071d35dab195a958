import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { Directory } from '../../src/directory/index.ts'
import { phasesOf, selectPhase } from '../../src/directory/search.ts'
import { BY, openDirectory } from './fixture.ts'

const names = async (directory: Directory, query: Parameters<Directory['people']['search']>[0]) =>
  (await directory.people.search(query)).users.map(({ username }) => username)

test('people are found by the beginning of username, name and address, in any case, each once', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const add = (username: string, displayName: string, email: string) =>
    directory.users.add({ username, displayName, email }, BY)
  await add('grace', 'Grace Hopper', 'Grace@example.com')
  await add('rear', 'Gravel Ross', 'gr@example.com')
  await add('eva', 'Éva Tardos', 'éva@example.com')
  await add('percent', '100% sure', 'a_b@example.com')
  await add('zoe', 'zoe', 'GRAND@example.com')
  assert.deepEqual(await names(directory, { text: 'gra' }), ['grace', 'rear', 'zoe'])
  assert.deepEqual(await names(directory, { text: 'GRACE h' }), ['grace'])
  assert.deepEqual(
    await names(directory, { text: 'ＧＲＡＣＥ' }),
    ['grace'],
    'full width is a username',
  )
  assert.deepEqual(await names(directory, { text: 'gr@' }), ['rear'])
  for (const text of ['éva', 'Éva', 'ÉVA t', 'éVA T', 'E\u0301va']) {
    assert.deepEqual(await names(directory, { text }), ['eva'], text)
  }
  for (const text of ['%', '_', '10_', "'", '"; DROP TABLE users; --', 'х'.repeat(5_000)]) {
    assert.deepEqual(await names(directory, { text }), [], text.slice(0, 9))
  }
  assert.deepEqual(await names(directory, { text: '100%' }), ['percent'])
  await directory.users.disable('rear', BY)
  assert.deepEqual(await names(directory, { text: 'gra', status: 'active' }), ['grace', 'zoe'])
  assert.deepEqual(await names(directory, { status: 'disabled' }), ['rear'])
})

test('pages follow one another without a gap or a double, whatever is added between them', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  for (let n = 0; n < 25; n++) {
    const displayName = n % 3 === 0 ? 'Same Name' : `U${n}`
    await directory.users.add({ username: `u${String(n).padStart(2, '0')}`, displayName }, BY)
  }
  await directory.users.add({ username: 'other', displayName: 'u by name', email: 'q@x' }, BY)
  await directory.users.add({ username: 'third', displayName: 'Third', email: 'u@by.mail' }, BY)
  for (const [text, count] of [
    ['', 27],
    ['u', 27],
    ['same', 9],
  ] as const) {
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await directory.people.search({
        ...{ text, limit: 4 },
        ...(after === undefined ? {} : { after }),
      })
      assert.ok(page.users.length <= 4)
      seen.push(...page.users.map(({ username }) => username))
      after = page.next ?? undefined
    } while (after !== undefined)
    assert.equal(seen.length, count, text)
    assert.equal(new Set(seen).size, count, text)
  }
  for (const after of [
    '',
    'x',
    Buffer.from('[9,"a","b"]').toString('base64url'),
    '!'.repeat(9_999),
  ]) {
    assert.equal(
      (await directory.people.search({ text: 'same', after })).users.length,
      9,
      'begins anew',
    )
  }
})

test('every range of a search is read from an index, and nothing is sorted', async () => {
  await using fixture = await openDirectory()
  const { store } = fixture
  const index = {
    username: /USING (?:COVERING )?INDEX sqlite_autoindex_users_2/,
    name: /USING INDEX users_by_display_name/,
    email: /USING INDEX users_by_email/,
  }
  for (const text of ['', 'grace', 'éva']) {
    const phases = phasesOf(text)
    for (const [at, phase] of phases.entries()) {
      for (const after of [null, { key: 'h', username: 'h' }]) {
        for (const status of [undefined, 'active', 'disabled'] as const) {
          const plan = await selectPhase(store.query, phases, at, {
            ...{ status, after, limit: 51 },
          }).explain<{ detail: string }>(undefined, sql`query plan`)
          const lines = plan.map(({ detail }) => detail)
          const what = `${text} ${phase.column} ${status}: ${lines.join('; ')}`
          const users = lines.find((line) => /\busers\b/.test(line)) ?? ''
          if (text === '' && status === 'disabled') {
            assert.equal(users, 'SCAN users USING INDEX users_disabled', what)
            continue
          }
          assert.match(users, /^SEARCH/, what)
          const other = status === 'disabled' ? /USING INDEX users_disabled/ : index[phase.column]
          assert.ok(index[phase.column].test(users) || other.test(users), what)
          assert.ok(!lines.some((line) => /SCAN|TEMP B-TREE/.test(line)), what)
        }
      }
    }
  }
})

test('a row of the list says how somebody signs in and which groups they are in themselves', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  await directory.users.add({ username: 'ada' }, BY)
  for (const name of ['z', 'a', 'outer']) await directory.groups.add({ name }, BY)
  await directory.groups.addMember('z', { user: 'ada' }, BY)
  await directory.groups.addMember('a', { user: 'ada' }, BY)
  await directory.groups.addMember('outer', { group: 'a' }, BY)
  const [ada] = (await directory.people.search()).users
  assert.deepEqual(ada, {
    ...{ id: ada?.id, username: 'ada', displayName: 'ada', email: null, status: 'active' },
    ...{ mustChangePassword: false, hasPassword: false, passkeys: 0, oneTimeCode: false },
    groups: ['a', 'z'],
  })
})

test('members are listed with who is in a group through another, page by page', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  for (const name of ['outer', 'inner']) await directory.groups.add({ name }, BY)
  await directory.groups.addMember('outer', { group: 'inner' }, BY)
  for (const username of ['a', 'b', 'c', 'd']) await directory.users.add({ username }, BY)
  for (const user of ['a', 'c']) await directory.groups.addMember('outer', { user }, BY)
  for (const user of ['b', 'c', 'd']) await directory.groups.addMember('inner', { user }, BY)
  const list = async (nested: boolean, after = '', limit = 50) => {
    const { members, more, count } = await directory.people.searchMembers('outer', {
      nested,
      after,
      limit,
    })
    return [
      members.map(({ username, direct }) => `${username}${direct ? '' : '*'}`).join(' '),
      more,
      count,
    ]
  }
  assert.deepEqual(await list(false), ['a c', false, 2])
  assert.deepEqual(await list(true), ['a b* c d*', false, 4])
  assert.deepEqual(await list(true, '', 2), ['a b*', true, 4])
  assert.deepEqual(await list(true, 'b', 2), ['c d*', false, 4])
  const [inner, outer] = await directory.people.searchGroups()
  assert.equal(`${inner?.name} ${inner?.users} ${inner?.groups.join()}`, 'inner 3 ')
  assert.equal(`${outer?.name} ${outer?.users} ${outer?.groups.join()}`, 'outer 2 inner')
})

test('in a group of more than a thousand the same members are listed, by the other way', async () => {
  await using fixture = await openDirectory()
  const { directory, store } = fixture
  await directory.groups.add({ name: 'all' }, BY)
  const { id } = await directory.groups.get('all')
  await store.write(async (tx) => {
    for (let n = 0; n < 1_100; n++) {
      const user = { id: `id${n}`, username: `u${String(n).padStart(4, '0')}`, display_name: 'U' }
      await tx.query
        .insertInto('users')
        .values({
          ...user,
          email_verified: 0,
          status: 'active',
          created_at: 1,
          sessions_valid_from: 0,
        })
        .execute()
      if (n % 2 === 0 || n > 100) {
        await tx.query
          .insertInto('group_users')
          .values({ group_id: id, user_id: user.id })
          .execute()
      }
    }
  })
  const first = await directory.people.searchMembers('all', { limit: 3 })
  assert.deepEqual(
    first.members.map(({ username }) => username),
    ['u0000', 'u0002', 'u0004'],
  )
  assert.equal(first.count, 1_001)
  assert.equal(first.more, true)
})

test('effects are what everybody’s groups would be, and nothing is changed by asking', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  for (const name of ['prod', 'team', 'night']) await directory.groups.add({ name }, BY)
  await directory.groups.addMember('prod', { group: 'team' }, BY)
  await directory.groups.addMember('prod', { group: 'night' }, BY)
  for (const username of ['a', 'b', 'c', 'off']) {
    await directory.users.add({ username }, BY)
    await directory.groups.addMember('team', { user: username }, BY)
  }
  await directory.groups.addMember('night', { user: 'b' }, BY)
  await directory.users.disable('off', BY)
  const effects = async (change: Parameters<Directory['people']['effects']>[0]) =>
    (await directory.people.effects(change)).people.map(
      ({ username, before, after }) => `${username}: ${before.join(' ')} -> ${after.join(' ')}`,
    )
  assert.deepEqual(await effects({ kind: 'delete-group', group: 'team' }), [
    'a: prod team -> ',
    'b: night prod team -> night prod',
    'c: prod team -> ',
  ])
  assert.deepEqual(await effects({ kind: 'remove-group', group: 'prod', member: 'team' }), [
    'a: prod team -> team',
    'c: prod team -> team',
  ])
  assert.deepEqual(await effects({ kind: 'remove-users', group: 'TEAM', users: ['A', 'off'] }), [
    'a: prod team -> ',
  ])
  assert.deepEqual(await effects({ kind: 'add-users', group: 'night', users: ['a', 'b'] }), [
    'a: prod team -> night prod team',
  ])
  assert.deepEqual(await effects({ kind: 'delete-group', group: 'prod' }), [
    'a: prod team -> team',
    'b: night prod team -> night team',
    'c: prod team -> team',
  ])
  assert.equal((await directory.groups.list()).length, 3)
})

test('a selection is changed whole or not at all', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  await directory.groups.add({ name: 'g' }, BY)
  for (const username of ['a', 'b']) await directory.users.add({ username }, BY)
  await assert.rejects(
    directory.people.changeMembers({ kind: 'add-users', group: 'g', users: ['a', 'gone'] }, BY),
    { code: 'ERR_USER_UNKNOWN', message: 'no user is named "gone"' },
  )
  assert.deepEqual((await directory.groups.members('g')).users, [])
  const add = { kind: 'add-users', group: 'g', users: ['a', 'b'] } as const
  assert.equal(await directory.people.changeMembers(add, BY), 2)
  assert.equal(await directory.people.changeMembers(add, BY), 0)
  const remove = { ...add, kind: 'remove-users' } as const
  const both = await Promise.all([
    directory.people.changeMembers(remove, BY),
    directory.people.changeMembers(remove, BY),
  ])
  assert.deepEqual(both, [2, 0])
})
