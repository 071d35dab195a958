import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By, UserId } from '../../src/errors/index.ts'
import { BY, type Fixture, openDirectory, START } from './fixture.ts'

const HOUR = 3_600

async function stage(fixture: Fixture) {
  const { users, groups, owners } = fixture.directory
  const [ada, grace, olga] = await Promise.all(
    ['ada', 'grace', 'olga'].map((username) => users.add({ username }, BY)),
  )
  if (ada === undefined || grace === undefined || olga === undefined) throw new TypeError()
  await groups.add({ name: 'prod-admins', description: 'May do anything in prod' }, BY)
  await groups.change('prod-admins', { longestMembership: 4 * HOUR }, BY)
  await groups.add({ name: 'dev' }, BY)
  await owners.add('prod-admins', 'olga', BY)
  return { ada, grace, olga }
}

const by = (userId: UserId, username: string): By => ({
  actor: { kind: 'user', userId, username },
  address: '192.0.2.7',
  requestId: 'r-1',
})
const passkey = (userId: UserId, authenticatedAt: number) => ({
  ...{ userId, authenticatedAt },
  amr: ['pop', 'user', 'mfa'],
})
const wish = (userId: UserId, change: object = {}) => ({
  ...{ userId, group: 'prod-admins', seconds: HOUR, reason: 'roll back the shop', ...change },
})

test('a membership is asked for, approved with a passkey, and ends by itself with every step on record', async () => {
  await using fixture = await openDirectory()
  const { directory } = fixture
  const { ada, olga } = await stage(fixture)
  const asked = await directory.requests.ask(wish(ada.id), by(ada.id, 'ada'))
  assert.deepEqual(asked, {
    ...{ id: asked.id, group: 'prod-admins', userId: ada.id, username: 'ada' },
    ...{ reason: 'roll back the shop', seconds: HOUR, state: 'waiting' },
    ...{ createdAt: START, expiresAt: START + 24 * HOUR * 1000 },
    ...{ decidedAt: null, decidedBy: null, endsAt: null },
  })
  assert.deepEqual(await directory.requests.waiting(['prod-admins']), [asked])
  assert.deepEqual(await directory.requests.waiting(['dev']), [])
  assert.deepEqual((await directory.subject(ada.id))?.groups, [])

  fixture.advance(60_000)
  const now = fixture.now()
  const approved = await directory.requests.approve(
    asked.id,
    passkey(olga.id, now - 1000),
    by(olga.id, 'olga'),
  )
  const endsAt = now + HOUR * 1000
  assert.deepEqual(approved, {
    ...asked,
    ...{ state: 'approved', decidedAt: now, decidedBy: 'olga', endsAt },
  })
  assert.deepEqual((await directory.subject(ada.id))?.groups, ['prod-admins'])
  assert.equal((await directory.subject(ada.id))?.groupsEndAt, endsAt)
  assert.equal(await directory.endMemberships(), 0)

  // The decision looks at the end itself and waits for no timer.
  fixture.advance(HOUR * 1000 - 1)
  assert.deepEqual((await directory.subject(ada.id))?.groups, ['prod-admins'])
  fixture.advance(1)
  assert.deepEqual((await directory.subject(ada.id))?.groups, [])
  assert.deepEqual(await directory.groups.of(ada.id), [])
  assert.deepEqual((await directory.groups.members('prod-admins')).users, ['ada'])
  assert.equal(await directory.endMemberships(), 1)
  assert.deepEqual((await directory.groups.members('prod-admins')).users, [])

  const events = await fixture.audit.list({ userId: ada.id })
  assert.deepEqual(
    events.map(({ type, actor, detail }) => [type, actor.name ?? actor.kind, detail]),
    [
      ['group.membership_ended', 'system', { group: 'prod-admins' }],
      [
        'group.member_added',
        'olga',
        { group: 'prod-admins', until: new Date(endsAt).toISOString() },
      ],
      [
        'group.membership_approved',
        'olga',
        { group: 'prod-admins', request: asked.id, seconds: HOUR },
      ],
      [
        'group.membership_requested',
        'ada',
        { group: 'prod-admins', request: asked.id, reason: 'roll back the shop', seconds: HOUR },
      ],
      ['user.added', 'root', {}],
    ],
  )
})

test('no approval without a fresh passkey, of one’s own request, twice, or too late', async () => {
  await using fixture = await openDirectory()
  const { requests, groups } = fixture.directory
  const { ada, olga } = await stage(fixture)
  const { id } = await requests.ask(wish(ada.id), by(ada.id, 'ada'))
  const now = fixture.now()
  const approve = (approval: Parameters<typeof requests.approve>[1], from = olga) =>
    requests.approve(id, approval, by(from.id, from.username))
  const needed = {
    code: 'ERR_PASSKEY_NEEDED',
    message: 'a request is approved with a passkey',
  }
  const password = { userId: olga.id, authenticatedAt: now }
  await assert.rejects(approve({ ...password, amr: ['pwd'] }), needed)
  await assert.rejects(approve({ ...password, amr: ['pwd', 'otp', 'mfa'] }), needed)
  await assert.rejects(approve(passkey(olga.id, now - 5 * 60_000 - 1)), needed)
  await assert.rejects(approve(passkey(olga.id, now + 1)), needed)
  await assert.rejects(approve(passkey(olga.id, Number.NaN)), needed)
  await assert.rejects(approve(passkey(ada.id, now), ada), {
    code: 'ERR_REQUEST_OWN',
    message: 'nobody approves a request of their own',
  })
  const settled = {
    code: 'ERR_REQUEST_SETTLED',
    message: 'this request was answered or has expired',
  }
  const outcomes = await Promise.allSettled([
    approve(passkey(olga.id, now)),
    requests.refuse(id, by(olga.id, 'olga')),
    approve(passkey(olga.id, now)),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  )
  await assert.rejects(requests.withdraw(id, ada.id, by(ada.id, 'ada')), settled)

  await groups.removeMember('prod-admins', { user: 'ada' }, BY)
  const late = await requests.ask(wish(ada.id), by(ada.id, 'ada'))
  fixture.advance(24 * HOUR * 1000)
  await assert.rejects(
    requests.approve(late.id, passkey(olga.id, fixture.now()), by(olga.id, 'olga')),
    settled,
  )
  assert.deepEqual(await requests.waiting('all'), [])
  // What nobody answered keeps nobody from asking again.
  await requests.ask(wish(ada.id), by(ada.id, 'ada'))
})

test('what cannot be asked for is refused with its reason', async () => {
  await using fixture = await openDirectory()
  const { requests, groups } = fixture.directory
  const { ada, grace } = await stage(fixture)
  const ask = (change: object) => requests.ask(wish(ada.id, change), by(ada.id, 'ada'))
  const time = (seconds: number) => ({
    code: 'ERR_REQUEST_TIME',
    message: `${seconds} seconds in "prod-admins" must be a whole number from 60 to 14400`,
  })
  for (const seconds of [0, 59, 1.5, -1, Number.NaN, 4 * HOUR + 1]) {
    await assert.rejects(ask({ seconds }), time(seconds))
  }
  for (const reason of ['', '   ', 'x'.repeat(257), 'a\u202eb', 'a\u0000b']) {
    await assert.rejects(ask({ reason }), { code: 'ERR_REASON' })
  }
  await assert.rejects(ask({ group: 'dev' }), {
    code: 'ERR_GROUP_NOT_REQUESTABLE',
    message: 'membership of "dev" cannot be asked for',
  })
  await assert.rejects(ask({ group: 'nowhere' }), { code: 'ERR_GROUP_UNKNOWN' })
  await groups.addMember('prod-admins', { user: 'grace' }, BY)
  await assert.rejects(requests.ask(wish(grace.id), by(grace.id, 'grace')), {
    code: 'ERR_MEMBER_ALREADY',
    message: 'grace is in "prod-admins" already, without an end',
  })
  const both = await Promise.allSettled([ask({}), ask({})])
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  await assert.rejects(ask({}), {
    code: 'ERR_REQUEST_EXISTS',
    message: 'ada has asked for "prod-admins" already, and waits for an answer',
  })
  const [waiting] = await requests.waiting('all')
  assert.ok(waiting)
  await assert.rejects(requests.withdraw(waiting.id, grace.id, by(grace.id, 'grace')), {
    code: 'ERR_REQUEST_UNKNOWN',
    message: `there is no request "${waiting.id}"`,
  })
  for (let made = 1; made < 20; made++) {
    const [open] = await requests.waiting('all')
    if (open !== undefined) await requests.withdraw(open.id, ada.id, by(ada.id, 'ada'))
    await ask({})
  }
  const [last] = await requests.waiting('all')
  assert.ok(last)
  await requests.withdraw(last.id, ada.id, by(ada.id, 'ada'))
  await assert.rejects(ask({}), {
    code: 'ERR_REQUESTS_MANY',
    message: 'more than 20 requests in a day',
  })
})

test('an offer that was taken back or shortened since counts as it is now', async () => {
  await using fixture = await openDirectory()
  const { requests, groups } = fixture.directory
  const { ada, olga } = await stage(fixture)
  const { id } = await requests.ask(wish(ada.id, { seconds: 4 * HOUR }), by(ada.id, 'ada'))
  const approve = () => requests.approve(id, passkey(olga.id, fixture.now()), by(olga.id, 'olga'))
  await groups.change('prod-admins', { longestMembership: null }, BY)
  await assert.rejects(approve(), { code: 'ERR_GROUP_NOT_REQUESTABLE' })
  await groups.change('prod-admins', { longestMembership: 1800 }, BY)
  assert.equal((await approve()).endsAt, fixture.now() + 1_800_000)
})

test('a membership is made longer and never shorter, and one for a while is a user’s', async () => {
  await using fixture = await openDirectory()
  const { groups, subject } = fixture.directory
  const { ada } = await stage(fixture)
  const end = async () => (await subject(ada.id))?.groupsEndAt
  const now = fixture.now()
  assert.equal(await groups.addMember('dev', { user: 'ada' }, BY, now + 2_000), true)
  assert.equal(await groups.addMember('dev', { user: 'ada' }, BY, now + 1_000), false)
  assert.equal(await end(), now + 2_000)
  assert.equal(await groups.addMember('dev', { user: 'ada' }, BY, now + 3_000), true)
  assert.equal(await end(), now + 3_000)
  assert.equal(await groups.addMember('dev', { user: 'ada' }, BY), true)
  assert.equal(await end(), null)
  assert.equal(await groups.addMember('dev', { user: 'ada' }, BY, now + 9_000), false)
  const refused = {
    code: 'ERR_MEMBERSHIP_END',
    message: 'a membership for a while is a user’s, and ends later',
  }
  await assert.rejects(groups.addMember('dev', { user: 'olga' }, BY, now), refused)
  await assert.rejects(groups.addMember('dev', { group: 'prod-admins' }, BY, now + 1), refused)
})

test('an admin for a while is no last admin', async () => {
  await using fixture = await openDirectory()
  const { users, groups } = fixture.directory
  await stage(fixture)
  await groups.add({ name: 'lanyard-admins' }, BY)
  await groups.addMember('lanyard-admins', { user: 'olga' }, BY)
  await groups.addMember('lanyard-admins', { user: 'ada' }, BY, fixture.now() + 60_000)
  await assert.rejects(users.disable('olga', BY), { code: 'ERR_LAST_ADMIN' })
})

test('owners are named once, listed both ways, and go with the group', async () => {
  await using fixture = await openDirectory()
  const { owners, groups } = fixture.directory
  const { olga } = await stage(fixture)
  assert.equal(await owners.add('prod-admins', 'olga', BY), false)
  assert.equal(await owners.add('dev', 'OLGA', BY), true)
  assert.deepEqual(await owners.of(olga.id), ['dev', 'prod-admins'])
  assert.deepEqual(await owners.list('dev'), ['olga'])
  assert.equal(await owners.remove('dev', 'ada', BY), false)
  await groups.delete('dev', BY)
  assert.deepEqual(await owners.of(olga.id), ['prod-admins'])
  await assert.rejects(owners.add('nowhere', 'olga', BY), { code: 'ERR_GROUP_UNKNOWN' })
  await assert.rejects(owners.add('prod-admins', 'nobody', BY), { code: 'ERR_USER_UNKNOWN' })
  // To manage is not to be in it.
  assert.deepEqual((await fixture.directory.subject(olga.id))?.groups, [])
})

test('a group’s policy and time are held to their bounds', async () => {
  await using fixture = await openDirectory()
  const { groups } = fixture.directory
  await stage(fixture)
  const policy = { factors: 'passkey', maxAge: 900 } as const
  assert.deepEqual((await groups.change('dev', { policy }, BY)).policy, policy)
  assert.deepEqual((await groups.get('dev')).policy, policy)
  for (const maxAge of [0, 59, 1.5, 90 * 86_400 + 1, Number.NaN]) {
    await assert.rejects(groups.change('dev', { policy: { ...policy, maxAge } }, BY), {
      code: 'ERR_POLICY_INVALID',
      message: `a sign-in of at most ${maxAge} seconds must be a whole number from 60 to 7776000`,
    })
  }
  await assert.rejects(groups.change('dev', { longestMembership: 59 }, BY), {
    code: 'ERR_MEMBERSHIP_LONGEST',
    message: 'a membership of at most 59 seconds must be a whole number from 60 to 2592000',
  })
})
