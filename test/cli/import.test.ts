import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

const BOT = '31ada4fd-adec-460c-809a-9e56ceb75269'
const GOOD = `${BOT},ci-bot,1001,"dev,ops"\nshort,backup,1002\n${BOT},ci-bot,1003,"dev"\n,nobody,1\n`
const WARNINGS = [
  'lanyard: warning: line 2 has a token of 5 characters, which can be guessed',
  'lanyard: warning: line 3 has the same token as line 1: this one counts',
  'lanyard: warning: line 4 has no token and is skipped, as kube-apiserver does',
]

describe('lanyard import and lanyard token', () => {
  const owned = new AsyncDisposableStack()
  let line: CommandLine
  let directory: string

  before(async () => {
    line = owned.use(await openCommandLine())
    directory = owned.use(await temporaryDirectory()).path
  })
  after(() => owned.disposeAsync())

  async function fileOf(text: string): Promise<string> {
    const file = join(directory, 'file.csv')
    await writeFile(file, text)
    return file
  }
  const listed = () => line.list('AccessToken', 'token', 'list')

  it('names every fault of a file with its line, ends with 1, and has changed nothing', async () => {
    const file = await fileOf(
      `${BOT},CI-Bot,1001,"dev,ops"\nf0000000-adec,system:admin,1,"system:masters"\ntwo,columns\n`,
    )
    const { code, stdout, stderr } = await line.run(['import', 'token-file', file])
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.deepEqual(
      stderr
        .trimEnd()
        .split('\n')
        .filter((each) => !each.includes('warning')),
      [
        'lanyard: error: line 1 username "CI-Bot" would become "ci-bot", which RBAC takes for another',
        'lanyard: error: line 2 username "system:admin" is reserved by Kubernetes',
        'lanyard: error: line 2 group name "system:masters" is reserved by Kubernetes',
        'lanyard: error: line 3 has 2 columns; token,user,uid are needed',
        'lanyard: hint: nothing was changed: mend 4 faults',
      ],
    )
    assert.deepEqual(await listed(), [])
    assert.equal(await line.text('group', 'list', '-o', 'json'), '[]\n')
  })

  it('says in a dry run what an import would find, and changes nothing', async () => {
    const file = await fileOf(GOOD)
    const { code, stderr } = await line.run(['import', 'token-file', file, '--dry-run'])
    assert.equal(code, 0)
    const said = '2 tokens of 2 users in 1 group; nothing was changed'
    assert.deepEqual(stderr.trimEnd().split('\n'), [...WARNINGS, `lanyard: ${said}`])
    assert.deepEqual(await listed(), [])
  })

  it('takes a token file over, twice as well as once, and prints no token', async () => {
    const file = await fileOf(GOOD)
    const argv = ['import', 'token-file', file, '--expires', '90d']
    const first = await line.run(argv)
    assert.equal(first.code, 0)
    assert.match(first.stderr, /2 tokens of 2 users in 1 group: 2 tokens and 2 users added\n/)
    assert.match(first.stderr, /hint: delete from kube-apiserver: --token-auth-file and /)
    const report = await line.json('Import', ...argv)
    assert.deepEqual([report.secretsAdded, report.usersAdded], [0, 0])
    assert.equal(`${first.stdout}${first.stderr}${JSON.stringify(report)}`.includes(BOT), false)
    const tokens = await listed()
    assert.deepEqual(
      new Map(tokens.map(({ user, groups }) => [user, groups])),
      new Map([
        ['backup', []],
        ['ci-bot', ['dev']],
      ]),
    )
    assert.deepEqual(
      new Set(tokens.map(({ expiresAt }) => expiresAt)),
      new Set(['2026-09-29T12:00:00.000Z']),
    )
  })

  it('finds in a dry run already that a token is another user’s', async () => {
    const file = await fileOf(`${BOT},mallory,1\n`)
    const { code, stderr } = await line.run(['import', 'token-file', file, '--dry-run'])
    assert.equal(code, 1)
    assert.match(stderr, /error: line 1 has a token that is ci-bot's already\n/)
  })

  it('says of tokens that live on when their owner’s logins end, or the owner is disabled', async () => {
    const logins = await line.run(['device', 'revoke', '--all-of', 'ci-bot'])
    assert.match(
      logins.stderr,
      /warning: ci-bot has 1 access token that no logout ends: lanyard token list --user ci-bot\n/,
    )
    const disabled = await line.run(['user', 'disable', 'backup'])
    assert.match(
      disabled.stderr,
      /hint: backup has 1 access token, refused until backup is enabled/,
    )
  })

  it('revokes one, and knows no other', async () => {
    const [token] = await listed()
    assert.ok(token)
    const revoked = await line.json('Revoked', 'token', 'revoke', token.id)
    assert.deepEqual(revoked, { revoked: [token.id] })
    const again = await line.run(['token', 'revoke', token.id])
    assert.equal(again.code, 1)
    assert.match(again.stderr, new RegExp(`error: there is no living access token ${token.id}\n`))
    const user = await line.run(['token', 'list', '--user', 'nobody'])
    assert.match(user.stderr, /error: no user is named "nobody"/)
  })

  it('takes passwords over once, and replaces nobody’s own', async () => {
    const file = await fileOf('hunter2,alice,42,"dev"\nsix words that never met before,carol,43\n')
    const first = await line.run(['import', 'basic-auth', file])
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stderr, /2 passwords of 2 users in 1 group: 2 passwords and 2 users added\n/)
    assert.equal(`${first.stdout}${first.stderr}`.includes('hunter2'), false)
    const again = await line.run(['import', 'basic-auth', file])
    assert.match(again.stderr, /: 0 passwords and 0 users added\n/)
  })

  for (const [what, argv, sentence] of [
    ['a file that is not there', ['token-file', 'nowhere.csv'], /token file: ENOENT/],
    [
      'a cluster that is not there',
      ['token-file', 'FILE', '--cluster', 'x'],
      /no cluster is named "x"/,
    ],
    [
      'a time that is none',
      ['token-file', 'FILE', '--expires', 'soon'],
      /--expires soon: a time is/,
    ],
    [
      'a time that is too long',
      ['token-file', 'FILE', '--expires', '9999d'],
      /cannot last 863913600/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const file = await fileOf(GOOD)
      const words = argv.map((each) => (each === 'FILE' ? file : each))
      const { code, stdout, stderr } = await line.run(['import', ...words])
      assert.notEqual(code, 0)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
    })
  }
})
