import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CsvKind, Directory } from '../../src/directory/index.ts'
import { BY, openDirectory } from './fixture.ts'

const plan = (
  directory: Directory,
  text: string,
  { kind = 'users', exact = false }: { kind?: CsvKind; exact?: boolean } = {},
) => directory.people.csv.plan(kind, text, { exact })

async function apply(
  directory: Directory,
  text: string,
  options: { kind?: CsvKind; exact?: boolean } = {},
) {
  const { kind = 'users', exact = false } = options
  const { fingerprint } = await plan(directory, text, options)
  return directory.people.csv.apply(kind, text, { exact, fingerprint }, BY)
}

async function exported(directory: Directory, kind: CsvKind): Promise<string> {
  let text = ''
  for await (const part of directory.people.csv.export(kind)) text += part
  return text
}

const FILE = `username,display_name,email,status,groups
Ada,Ada Lovelace,ada@example.com,active,team night
bob,"Bob ""the"" Builder, jr.",,disabled,
`

test('a file makes people, the same file twice changes nothing, and what is left out stays', async () => {
  await using fixture = await openDirectory()
  const { directory, audit } = fixture
  for (const name of ['team', 'night']) await directory.groups.add({ name }, BY)
  const dry = await plan(directory, FILE)
  assert.deepEqual(dry.faults, [])
  assert.deepEqual(dry.steps, [
    {
      kind: 'user',
      line: 2,
      name: 'ada',
      isNew: true,
      displayName: 'Ada Lovelace',
      email: 'ada@example.com',
      into: ['night', 'team'],
      outOf: [],
    },
    {
      kind: 'user',
      line: 3,
      name: 'bob',
      isNew: true,
      displayName: 'Bob "the" Builder, jr.',
      status: 'disabled',
      into: [],
      outOf: [],
    },
  ])
  assert.deepEqual(await directory.users.list(), [], 'a dry run is dry')
  assert.deepEqual(await audit.list({ types: ['user.added'] }), [])
  assert.equal(await apply(directory, FILE), 2)
  const again = await plan(directory, FILE)
  assert.deepEqual([again.steps, again.unchanged], [[], 2])
  assert.equal(await apply(directory, FILE), 0)
  const ada = await directory.users.get('ada')
  assert.deepEqual(
    [ada.displayName, ada.email, ada.emailVerified],
    ['Ada Lovelace', 'ada@example.com', false],
  )
  assert.equal((await directory.users.get('bob')).status, 'disabled')
  assert.deepEqual((await plan(directory, 'username\nADA\n')).unchanged, 1)
  assert.deepEqual((await plan(directory, 'username,groups\nada,\n')).unchanged, 1)
})

test('exact takes out of groups, and only where the file has groups', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  for (const name of ['team', 'night']) await directory.groups.add({ name }, BY)
  await apply(directory, FILE)
  const fewer = 'username;groups\r\nada;team\r\n'
  assert.deepEqual((await plan(directory, fewer)).steps, [], 'semicolons are read too')
  const [step] = (await plan(directory, fewer, { exact: true })).steps
  assert.deepEqual(step?.outOf, ['night'])
  assert.deepEqual((await plan(directory, 'username\nada', { exact: true })).steps, [])
  assert.equal(await apply(directory, fewer, { exact: true }), 1)
  assert.deepEqual((await directory.groups.members('night')).users, [])
  assert.deepEqual((await directory.groups.members('team')).users, ['ada'])
})

test('every fault is told with its line, and then nothing at all is done', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  await directory.users.add({ username: 'gone' }, BY)
  await directory.users.delete('gone', BY)
  const file = [
    'username,display_name,email,status,groups',
    'fine,,,,',
    'short,row',
    'system:admin,,,,',
    'fine,,,,',
    'ｆｉｎｅ,,,,',
    'gone,,,,',
    'mail,,nowhere,,',
    'state,,,locked,',
    'group,,,,nogroup',
    'bidi,a\u202eb,,,',
    `${'x'.repeat(129)},,,,`,
  ].join('\n')
  const { faults, fingerprint } = await plan(directory, file)
  assert.deepEqual(
    faults.map(({ line, sentence }) => `${line}: ${sentence}`),
    [
      '3: has 2 columns; the first line names 5',
      '4: username "system:admin" is reserved by Kubernetes',
      '5: user "fine" has another line above',
      '6: user "fine" has another line above',
      '7: username "gone" was used before',
      '8: e-mail address "nowhere" is not of the form a@b',
      '9: status "locked" is neither active nor disabled',
      '10: no group is named "nogroup"',
      '11: display name "a\\u{202e}b" must have 1 to 128 visible characters',
      `12: username "${'x'.repeat(80)}…" is longer than 128 characters`,
    ],
  )
  await assert.rejects(
    directory.people.csv.apply('users', file, { exact: false, fingerprint }, BY),
    { code: 'ERR_CSV', message: 'line 3: has 2 columns; the first line names 5' },
  )
  assert.deepEqual(await directory.users.list(), [])
  for (const [text, sentence] of [
    ['', 'is empty'],
    ['name,groups\n', 'column "name" is none of username, display_name, email, status, groups'],
    ['username,username\n', 'names a column twice'],
    [`username\n${'a\n'.repeat(2_001)}`, 'has more than 2000 lines; import it in parts'],
  ] as const) {
    assert.equal((await plan(directory, text)).faults[0]?.sentence, sentence)
  }
  await assert.rejects(plan(directory, 'username\n"open'), {
    code: 'ERR_CSV',
    message: 'line 2 is no CSV: quote not closed',
  })
  await assert.rejects(plan(directory, 'x'.repeat(1_048_577)), {
    code: 'ERR_CSV',
    message: 'the file is larger than a mebibyte',
  })
})

test('an import does what was shown or nothing: what has changed since is noticed, also by two at once', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  for (const name of ['team', 'night']) await directory.groups.add({ name }, BY)
  const { fingerprint } = await plan(directory, FILE)
  await directory.users.add({ username: 'bob' }, BY)
  const stale = directory.people.csv.apply('users', FILE, { exact: false, fingerprint }, BY)
  await assert.rejects(stale, {
    code: 'ERR_CSV_CHANGED',
    message: 'the import would now do something else than what was shown',
  })
  assert.equal(await directory.users.find('ada'), undefined)
  const fresh = await plan(directory, FILE)
  const options = { exact: false, fingerprint: fresh.fingerprint }
  const both = await Promise.allSettled([
    directory.people.csv.apply('users', FILE, options, BY),
    directory.people.csv.apply('users', FILE, options, BY),
  ])
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('nobody is locked out: the last admin stays, and the dry run says so', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  await directory.groups.add({ name: 'lanyard-admins' }, BY)
  await directory.users.add({ username: 'root' }, BY)
  await directory.groups.addMember('lanyard-admins', { user: 'root' }, BY)
  const { faults } = await plan(directory, 'username,status\nnew,active\nroot,disabled\n')
  assert.deepEqual(faults, [
    { line: 0, sentence: 'this would leave no active user in the admin group "lanyard-admins"' },
  ])
  assert.equal(await directory.users.find('new'), undefined)
  assert.equal((await directory.users.get('root')).status, 'active')
})

test('groups come with those that they contain, in any order, and no circle', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const file = 'name,description,groups\nouter,All,inner\ninner,Some,\n'
  assert.equal(await apply(directory, file, { kind: 'groups' }), 2)
  assert.deepEqual((await directory.groups.members('outer')).groups, ['inner'])
  assert.equal(await apply(directory, file, { kind: 'groups' }), 0)
  const circle = await plan(directory, 'name,groups\ninner,outer\n', { kind: 'groups' })
  assert.deepEqual(circle.faults, [
    {
      line: 0,
      sentence:
        'group "outer" cannot be a member of "inner": inner > outer > inner would be a circle',
    },
  ])
  assert.equal(
    await exported(directory, 'groups'),
    'name,description,groups\r\ninner,Some,\r\nouter,All,inner\r\n',
  )
})

test('what is exported runs nowhere as a formula, and comes back as what it was', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const names = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    "'=1",
    "''-2",
    "O'Hara",
    'a,b',
    'a"b',
    'a;b',
    '=HYPERLINK("x","y")',
  ]
  for (const [at, displayName] of names.entries()) {
    await directory.users.add({ username: `u${String(at).padStart(2, '0')}`, displayName }, BY)
  }
  for (let n = 0; n < 120; n++) await directory.users.add({ username: `v${n}` }, BY)
  const text = await exported(directory, 'users')
  const cells = text
    .split('\r\n')
    .slice(1, names.length + 1)
    .map((line) => line.split(',')[1] ?? '')
  for (const cell of cells) assert.doesNotMatch(cell, /^"?[=+\-@\t\r]/)
  assert.equal(cells[0], `"'=1+1"`)
  const back = await plan(directory, text)
  assert.deepEqual([back.steps, back.faults, back.unchanged], [[], [], names.length + 120])
})

test('what is lent stands in no file, is not taken back by one, and not made to last', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  await directory.groups.add({ name: 'prod' }, BY)
  const { id } = await directory.users.add({ username: 'ada' }, BY)
  const endsAt = fixture.now() + 60_000
  await directory.groups.addMember('prod', { user: 'ada' }, BY, endsAt)
  const text = await exported(directory, 'users')
  assert.equal(text, 'username,display_name,email,status,groups\r\nada,ada,,active,\r\n')
  const dry = await plan(directory, text, { exact: true })
  assert.deepEqual(dry.steps, [])
  assert.equal((await directory.subject(id))?.groupsEndAt, endsAt)
})
