import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCommandLine } from './command-line.ts'

const mistakes: [string[], number, string][] = [
  [['usr'], 2, "unknown command 'usr'"],
  [['user', 'add'], 2, "missing required argument 'username'"],
  [['user', 'list', 'x'], 2, "too many arguments for 'list'. Expected 0 arguments but got 1"],
  [['user', 'list', '--bogus'], 2, "unknown option '--bogus'"],
  [
    ['user', 'list', '-o', 'yaml'],
    2,
    "option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are text, json",
  ],
  [['cluster', 'add', 'prod'], 2, "required option '--server <url>' not specified"],
  [['user', 'set', 'ada'], 2, 'nothing to set'],
  [['group', 'member', 'add', 'dev'], 2, 'no member named'],
  [['audit', 'list', '--limit', '0'], 2, 'limit "0" must be a number from 1 to 1000'],
  [['audit', 'list', '--limit', '1e3'], 2, 'limit "1e3" must be a number from 1 to 1000'],
  [
    ['audit', 'list', '--since', 'yesterday'],
    2,
    'time "yesterday" must be like 30m, 24h, 7d or 2026-07-01T12:00:00Z',
  ],
  [
    ['cluster', 'add', 'prod', '--server', 'https://k8s', '--certificate-authority', '/nope'],
    2,
    "--certificate-authority: ENOENT: no such file or directory, open '/nope'",
  ],
  [['audit', 'list', '--type', 'user.disable'], 2, 'no type of entry is named "user.disable"'],
  [['user', 'show', 'nobody'], 1, 'no user is named "nobody"'],
  [['group', 'show', 'nobody'], 1, 'no group is named "nobody"'],
  [['cluster', 'show', 'nobody'], 1, 'no cluster is named "nobody"'],
  [['application', 'show', 'nobody'], 1, 'no application is named "nobody"'],
  [['device', 'revoke', 'nothing'], 1, 'no living device has the id "nothing"'],
  [['audit', 'who', 'x.y'], 1, 'no device is behind the token "x.y"'],
  [['group', 'add', 'system:masters'], 1, 'group name "system:masters" is reserved by Kubernetes'],
  [
    ['user', 'add', 'ada', '--no-password', '--password-stdin'],
    2,
    '--no-password and --password-stdin exclude each other',
  ],
]
for (const [argv, code, sentence] of mistakes) {
  test(`lanyard ${argv.join(' ')}`, async () => {
    await using line = await openCommandLine()
    const run = await line.run(argv)
    assert.equal(run.stderr.split('\n')[0], `lanyard: error: ${sentence}`)
    assert.deepEqual([run.code, run.stdout], [code, ''])
    assert.equal(run.stderr.includes('    at '), false, 'no stack')
  })
}

test('a hint follows the error', async () => {
  await using line = await openCommandLine()
  assert.equal(
    (await line.run(['user', 'add'])).stderr,
    `lanyard: error: missing required argument 'username'
lanyard: hint: lanyard user add --help shows how
`,
  )
  assert.match((await line.run(['usr'])).stderr, /^lanyard: hint: did you mean user\?$/m)
})

test('another program’s word, and words in another order, lead to the command', async () => {
  await using line = await openCommandLine()
  for (const [argv, meant] of [
    [['user', 'rm', 'ada'], 'lanyard user delete'],
    [['cluster', 'get', 'prod'], 'lanyard cluster show'],
    [['add', 'user', 'ada'], 'lanyard user add'],
    [['create', 'cluster', 'prod'], 'lanyard cluster add'],
    [['user', 'ada', 'add'], 'lanyard user add'],
  ] as const) {
    const { code, stderr } = await line.run(argv)
    assert.deepEqual([code, stderr.split('\n')[1]], [2, `lanyard: hint: did you mean ${meant}?`])
  }
  for (const argv of [['start'], ['constructor'], ['user', 'constructor'], ['add', 'key']]) {
    assert.match((await line.run(argv)).stderr, /^lanyard: hint: lanyard.* --help shows how$/m)
  }
})

test('a name that cannot be had is refused before a password is asked for', async () => {
  await using line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--no-password')
  for (const [name, error] of [
    ['Ada', 'user "ada" exists already'],
    ['system:ada', 'username "system:ada" is reserved by Kubernetes'],
  ] as const) {
    const { code, stderr } = await line.run(['user', 'add', name])
    assert.deepEqual([code, stderr.split('\n')[0]], [1, `lanyard: error: ${error}`])
  }
})

test('a noun alone, and nothing at all, show the help on stderr', async () => {
  await using line = await openCommandLine()
  for (const argv of [[], ['user'], ['group', 'member']]) {
    const { code, stdout, stderr } = await line.run(argv)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^Usage: lanyard/)
    assert.match(stderr, /^lanyard: error: a command is missing$/m)
  }
  const asked = await line.run(['user', '--help'])
  assert.deepEqual([asked.code, asked.stderr], [0, ''])
  assert.match(asked.stdout, /^Usage: lanyard user /)
})

test('a name that is no member moves nobody', async () => {
  await using line = await openCommandLine()
  await line.text('group', 'add', 'dev')
  await line.text('user', 'add', 'ada', '--no-password')
  const { code } = await line.run(['group', 'member', 'add', 'dev', 'ada', 'nobody'])
  assert.equal(code, 1)
  const { members } = await line.json('GroupDetails', 'group', 'show', 'dev')
  assert.deepEqual(members, { users: [], groups: [] })
  const added = await line.run(['user', 'add', 'bob', '--no-password', '--group', 'nobody'])
  assert.equal(added.code, 1)
  assert.equal((await line.run(['user', 'show', 'bob'])).code, 1)
})

test('every fault of the configuration is told, with exit code 2', async () => {
  await using line = await openCommandLine()
  const { code, stderr } = await line.run(['user', 'list', '--config', '/nope.yaml'])
  assert.equal(code, 2)
  assert.match(stderr, /^lanyard: error: .*\n(?: {2}.*\n)+lanyard: hint: /)
  assert.match(stderr, /nope\.yaml/)
})
