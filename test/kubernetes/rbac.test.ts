import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type Binding, bindingFacts, roleBindings } from '../../src/kubernetes/index.ts'

const viewers: Binding = { groupName: 'viewers', prefix: 'oidc:', role: 'view' }

test('several bindings are one stream, each complete', () => {
  const stream = roleBindings([
    viewers,
    { groupName: 'org/dev', prefix: '', role: 'edit', namespace: 'team-a' },
  ])
  const rbac = 'rbac.authorization.k8s.io'
  assert.deepEqual(
    parseAllDocuments(stream).map((document) => document.toJS() as unknown),
    [
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'lanyard:view:viewers' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: rbac, kind: 'Group', name: 'oidc:viewers' }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'lanyard:edit:org|dev', namespace: 'team-a' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
        subjects: [{ apiGroup: rbac, kind: 'Group', name: 'org/dev' }],
      },
    ],
  )
})

test('two pairs of role and group never share a binding', () => {
  const name = (role: string, groupName: string) =>
    bindingFacts({ ...viewers, role, groupName }).name
  assert.equal(name('system:auth-delegator', 'ops'), 'lanyard:system|auth-delegator:ops')
  assert.notEqual(name('a:b', 'c'), name('a', 'b:c'))
  assert.notEqual(name('a|b', 'c'), name('a:b', 'c'))
})

test('what Kubernetes would refuse as a role is refused with the reason', () => {
  const path = 'is no name to Kubernetes: it may be neither . nor .. and hold neither / nor %'
  const unseen = 'holds a space or a character that cannot be seen'
  for (const [role, message] of [
    ['', 'the name of a role is empty'],
    ['.', `role "." ${path}`],
    ['..', `role ".." ${path}`],
    ['a/b', `role "a/b" ${path}`],
    ['100%', `role "100%" ${path}`],
    ['view ', `role "view " ${unseen}`],
    ['vi\u200bew', `role "vi\\u{200b}ew" ${unseen}`],
    ['view\n', `role "view\\u{a}" ${unseen}`],
    ['a'.repeat(254), `role "${'a'.repeat(80)}…" is longer than 253 characters`],
  ] as const) {
    assert.throws(() => bindingFacts({ ...viewers, role }), { code: 'ERR_ROLE_INVALID', message })
  }
  assert.equal(bindingFacts({ ...viewers, role: 'a'.repeat(253) }).role.length, 253)
})

test('what Kubernetes would refuse as a namespace is refused', () => {
  for (const namespace of [
    '',
    'Team',
    'team_a',
    '-a',
    'a-',
    'a.b',
    'téam',
    'a'.repeat(64),
    'a b',
  ]) {
    assert.throws(() => bindingFacts({ ...viewers, namespace }), { code: 'ERR_NAMESPACE_INVALID' })
  }
  for (const namespace of ['a', '1', 'team-a', 'a'.repeat(63)]) {
    assert.equal(bindingFacts({ ...viewers, namespace }).namespace, namespace)
  }
})

test('no binding can name somebody of Kubernetes’ own', () => {
  for (const [groupName, prefix] of [
    ['system:masters', ''],
    ['masters', 'system:'],
    ['stem:masters', 'sy'],
  ] as const) {
    assert.throws(() => bindingFacts({ groupName, prefix, role: 'view' }), {
      code: 'ERR_NAME_RESERVED',
    })
  }
  assert.throws(() => bindingFacts({ ...viewers, groupName: 'Viewers' }), {
    code: 'ERR_NAME_INVALID',
  })
})
