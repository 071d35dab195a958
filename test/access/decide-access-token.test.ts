import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AccessTokenState,
  ANY_SIGN_IN,
  type DecisionSubject,
  decideAccessToken,
  type Target,
} from '../../src/access/index.ts'
import type { AccessTokenId, ApplicationId, ClusterId, UserId } from '../../src/errors/index.ts'

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
const prod: Target = {
  ...{ kind: 'cluster', id: 'c-prod' as ClusterId, name: 'prod-eu', audience: 'prod' },
  ...{ everyone: false, groups: ['dev'], liveGroups: false, fallbackAfter: null },
  policy: ANY_SIGN_IN,
  stepUp: 'withhold',
}
const token: AccessTokenState = {
  ...{ id: 't-1' as AccessTokenId, userId: bob.userId, name: 'backup job' },
  ...{ everyCluster: false, clusters: [prod.id], groups: null },
  ...{ expiresAt: now + 1, revokedAt: null },
}
const ask = (
  change: Partial<AccessTokenState>,
  subject: DecisionSubject | undefined = bob,
  target: Target | undefined = prod,
) => decideAccessToken({ token: { ...token, ...change }, subject, target, now })

test('who is admitted, and with which groups: what the token may carry, of what its owner has now', () => {
  const cases: [Partial<AccessTokenState>, DecisionSubject, readonly string[]][] = [
    [{}, bob, ['dev', 'viewers']],
    [{ everyCluster: true, clusters: [] }, bob, ['dev', 'viewers']],
    [{ groups: ['dev'] }, bob, ['dev']],
    // What lets the owner in need not be what the token carries.
    [{ groups: ['viewers'] }, bob, ['viewers']],
    [{ groups: [] }, bob, []],
    // A group that the owner has lost since.
    [{ groups: ['dev', 'admins'] }, bob, ['dev']],
    [{ groups: ['viewers'] }, { ...bob, groups: ['dev'] }, []],
    // A group that they have won since.
    [{}, { ...bob, groups: ['admins', 'dev'] }, ['admins', 'dev']],
    // Sessions end with a changed password; a program holds none.
    [{}, { ...bob, sessionsValidFrom: now - 1 }, ['dev', 'viewers']],
    [{}, { ...bob, mustChangePassword: true }, ['dev', 'viewers']],
  ]
  for (const [change, subject, groups] of cases) {
    const decision = ask(change, subject)
    assert.equal(decision.kind, 'admitted', JSON.stringify([change, subject]))
    assert.deepEqual(decision.kind === 'admitted' && decision.groups, groups)
  }
})

test('who is refused, and in which words', () => {
  const elsewhere: Target = { ...prod, id: 'c-other' as ClusterId, audience: 'other' }
  const grafana: Target = {
    ...{ kind: 'application', id: 'a-grafana' as ApplicationId, name: 'grafana' },
    ...{ clientId: 'grafana', everyone: true, groups: [] },
    policy: ANY_SIGN_IN,
    stepUp: 'withhold',
  }
  const cases: [string, ReturnType<typeof ask>][] = [
    ['token_revoked', ask({ revokedAt: now - 1 })],
    // Whatever the clock says of the moment: revoked is revoked.
    ['token_revoked', ask({ revokedAt: now + 1 })],
    ['token_expired', ask({ expiresAt: now })],
    ['token_expired', ask({ expiresAt: Number.NaN })],
    ['token_for_another_cluster', ask({}, bob, elsewhere)],
    ['token_for_another_cluster', ask({ clusters: [] })],
    ['token_for_another_cluster', ask({ everyCluster: true }, bob, grafana)],
    ['token_for_another_cluster', ask({ everyCluster: true }, bob, { kind: 'kubectl' })],
    ['user_disabled', ask({}, { ...bob, status: 'disabled' })],
    ['user_disabled', ask({}, { ...bob, status: 'locked' as 'disabled' })],
    ['not_in_group', ask({}, { ...bob, groups: ['viewers'] })],
    ['not_in_group', ask({ everyCluster: true, groups: ['dev'] }, { ...bob, groups: [] })],
    ['name_reserved', ask({}, { ...bob, username: 'system:admin' })],
    ['name_reserved', ask({}, { ...bob, groups: ['dev', 'system:masters'] })],
    ['name_reserved', ask({ groups: ['dev'] }, { ...bob, groups: ['dev', 'ѕystem:masters'] })],
    ['name_reserved', ask({}, { ...bob, username: 'machine:ci' })],
  ]
  for (const [reason, decision] of cases) {
    assert.equal(decision.kind === 'refused' ? decision.reason : 'admitted', reason)
  }
  const nobody = decideAccessToken({ token, subject: undefined, target: prod, now })
  assert.equal(nobody.kind === 'refused' && nobody.reason, 'user_unknown')
  const nowhere = decideAccessToken({ token, subject: bob, target: undefined, now })
  assert.equal(nowhere.kind === 'refused' && nowhere.reason, 'target_unknown')
  const late = ask({ expiresAt: now })
  assert.equal(late.kind === 'refused' && late.sentence, 'access token backup job has expired')
})
