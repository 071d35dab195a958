import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byTest } from '../support/lanyard.ts'
import { openCommandLine } from './command-line.ts'

async function withPeople() {
  const line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--no-password')
  await line.text('group', 'add', 'lanyard-admins')
  await line.text('group', 'add', 'ops')
  const { groups } = line.server.directory
  await groups.addMember('ops', { user: 'ada' }, byTest)
  await groups.addMember('lanyard-admins', { group: 'ops' }, byTest)
  await line.text('cluster', 'add', 'prod', '--server', 'https://k8s.example.com:6443')
  return line
}

test('lanyard access review lists privileged groups as text, JSON and CSV', async () => {
  await using line = await withPeople()
  const { code, stdout, stderr } = await line.run(['access', 'review'])
  assert.equal(code, 0)
  assert.deepEqual(
    stdout.split('\n').map((each) => each.trimEnd()),
    [
      'group lanyard-admins: administers Lanyard',
      'USER  STATUS  THROUGH  ENDS  SIGNED IN  ENTERED  LOGINS',
      'ada   -       ops      -     -          -        0       -',
      '',
    ],
  )
  assert.equal(
    stderr,
    'lanyard: hint: role bindings are not read in prod: lanyard cluster rbac-reader prod --rbac\n',
  )
  const review = await line.json('AccessReview', 'access', 'review')
  assert.deepEqual(review.groups, [
    {
      ...{ name: 'lanyard-admins', why: ['administers Lanyard'], hasMore: false },
      members: [
        {
          ...{ username: 'ada', displayName: 'ada', status: 'active', through: ['ops'] },
          ...{ endsAt: null, signedInAt: null, enteredAt: null, devices: 0, accessTokens: 0 },
          dormant: false,
        },
      ],
    },
  ])
  const csv = await line.run(['access', 'review', '-o', 'csv'])
  assert.equal(
    csv.stdout,
    'group,why,username,name,status,through,ends,signed_in,entered,devices,access_tokens,dormant\r\n' +
      'lanyard-admins,administers Lanyard,ada,ada,active,ops,,,,0,0,false\r\n',
  )
})

test('mistakes are told', async () => {
  await using line = await withPeople()
  for (const [argv, sentence] of [
    [['access', 'review', '--limit', '0'], '--limit must be a whole number from 1 to 100000'],
    [
      ['access', 'review', '--bindings'],
      '--bindings goes with -o csv: the others show them anyway',
    ],
    [
      ['access', 'review', '--dormant-days', 'soon'],
      'dormant after NaN days must be a whole number from 1 to 3650',
    ],
    [['access', 'review', '--group', 'ops'], 'no privileged group is named "ops"'],
    [
      ['cluster', 'rbac-reader', 'prod', '--rbac', '--remove'],
      '--rbac, --kubeconfig and --remove exclude each other',
    ],
    [['cluster', 'rbac-reader', 'none'], 'no cluster is named "none"'],
    [['cluster', 'list', '-o', 'csv'], 'option'],
  ] as const) {
    const { code, stderr } = await line.run(argv)
    assert.ok(code !== 0 && stderr.startsWith(`lanyard: error: ${sentence}`), stderr)
  }
})

test('lanyard cluster rbac-reader shows whether bindings are read, and what the cluster needs', async () => {
  await using line = await withPeople()
  const state = await line.run(['cluster', 'rbac-reader', 'prod'])
  assert.deepEqual(state, {
    code: 0,
    stdout: 'cluster        prod\nrole bindings  not read\nfrom           -\n',
    stderr:
      'lanyard: hint: what the cluster needs first: lanyard cluster rbac-reader prod --rbac\n',
  })
  const { manifest, set } = await line.json(
    'ClusterRbacReader',
    ...['cluster', 'rbac-reader', 'prod', '--rbac'],
  )
  assert.equal(set, null)
  assert.match(
    manifest ?? '',
    / {2}resources:\n {2}- clusterrolebindings\n {2}- rolebindings\n {2}verbs:\n {2}- list\n---/,
  )
  const gone = await line.run(['cluster', 'rbac-reader', 'prod', '--remove'])
  assert.equal(gone.stderr, 'lanyard: hint: cluster prod had none\n')
})
