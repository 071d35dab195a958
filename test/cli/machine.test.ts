import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { type CommandLine, noon, openCommandLine } from './command-line.ts'

const own = 'https://id.example.com'
/** Seconds at which the commands live. */
const at = noon / 1000

describe('lanyard machine', () => {
  const owned = new AsyncDisposableStack()
  let line: CommandLine
  let github: StandInIssuer

  before(async () => {
    line = owned.use(await openCommandLine())
    github = owned.use(await startStandInIssuer())
    await line.text('group', 'add', 'deployers')
    await line.text('cluster', 'add', 'prod', '--server', 'https://prod.example.com')
    await line.text('cluster', 'add', 'test', '--server', 'https://test.example.com')
  })
  after(() => owned.disposeAsync())

  const refused = async (...argv: string[]) => {
    const { code, stdout, stderr } = await line.run(argv)
    assert.notEqual(code, 0, stdout)
    return stderr.split('\n').slice(0, 2).join('\n')
  }
  const rule = (...more: string[]) => [
    ...['machine', 'rule', 'add', 'deploy', '--issuer', 'ci'],
    ...['--username', 'machine:ci/octo-repo', '--cluster', 'prod', ...more],
  ]
  const pinned = ['--claim', 'repository=octo-org/octo-repo']

  it('trusts an issuer, reads its keys, and says what comes next', async () => {
    const { code, stdout, stderr } = await line.run([
      ...['machine', 'issuer', 'add', 'ci', '--preset', 'github'],
      ...['--issuer', github.url, '--ca', github.caPath],
    ])
    assert.equal(code, 0, stderr)
    assert.equal(
      stdout,
      [
        'name               ci',
        'preset             github',
        `issuer             ${github.url}`,
        'keys               as it says itself',
        'one token is good  once',
        '',
      ].join('\n'),
    )
    assert.equal(
      stderr,
      'lanyard: its keys were read: 1 of use\nlanyard: hint: say who may enter with: lanyard machine rule add NAME --issuer ci …\n',
    )
    const [listed] = await line.list('TrustedIssuer', 'machine', 'issuer', 'list')
    assert.deepEqual([listed?.name, listed?.singleUse, listed?.hasKeys], ['ci', true, false])
  })

  it('refuses issuers that cannot be', async () => {
    const add = (...argv: string[]) => refused('machine', 'issuer', 'add', ...argv)
    assert.equal(
      await add('self', '--issuer', `${own}/`),
      'lanyard: error: the issuer is Lanyard itself, and its own tokens are never exchanged\n',
    )
    assert.equal(
      await add('plain', '--issuer', 'http://ci.example.com'),
      'lanyard: error: the issuer "http://ci.example.com" does not begin with https://\n',
    )
    assert.equal(
      await add('loud', '--issuer', 'https://CI.example.com'),
      'lanyard: error: the issuer "https://CI.example.com" would be spelt "https://ci.example.com/"\n',
    )
    assert.equal(
      await add('twice', '--issuer', github.url),
      `lanyard: error: issuer "ci" with ${github.url} exists already\n`,
    )
    assert.equal(
      await add(
        'hub',
        '--issuer',
        'https://token.actions.githubusercontent.com',
        '--preset',
        'oidc',
      ),
      'lanyard: error: https://token.actions.githubusercontent.com is of the preset github, not oidc\n',
    )
    const keys = join(line.data, 'keys.json')
    for (const [text, why] of [
      ['{"keys":[]}', 'no key in it could sign a token'],
      ['{"keys":[{"kty":"oct","k":"AAAA"}]}', 'no key in it could sign a token'],
      ['{"keys":[],"keys":[]}', 'it is no JSON Web Key Set'],
      ['-----BEGIN PUBLIC KEY-----', 'it is no JSON Web Key Set'],
    ] as const) {
      await writeFile(keys, text)
      assert.equal(
        await add('keys', '--issuer', 'https://x.example.com', '--jwks-file', keys),
        `lanyard: error: the key set cannot be used: ${why}\n`,
      )
    }
  })

  it('refuses rules that say too little, or what cannot be', async () => {
    const wide =
      'lanyard: error: this rule would match tokens of every repository on GitHub: claims that name no owner do not count\n'
    const hint =
      'lanyard: hint: pin one of these exactly with --claim: repository, repository_id, repository_owner, repository_owner_id, sub'
    for (const claims of [
      [],
      ['--claim', 'environment=prod'],
      ['--claim', 'ref=refs/heads/main'],
      ['--claim', 'sub=environment:prod'],
      ['--claim', 'job_workflow_ref=octo-org/x/.github/workflows/y.yml@refs/heads/main'],
      ['--claim-glob', 'sub=repo:octo-org/*'],
      ['--claim-glob', 'repository=octo-org/*'],
    ]) {
      assert.equal(await refused(...rule(...claims)), wide + hint, claims.join(' '))
    }
    for (const [more, sentence] of [
      [
        ['--claim', 'aud=x'],
        'claim "aud" is checked for every token, and no rule can say what it must be',
      ],
      [['--claim', 'ref='], 'claim "ref" would have to be empty'],
      [['--claim', 'ref=a', '--claim', 'ref=b'], 'claim "ref" is said twice'],
      [['--claim', 'ref'], '--claim ref: a claim is written NAME=VALUE'],
      [['--claim', '/a//b=x'], '"/a//b" is neither the name of a claim nor a JSON pointer'],
      [['--claim-glob', 'ref=*'], 'claim "ref" begins with *: it would match everybody'],
      [['--claim-glob', 'ref=a*b*'], 'claim "ref" needs exactly one * in its pattern'],
      [['--claim-glob', 'ref=a'], 'claim "ref" needs exactly one * in its pattern'],
      [
        ['--claim-json', 'run={}'],
        '--claim-json run={}: the value is JSON, and a string, a number, true or false',
      ],
      [['--group', 'nobody'], 'no group is named "nobody"'],
      [['--group', 'system:masters'], 'group name "system:masters" is reserved by Kubernetes'],
      [['--cluster', 'nowhere'], 'no cluster is named "nowhere"'],
      [['--lifetime', '2h'], "a cluster's token of a machine lives 60 seconds to 3600, not 7200"],
      [['--lifetime', 'long'], '--lifetime long: a time is written 90s, 10m, 1h or 30d'],
      [
        ['--audience', 'https://github.com/octo-org'],
        'audience "https://github.com/octo-org" is what its tokens carry for others too',
      ],
      [['--username', 'ada'], 'a machine\'s username begins with "machine:", and "ada" does not'],
      [['--username', 'machine:system:admin'], 'username "system:admin" is reserved by Kubernetes'],
      [['--username', 'machine:'], 'username is empty'],
    ] as const) {
      const [first] = (await refused(...rule(...pinned, ...more))).split('\n')
      assert.equal(first, `lanyard: error: ${sentence}`, more.join(' '))
    }
    assert.deepEqual(await line.list('MachineRule', 'machine', 'rule', 'list'), [])
  })

  it('keeps a rule, and shows it', async () => {
    const added = await line.json(
      'MachineRule',
      ...rule(...pinned, '--claim-glob', 'ref=refs/heads/release-*', '--group', 'deployers'),
      ...['--lifetime', '5m'],
    )
    const { id, createdAt, ...said } = added
    assert.match(id, /^m-[a-z2-7]{16}$/)
    assert.equal(createdAt, '2026-07-01T12:00:00Z')
    assert.deepEqual(said, {
      ...{ name: 'deploy', issuer: 'ci', audience: own, otherAudiences: false },
      claims: [
        { claim: 'repository', kind: 'exact', value: 'octo-org/octo-repo' },
        { claim: 'ref', kind: 'glob', value: 'refs/heads/release-*' },
      ],
      ...{ username: 'machine:ci/octo-repo', groups: ['deployers'], clusters: ['prod'] },
      ...{ lifetime: 300, enabled: true, lastUsedAt: null },
    })
    assert.equal(
      await line.text('machine', 'rule', 'list'),
      [
        'NAME    ISSUER  CLAIMS                                                             USERNAME              GROUPS     CLUSTERS  ENABLED',
        'deploy  ci      repository = octo-org/octo-repo, ref like refs/heads/release-*  machine:ci/octo-repo  deployers  prod      yes',
        '',
      ]
        .join('\n')
        .replace('CLAIMS   ', 'CLAIMS'),
    )
  })

  it('explains a token: the rule that matches, and why the others not, and never the token', async () => {
    await line.text(
      ...['machine', 'rule', 'add', 'nightly', '--issuer', 'ci', '--username', 'machine:nightly'],
      ...['--claim', 'repository=octo-org/octo-repo', '--claim', 'event_name=schedule'],
      ...['--cluster', 'test'],
    )
    const file = join(line.data, 'token')
    const token = await github.sign(
      githubClaims(
        { iss: github.url, aud: own },
        { ref: 'refs/heads/release-7', iat: at, nbf: at, exp: at + 300 },
      ),
    )
    await writeFile(file, `${token}\n`)
    const { code, stdout, stderr } = await line.run([
      ...['machine', 'explain', '--token-file', file],
    ])
    assert.equal(code, 0, stderr)
    assert.equal(
      stdout,
      [
        `issuer: ci (github, ${github.url})`,
        'token: good, and signed by its issuer',
        'rule deploy: matches',
        '  enters prod as machine:ci/octo-repo with groups deployers, for 300 s',
        'rule nightly: does not match',
        '  claim event_name is "workflow_dispatch", and the rule wants "schedule"',
        '',
      ].join('\n'),
    )
    assert.ok(!stdout.includes(token) && !stderr.includes(token))
    const terminal = { readStdin: () => Promise.resolve(token) }
    const json = await line.run(
      ['machine', 'explain', '--token-file', '-', '--cluster', 'test', '-o', 'json'],
      { terminal },
    )
    assert.equal(json.code, 1)
    assert.deepEqual(JSON.parse(json.stdout), {
      issuer: 'ci',
      faults: [],
      rules: [
        { name: 'deploy', faults: ['the rule is not for this cluster'] },
        {
          name: 'nightly',
          faults: ['claim event_name is "workflow_dispatch", and the rule wants "schedule"'],
        },
      ],
      matches: [],
    })
    assert.equal(json.stderr, 'lanyard: no rule lets it in\n')
  })

  it('explains what is wrong with a token, all of it', async () => {
    const file = join(line.data, 'token')
    await writeFile(
      file,
      await github.sign(
        githubClaims({ iss: github.url, aud: 'x' }, { iat: at, nbf: at, exp: at - 1 }),
        { typ: 'at+jwt' },
      ),
    )
    const { code, stdout } = await line.run(['machine', 'explain', '--token-file', file])
    assert.equal(code, 1)
    assert.deepEqual(stdout.split('\n').slice(0, 6), [
      `issuer: ci (github, ${github.url})`,
      'token: the token is of another type than an ID token: its typ is not JWT',
      'token: the token has expired',
      'token: no machine rule takes a token of this audience',
      'rule deploy: does not match',
      `  aud is "x", and the rule wants "${own}"`,
    ])
  })

  it('is what audit who says of a machine’s token', async () => {
    assert.equal(
      await refused('audit', 'who', 'JTI=m-abcdefghijklmn27.AAAAAAAAAAAAAAAA'),
      'lanyard: error: no machine is behind the token "m-abcdefghijklmn27.AAAAAAAAAAAAAAAA"\nlanyard: hint: lanyard machine rule list',
    )
  })

  it('disables, enables and removes, in order', async () => {
    assert.equal(
      await refused('machine', 'issuer', 'remove', 'ci'),
      'lanyard: error: issuer "ci" is named by rules: deploy, nightly\nlanyard: hint: remove them first: lanyard machine rule remove NAME',
    )
    assert.equal(await line.text('machine', 'rule', 'disable', 'deploy'), 'rule deploy disabled\n')
    assert.equal(
      (await line.json('MachineRule', 'machine', 'rule', 'show', 'deploy')).enabled,
      false,
    )
    await line.text('machine', 'rule', 'enable', 'deploy')
    await line.text('machine', 'rule', 'remove', 'deploy')
    await line.text('machine', 'rule', 'remove', 'nightly')
    await line.text('machine', 'issuer', 'remove', 'ci')
    const events = await line.list('AuditEntry', 'audit', 'list')
    assert.deepEqual(
      events.map(({ type }) => type).filter((type) => type.startsWith('machine.')),
      [
        ...['machine.issuer_removed', 'machine.rule_removed', 'machine.rule_removed'],
        ...['machine.rule_changed', 'machine.rule_changed', 'machine.rule_added'],
        ...['machine.rule_added', 'machine.issuer_added'],
      ],
    )
  })

  it('knows the others by their addresses, and what each must pin', async () => {
    for (const [preset, kind, sentence] of [
      ['gitlab', 'gitlab', 'every project of that GitLab'],
      ['buildkite', 'buildkite', 'every organization on Buildkite'],
    ] as const) {
      const added = await line.json(
        'TrustedIssuer',
        'machine',
        'issuer',
        'add',
        preset,
        '--preset',
        preset,
        '--jwks-file',
        await keyFile(),
      )
      assert.equal(added.preset, kind)
      const [first] = (await refused(...rule('--issuer', preset, '--claim', 'ref=main'))).split(
        '\n',
      )
      assert.equal(
        first,
        `lanyard: error: this rule would match tokens of ${sentence}: claims that name no owner do not count`,
      )
    }
    await line.text(
      ...['machine', 'issuer', 'add', 'alpha', '--preset', 'kubernetes'],
      ...['--issuer', 'https://kubernetes.default.svc', '--jwks-file', await keyFile()],
    )
    for (const claims of [
      ['--claim', '/kubernetes.io/namespace=ci'],
      ['--claim', 'sub=system:serviceaccount:ci'],
      ['--claim-glob', 'sub=system:serviceaccount:ci:*'],
    ]) {
      const [first] = (await refused(...rule('--issuer', 'alpha', ...claims))).split('\n')
      assert.equal(
        first,
        'lanyard: error: this rule would match tokens of every pod of that cluster: claims that name no owner do not count',
      )
    }
    const added = await line.json(
      'MachineRule',
      ...rule('--issuer', 'alpha', '--claim', 'sub=system:serviceaccount:ci:builder'),
      ...['--claim', '/kubernetes.io/namespace=ci'],
    )
    assert.equal(added.claims[1]?.claim, '/kubernetes.io/namespace')
  })

  it('lets an application come by itself, in named groups or not at all', async () => {
    await line.text(
      ...['application', 'add', 'nightly', '--redirect-uri', 'https://nightly.example.com/cb'],
    )
    const set = (...more: string[]) => ['application', 'client-credentials', 'nightly', ...more]
    assert.equal(
      await line.text(...set('--group', 'deployers')),
      'application nightly comes by itself as machine:app/nightly in deployers\n',
    )
    assert.equal(await line.text(...set('--off')), 'application nightly may not come by itself\n')
    for (const more of [[], ['--off', '--group', 'deployers']]) {
      const [first] = (await refused(...set(...more))).split('\n')
      assert.equal(first, 'lanyard: error: say either --group, once or more often, or --off')
    }
  })

  async function keyFile(): Promise<string> {
    const path = join(line.data, 'jwks.json')
    await writeFile(path, JSON.stringify({ keys: github.keys() }))
    return path
  }
})
