import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ANY_SIGN_IN,
  decideMachine,
  isMachineAdmission,
  type MachineSubject,
  machineNameFault,
  type Target,
} from '../../src/access/index.ts'
import type { ApplicationId, ClusterId } from '../../src/errors/index.ts'

const prod: Target = {
  kind: 'cluster',
  id: 'c-prod' as ClusterId,
  name: 'prod-eu',
  audience: 'prod',
  everyone: false,
  groups: [],
  liveGroups: true,
  fallbackAfter: null,
  policy: ANY_SIGN_IN,
  stepUp: 'withhold',
}
const deploy: MachineSubject = {
  ruleId: 'm-deploy',
  ruleName: 'deploy',
  username: 'machine:ci/shop',
  groups: ['deployers'],
  enabled: true,
  clusterIds: [prod.id],
}

test('a machine enters the clusters of its rule, whoever else may', () => {
  const decision = decideMachine({ subject: deploy, target: prod })
  assert.ok(decision.kind === 'admitted')
  const { admission } = decision
  assert.ok(isMachineAdmission(admission))
  assert.equal(isMachineAdmission(structuredClone(admission)), false)
  assert.deepEqual(
    [admission.username, admission.groups, admission.ruleId, admission.target],
    ['machine:ci/shop', ['deployers'], 'm-deploy', prod],
  )
})

test('an application enters the clusters that let one of its groups in', () => {
  const subject = { ...deploy, clusterIds: 'by groups' } as const
  const target = { ...prod, groups: ['admins', 'deployers'] }
  assert.equal(decideMachine({ subject, target }).kind, 'admitted')
})

const elsewhere = { ...prod, id: 'c-test' as ClusterId, name: 'test', everyone: true }
const wiki: Target = {
  ...{ kind: 'application', id: 'a-wiki' as ApplicationId, name: 'wiki' },
  ...{ clientId: 'wiki', everyone: true, groups: [] },
  policy: ANY_SIGN_IN,
  stepUp: 'withhold',
}

for (const [name, subject, target, reason, sentence] of [
  ['no rule', undefined, prod, 'rule_unknown', 'this machine rule or application does not exist'],
  [
    'a disabled rule',
    { ...deploy, enabled: false },
    prod,
    'rule_disabled',
    'machine rule "deploy" is disabled',
  ],
  ['no target', deploy, undefined, 'target_unknown', 'there is no such cluster'],
  ['an application', deploy, wiki, 'target_unknown', 'there is no such cluster'],
  ['the plugin’s login', deploy, { kind: 'kubectl' }, 'target_unknown', 'there is no such cluster'],
  [
    'a cluster that everyone may enter and the rule does not name',
    deploy,
    elsewhere,
    'not_for_cluster',
    'machine:ci/shop may not enter cluster "test"',
  ],
  [
    'an application at a cluster that lets none of its groups in, but everyone',
    { ...deploy, clusterIds: 'by groups' },
    { ...elsewhere, groups: ['admins'] },
    'not_for_cluster',
    'machine:ci/shop may not enter cluster "test"',
  ],
  [
    'a username of a person',
    { ...deploy, username: 'ada' },
    prod,
    'name_reserved',
    'a machine\'s username begins with "machine:", and "ada" does not',
  ],
  [
    'a group that is reserved',
    { ...deploy, groups: ['deployers', 'system:masters'] },
    prod,
    'name_reserved',
    'group name "system:masters" is reserved by Kubernetes',
  ],
] as const) {
  test(`a machine is refused: ${name}`, () => {
    assert.deepEqual(decideMachine({ subject, target }), { kind: 'refused', reason, sentence })
  })
}

for (const bad of [
  ...['', 'machine:', 'machine', 'Machine:x', ' machine:x', 'machine :x', 'machine:system:x'],
  ...['machine:machine:x', 'machine:lanyard:x', 'machine:Ci', 'machine:a b', 'machine:\u200bx'],
  ...['system:serviceaccount:a:b', 'ｍachine:x', 'machine:ѕystem:x', `machine:${'x'.repeat(129)}`],
]) {
  test(`no machine is called ${JSON.stringify(bad)}`, () => {
    assert.notEqual(machineNameFault(bad), null)
  })
}

test('a machine is called by its place', () => {
  for (const good of ['machine:ci/shop', 'machine:app/argo-cd', 'machine:a:default:builder']) {
    assert.equal(machineNameFault(good), null)
  }
})
