import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CommandLine, openCommandLine } from './command-line.ts'

const server = 'https://k8s.example.com:6443'
async function openCluster(...more: string[]): Promise<CommandLine> {
  const line = await openCommandLine()
  for (const group of ['dev', 'ops', 'guests']) await line.text('group', 'add', group)
  await line.text('cluster', 'add', 'prod', '--server', server, ...more)
  return line
}

describe('lanyard cluster rbac', () => {
  test('binds each group to each role, once, in one stream, with the cluster’s prefix', async () => {
    await using line = await openCluster(
      ...['--groups-prefix', 'oidc:', '--group', 'dev', '--group', 'ops'],
    )
    const argv = [
      ...['cluster', 'rbac', 'prod', '--group', 'OPS', '--group', 'dev', '--group', 'ops'],
      ...['--role', 'view', '--role', 'edit', '--role', 'view', '--namespace', 'team-a'],
    ]
    const { cluster, bindings, manifest } = await line.json('ClusterBindings', ...argv)
    assert.equal(cluster, 'prod')
    assert.deepEqual(
      bindings.map(({ name, subject }) => [name, subject]),
      [
        ['lanyard:view:ops', 'oidc:ops'],
        ['lanyard:edit:ops', 'oidc:ops'],
        ['lanyard:view:dev', 'oidc:dev'],
        ['lanyard:edit:dev', 'oidc:dev'],
      ],
    )
    assert.deepEqual(bindings[0], {
      ...{ kind: 'RoleBinding', name: 'lanyard:view:ops', namespace: 'team-a' },
      ...{ role: 'view', group: 'ops', subject: 'oidc:ops' },
    })
    const run = await line.run(argv)
    assert.deepEqual(run, { code: 0, stdout: manifest, stderr: '' })
    assert.equal(manifest.split('\n---\n').length, 4)
  })

  test('begins with view for every group that may enter, and more for nobody who was not named', async () => {
    await using line = await openCluster('--group', 'dev', '--group', 'ops')
    const argv = ['cluster', 'rbac', 'prod', '--for-all-groups']
    const roles = async (...more: string[]) => {
      const { bindings } = await line.json('ClusterBindings', ...argv, ...more)
      return bindings.map(({ kind, role, group }) => `${kind} ${role} ${group}`)
    }
    assert.deepEqual(await roles(), ['ClusterRoleBinding view dev', 'ClusterRoleBinding view ops'])
    assert.deepEqual(await roles('--namespace', 'team-a'), [
      'RoleBinding view dev',
      'RoleBinding view ops',
    ])
    assert.deepEqual(await roles('--cluster-admins', 'ops'), [
      'ClusterRoleBinding cluster-admin ops',
      'ClusterRoleBinding view dev',
    ])
    const { stderr } = await line.run([...argv, '--cluster-admins', 'ops'])
    assert.equal(
      stderr,
      `lanyard: warning: with cluster-admin everybody in ops can do everything: read every secret, and change who can do what\n`,
    )
  })

  test('takes every group where everybody may enter, and none is an error', async () => {
    await using line = await openCluster()
    const argv = ['cluster', 'rbac', 'prod', '--for-all-groups']
    const none = await line.run(argv)
    assert.equal(none.code, 1)
    assert.equal(
      none.stderr,
      'lanyard: error: no group may enter cluster prod\nlanyard: hint: let one in with: lanyard cluster allow prod GROUP\n',
    )
    await line.text('cluster', 'set', 'prod', '--everyone')
    const { bindings } = await line.json('ClusterBindings', ...argv)
    assert.deepEqual(
      bindings.map(({ group }) => group),
      ['dev', 'guests', 'ops'],
    )
    assert.match(
      (await line.run(argv)).stderr,
      /^lanyard: everyone may enter prod; who is in no group gets nothing by these bindings\n/,
    )
  })

  test('says what cluster-admin means, what is not a person’s role, and who cannot even enter', async () => {
    await using line = await openCluster('--group', 'dev')
    const { code, stderr } = await line.run([
      ...['cluster', 'rbac', 'prod', '--group', 'guests', '--namespace', 'team-a'],
      ...['--role', 'cluster-admin', '--role', 'system:node'],
    ])
    assert.equal(code, 0)
    assert.deepEqual(stderr.split('\n').slice(0, 3), [
      'lanyard: warning: with cluster-admin everybody in guests can do everything in namespace team-a, read its secrets too',
      'lanyard: warning: Kubernetes keeps role "system:node" for its own components',
      'lanyard: warning: group guests may not enter prod; its people get in only by another group that may: lanyard cluster allow prod guests',
    ])
  })

  test('refuses what Kubernetes or Lanyard would not have, and prints nothing', async () => {
    await using line = await openCluster('--group', 'dev')
    for (const [argv, code, sentence] of [
      [['--group', 'nobody', '--role', 'view'], 1, 'no group is named "nobody"'],
      [['--group', 'system:masters', '--role', 'view'], 1, 'no group is named "system:masters"'],
      [['--group', 'dev', '--role', 'a/b'], 1, 'role "a/b" is no name to Kubernetes'],
      [['--group', 'dev', '--role', 'view', '--namespace', 'A'], 1, 'namespace "A" is no name'],
      [['--role', 'view'], 2, 'no group is named'],
      [['--group', 'dev'], 2, 'no role is named'],
      [['--group', 'dev', '--for-all-groups'], 2, '--for-all-groups takes neither'],
      [['--role', 'cluster-admin', '--for-all-groups'], 2, '--for-all-groups takes neither'],
      [['--group', 'dev', '--role', 'view', '--cluster-admins', 'dev'], 2, '--cluster-admins goes'],
      [['--for-all-groups', '--cluster-admins', 'nobody'], 1, 'no group is named "nobody"'],
      [
        ['--for-all-groups', '--cluster-admins', 'dev', '--namespace', 'a'],
        ...([2, '--cluster-admins are admins of the whole cluster'] as const),
      ],
    ] as const) {
      const run = await line.run(['cluster', 'rbac', 'prod', ...argv])
      assert.deepEqual([run.code, run.stdout], [code, ''], argv.join(' '))
      assert.ok(run.stderr.startsWith(`lanyard: error: ${sentence}`), run.stderr)
    }
    const lost = await line.run(['cluster', 'rbac', 'lab', '--group', 'dev', '--role', 'view'])
    assert.match(lost.stderr, /^lanyard: error: no cluster is named "lab"\n/)
  })
})
