import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Admission,
  ANY_SIGN_IN,
  type Authentication,
  type Decision,
  type DecisionSubject,
  type DeviceState,
  decide,
  isAdmission,
  KUBECTL_CLIENT_ID,
  mayEnter,
  type Question,
  type RefusalReason,
  type Target,
} from '../../src/access/index.ts'
import type { ApplicationId, ClusterId, DeviceId, UserId } from '../../src/errors/index.ts'

const now = 1_000_000
const bob: DecisionSubject = {
  userId: 'u-bob' as UserId,
  username: 'bob',
  status: 'active',
  mustChangePassword: false,
  sessionsValidFrom: 500_000,
  groups: ['dev', 'viewers'],
  guarded: [],
  ways: [],
  groupsEndAt: null,
}
const subjects: Record<string, DecisionSubject | undefined> = {
  unknown: undefined,
  active: bob,
  disabled: { ...bob, status: 'disabled' },
  'of a state that nobody knows': { ...bob, status: 'locked' as 'disabled' },
  'with a password to change': { ...bob, mustChangePassword: true },
  'with a reserved name': { ...bob, username: 'system:admin' },
  'with an empty name': { ...bob, username: '' },
  'with a name in disguise': { ...bob, username: 'Ｓystem:admin' },
  'in a reserved group': { ...bob, groups: ['dev', 'system:masters'] },
  'in a group with a look-alike name': { ...bob, groups: ['dev', 'ѕystem:masters'] },
  'in no group': { ...bob, groups: [] },
  'whose sessions ended at an unknown time': { ...bob, sessionsValidFrom: Number.NaN },
}

const prod = {
  kind: 'cluster',
  id: 'c-prod' as ClusterId,
  name: 'prod-eu',
  audience: 'prod',
  everyone: false,
  liveGroups: true,
  fallbackAfter: null,
  policy: ANY_SIGN_IN,
  stepUp: 'withhold',
} as const
const grafana = {
  kind: 'application',
  id: 'a-grafana' as ApplicationId,
  name: 'grafana',
  clientId: 'grafana-1',
  everyone: false,
  policy: ANY_SIGN_IN,
  stepUp: 'withhold',
} as const
const targets: Record<string, Target | undefined> = {
  unknown: undefined,
  'a cluster for dev': { ...prod, groups: ['admins', 'dev'] },
  'a cluster for others': { ...prod, groups: ['admins'] },
  'a cluster for nobody': { ...prod, groups: [] },
  'a cluster for everyone': { ...prod, everyone: true, groups: [] },
  'an application for dev': { ...grafana, groups: ['dev'] },
  'an application for others': { ...grafana, groups: ['admins'] },
  'an application for everyone': { ...grafana, everyone: true, groups: [] },
  'the plugin’s login': { kind: 'kubectl' },
}

const laptop: DeviceState = {
  id: 'd-laptop' as DeviceId,
  userId: bob.userId,
  clientId: KUBECTL_CLIENT_ID,
  expiresAt: now + 1,
  revokedAt: null,
}
const devices: Record<string, DeviceState | 'new' | null> = {
  new: 'new',
  unknown: null,
  'of the plugin': laptop,
  'of the cluster’s client': { ...laptop, clientId: 'prod' },
  'of the application': { ...laptop, clientId: 'grafana-1' },
  'of another client': { ...laptop, clientId: 'other' },
  revoked: { ...laptop, revokedAt: now - 1 },
  'revoked in the future': { ...laptop, revokedAt: now + 1 },
  'expiring now': { ...laptop, expiresAt: now },
  expired: { ...laptop, expiresAt: now - 1 },
  'that expires at no time': { ...laptop, expiresAt: Number.NaN },
  'of another user': { ...laptop, userId: 'u-eve' as UserId },
}

const authentications: Record<string, Authentication> = {
  'just then': { at: 500_000, amr: ['pwd'], acr: '1' },
  'too old': { at: 499_999, amr: ['pwd'], acr: '1' },
  'at no time': { at: Number.NaN, amr: ['pwd'], acr: '1' },
}

/** What must hold for an admission, written another way than the code. */
function conditions({ subject, target, device, authentication }: Question): boolean[] {
  const groups = subject?.groups ?? []
  const plain = /^[a-z]+$/
  const client =
    target?.kind === 'cluster'
      ? target.audience
      : target?.kind === 'application'
        ? target.clientId
        : ''
  return [
    subject !== undefined,
    subject?.status === 'active',
    subject?.mustChangePassword === false,
    plain.test(subject?.username ?? ''),
    groups.every((name) => plain.test(name)),
    authentication.at - (subject?.sessionsValidFrom ?? Number.NaN) >= 0,
    target !== undefined,
    target === undefined ||
      target.kind === 'kubectl' ||
      target.everyone ||
      new Set([...groups, ...target.groups]).size < groups.length + target.groups.length,
    device !== null,
    device === null || device === 'new' || device.userId === subject?.userId,
    device === null || device === 'new' || device.revokedAt === null,
    device === null || device === 'new' || device.expiresAt - now > 0,
    device === null ||
      device === 'new' ||
      device.clientId === client ||
      (device.clientId === KUBECTL_CLIENT_ID && target?.kind !== 'application'),
  ]
}

test('over the whole product of states, admitted exactly where every condition holds', () => {
  const seen = new Set<RefusalReason>()
  let admitted = 0
  for (const [s, subject] of Object.entries(subjects)) {
    for (const [t, target] of Object.entries(targets)) {
      for (const [d, device] of Object.entries(devices)) {
        for (const [a, authentication] of Object.entries(authentications)) {
          const question = { subject, target, device, authentication, now }
          const decision = decide(question)
          const wanted = conditions(question).every(Boolean)
          const where = `user ${s}, ${t}, device ${d}, authenticated ${a}`
          assert.equal(decision.kind === 'admitted', wanted, where)
          if (decision.kind === 'refused') seen.add(decision.reason)
          else admitted++
        }
      }
    }
  }
  assert.equal(seen.size, 11, 'every reason is given somewhere')
  // bob: 2 clusters by 3 devices, 2 applications by 2, the plugin by 2; in no group: 1 by 3, 1 by 2, the plugin by 2.
  assert.equal(admitted, 19)
})

test('every refusal has its reason and its exact sentence', () => {
  const ask = (change: Partial<Question>): Decision =>
    decide({
      subject: bob,
      target: targets['a cluster for dev'],
      device: laptop,
      authentication: { at: now, amr: [], acr: '1' },
      now,
      ...change,
    })
  const table: [Partial<Question>, RefusalReason, string][] = [
    [{ subject: undefined }, 'user_unknown', 'this user does not exist'],
    [{ subject: subjects['disabled'] }, 'user_disabled', 'user "bob" is disabled'],
    [{ device: null }, 'device_unknown', 'this login of bob is unknown or was signed out'],
    [
      { device: devices['of another user'] ?? null },
      'device_mismatch',
      'this login does not belong to bob',
    ],
    [{ device: devices['revoked'] ?? null }, 'device_revoked', 'this login of bob was revoked'],
    [{ device: devices['expired'] ?? null }, 'device_expired', 'this login of bob has expired'],
    [
      { device: devices['of another client'] ?? null },
      'device_mismatch',
      'this login of bob was made for another client',
    ],
    [
      { authentication: { at: 1, amr: [], acr: '1' } },
      'authentication_too_old',
      'bob signed in before all sessions were ended',
    ],
    [
      { subject: subjects['with a password to change'] },
      'password_change_due',
      'bob must choose a new password first',
    ],
    [
      { subject: subjects['with a reserved name'] },
      'name_reserved',
      'username "system:admin" is reserved by Kubernetes',
    ],
    [
      { subject: subjects['in a reserved group'] },
      'name_reserved',
      'group name "system:masters" is reserved by Kubernetes',
    ],
    [{ target: undefined }, 'target_unknown', 'there is no such cluster or application'],
    [
      { target: targets['a cluster for others'] },
      'not_in_group',
      'bob is in none of the groups that may enter cluster "prod-eu"',
    ],
    [
      { target: targets['an application for others'], device: 'new' },
      'not_in_group',
      'bob is in none of the groups that may enter application "grafana"',
    ],
  ]
  for (const [change, reason, sentence] of table) {
    assert.deepEqual(ask(change), { kind: 'refused', reason, sentence })
  }
})

test('whose login is dead learns nothing about clusters', () => {
  const decision = decide({
    subject: bob,
    target: undefined,
    device: { ...laptop, revokedAt: 1 },
    authentication: { at: now, amr: [], acr: '1' },
    now,
  })
  assert.equal(decision.kind === 'refused' && decision.reason, 'device_revoked')
})

function fieldsOf(admission: Admission): Record<string, unknown> {
  return Object.fromEntries(Object.entries(admission))
}

function admit(): Admission {
  const decision = decide({
    subject: bob,
    target: targets['a cluster for dev'],
    device: laptop,
    authentication: { at: now, amr: ['pwd'], acr: '1' },
    now,
  })
  assert.equal(decision.kind, 'admitted')
  if (decision.kind !== 'admitted') throw new TypeError('not admitted')
  return decision.admission
}

test('an admission carries who, with which groups, where, by which device and proof', () => {
  assert.deepEqual(fieldsOf(admit()), {
    userId: 'u-bob',
    username: 'bob',
    groups: ['dev', 'viewers'],
    withheld: [],
    until: null,
    target: targets['a cluster for dev'],
    device: laptop,
    authentication: { at: now, amr: ['pwd'], acr: '1' },
  })
})

test('nobody else makes an admission, and none can be changed', () => {
  const admission = admit()
  assert.equal(isAdmission(admission), true)
  const { userId, username, groups, target, device, authentication } = admission
  // @ts-expect-error: what looks like an admission is none.
  const copy: Admission = { userId, username, groups, target, device, authentication }
  for (const forged of [copy, fieldsOf(admission), Object.create(admission), null, 'x']) {
    assert.equal(isAdmission(forged), false)
  }
  assert.throws(() => Object.assign(admission, { username: 'admin' }), TypeError)
})

test('the group policy alone', () => {
  const cluster: Target = { ...prod, groups: ['admins', 'dev'] }
  assert.equal(mayEnter(['dev'], cluster), true)
  assert.equal(mayEnter(['Dev', 'de', 'dev '], cluster), false)
  assert.equal(mayEnter([], cluster), false)
  assert.equal(mayEnter([], { ...prod, everyone: true, groups: [] }), true)
  assert.equal(mayEnter([], { kind: 'kubectl' }), true)
})
