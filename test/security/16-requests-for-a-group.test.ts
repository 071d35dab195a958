/**
 * Threat 16: a request for a group that is lent is answered once, for the group that it was made for, and lets in nobody who may not sign in.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../src/access/index.ts'
import type { ClusterId } from '../../src/errors/index.ts'
import { BY, openDirectory, PASSWORD } from '../directory/fixture.ts'

async function open() {
  const fixture = await openDirectory()
  const { users, groups, requests } = fixture.directory
  const ada = await users.add({ username: 'ada', password: PASSWORD, mustChange: false }, BY)
  const olga = await users.add({ username: 'olga', password: PASSWORD }, BY)
  await groups.add({ name: 'prod' }, BY)
  await groups.change('prod', { longestMembership: 3_600 }, BY)
  const asked = { group: 'prod', userId: ada.id, seconds: 60, reason: 'roll back' }
  const ask = async () => (await requests.ask(asked, BY)).id
  const approve = (id: string) => {
    const proof = { amr: ['pop', 'user', 'mfa'], authenticatedAt: fixture.now() }
    return requests.approve(id, { userId: olga.id, ...proof }, BY)
  }
  const groupsOfAda = async () => (await fixture.directory.subject(ada.id))?.groups
  return { fixture, ada, ask, approve, groupsOfAda }
}

test('of an approval, a withdrawal and a refusal at once one counts, and the membership says which', async () => {
  const { fixture, ada, ask, approve, groupsOfAda } = await open()
  await using _ = fixture
  const { requests, groups } = fixture.directory
  for (const first of [0, 1, 2]) {
    const id = await ask()
    const acts = [
      () => approve(id),
      () => requests.withdraw(id, ada.id, BY),
      () => requests.refuse(id, BY),
      () => approve(id),
    ]
    const inOrder = [...acts.slice(first), ...acts.slice(0, first)]
    const results = await Promise.allSettled(inOrder.map((act) => act()))
    const lost = results.filter((result) => result.status === 'rejected')
    assert.equal(lost.length, 3)
    for (const { reason } of lost) {
      assert.equal((reason as { code?: string }).code, 'ERR_REQUEST_SETTLED')
    }
    const { state } = await requests.get(id)
    assert.deepEqual(await groupsOfAda(), state === 'approved' ? ['prod'] : [])
    await groups.removeMember('prod', { user: 'ada' }, BY)
  }
})

test('a group that is gone takes its requests along, and its name comes back for nobody', async () => {
  const { fixture, ask, approve } = await open()
  await using _ = fixture
  const { groups, requests } = fixture.directory
  const id = await ask()
  await groups.delete('prod', BY)
  await assert.rejects(approve(id), { code: 'ERR_REQUEST_UNKNOWN' })
  await assert.rejects(groups.add({ name: 'prod' }, BY), { code: 'ERR_NAME_RETIRED' })
  assert.deepEqual(await requests.waiting('all'), [])
})

test('whoever was locked meanwhile is let in by no approval', async () => {
  const { fixture, ada, ask, approve } = await open()
  await using _ = fixture
  const id = await ask()
  await fixture.directory.users.disable('ada', BY)
  await approve(id)
  const now = fixture.now()
  const decision = decide({
    subject: await fixture.directory.subject(ada.id),
    target: {
      ...{ kind: 'cluster', id: 'c' as ClusterId, name: 'c', audience: 'c', everyone: false },
      ...{ groups: ['prod'], liveGroups: true, fallbackAfter: null, stepUp: 'withhold' },
      policy: { factors: 'any', maxAge: null },
    },
    device: 'new',
    authentication: { at: now, amr: ['pwd'], acr: '' },
    now,
  })
  assert.deepEqual(decision.kind === 'refused' && decision.reason, 'user_disabled')
})
