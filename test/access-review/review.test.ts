import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Store } from '../../db/index.ts'
import { byTest } from '../support/lanyard.ts'
import { openReviews, type ReviewSite } from './fixture.ts'

const DAY = 86_400_000

describe('an access review', () => {
  let site: ReviewSite
  beforeEach(async () => {
    site = await openReviews()
  })
  afterEach(() => site[Symbol.asyncDispose]())

  it('looks at the groups that matter, each with its reasons, and at no other', async () => {
    await site.directory.groups.change('oncall', { longestMembership: 3_600 }, byTest)
    await site.directory.groups.change(
      'platform',
      { policy: { factors: 'passkey', maxAge: 900 } },
      byTest,
    )
    const { groups, hasMore } = await site.reviews.review()
    assert.deepEqual(
      groups.map(({ name, reasons }) => [name, reasons]),
      [
        ['admins', [{ kind: 'admins' }]],
        ['oncall', [{ kind: 'requestable', longestSeconds: 3_600 }]],
        ['platform', [{ kind: 'policy', factors: 'passkey', maxAge: 900 }]],
      ],
    )
    assert.equal(hasMore, false)
  })

  it('says by which groups somebody is in, and the shorter of two ways', async () => {
    await site.directory.groups.addMember('admins', { group: 'platform' }, byTest)
    await site.directory.groups.addMember('platform', { group: 'oncall' }, byTest)
    for (const user of ['bob', 'ada'])
      await site.directory.groups.addMember('oncall', { user }, byTest)
    await site.directory.groups.addMember('platform', { user: 'eve' }, byTest)
    const [admins] = (await site.reviews.review()).groups
    assert.deepEqual(
      admins?.members.map(({ username, through }) => [username, through]),
      [
        ['ada', []],
        ['bob', ['oncall', 'platform']],
        ['eve', ['platform']],
      ],
    )
  })

  it('leaves memberships out that have ended', async () => {
    const { id } = await site.directory.groups.get('admins')
    const bob = await site.directory.users.get('bob')
    await site.store.write((tx) =>
      tx.query
        .insertInto('group_users')
        .values({ group_id: id, user_id: bob.id, expires_at: site.now + 1_000 })
        .execute(),
    )
    const endsOf = async () =>
      (await site.reviews.review()).groups[0]?.members.map(({ username, endsAt }) => [
        username,
        endsAt,
      ])
    assert.deepEqual(await endsOf(), [
      ['ada', null],
      ['bob', site.now + 1_000],
    ])
    site.now += 1_000
    assert.deepEqual(await endsOf(), [['ada', null]])
  })

  it('of two ways shows the one that lasts', async () => {
    await site.directory.groups.addMember('admins', { group: 'staff' }, byTest)
    await site.directory.groups.addMember('staff', { user: 'bob' }, byTest)
    const { id } = await site.directory.groups.get('admins')
    const bob = await site.directory.users.get('bob')
    await site.store.write((tx) =>
      tx.query
        .insertInto('group_users')
        .values({ group_id: id, user_id: bob.id, expires_at: site.now + 60_000 })
        .execute(),
    )
    const [admins] = (await site.reviews.review()).groups
    assert.deepEqual(
      admins?.members.map(({ username, through, endsAt }) => [username, through, endsAt]),
      [
        ['ada', [], null],
        ['bob', ['staff'], null],
      ],
    )
  })

  it('calls dormant who used nothing for so long, and shows what of theirs lives unused', async () => {
    const [ada, eve] = [
      await site.directory.users.get('ada'),
      await site.directory.users.get('eve'),
    ]
    await site.directory.groups.addMember('admins', { user: 'eve' }, byTest)
    await addDevice(site.store, 'd1', ada.id, site.now, site.now + 200 * DAY)
    await addDevice(site.store, 'd2', eve.id, site.now + 50 * DAY, site.now + 60 * DAY)
    site.now += 91 * DAY
    const review = await site.reviews.review()
    assert.deepEqual(
      review.groups[0]?.members.map((member) => [
        ...[member.username, member.signedInAt, member.devices, member.isDormant],
      ]),
      [
        ['ada', site.now - 91 * DAY, 1, true],
        ['eve', site.now - 41 * DAY, 0, false],
      ],
    )
    assert.deepEqual(review.idle, [
      {
        ...{ kind: 'device', username: 'ada', name: 'laptop', lastUsedAt: site.now - 91 * DAY },
        expiresAt: site.now + 109 * DAY,
      },
    ])
    const later = await site.reviews.review({ dormantDays: 92 })
    assert.deepEqual(
      [later.groups[0]?.members.map(({ isDormant }) => isDormant), later.idle],
      [[false, false], []],
    )
  })

  it('reads as many memberships as are asked for, and says that there are more', async () => {
    await site.directory.groups.change('staff', { longestMembership: 60 }, byTest)
    for (const user of ['ada', 'bob', 'eve'])
      await site.directory.groups.addMember('staff', { user }, byTest)
    const { groups, hasMore } = await site.reviews.review({ most: 2 })
    assert.deepEqual(
      groups.map(({ name, members, hasMore: more }) => [name, members.length, more]),
      [
        ['admins', 1, false],
        ['staff', 1, true],
      ],
    )
    assert.equal(hasMore, true)
    const one = await site.reviews.review({ most: 2, group: 'Staff' })
    assert.deepEqual([one.groups.map(({ name }) => name), one.hasMore], [['staff'], true])
    await assert.rejects(site.reviews.review({ group: 'viewers' }), {
      ...{ code: 'ERR_GROUP_UNKNOWN', message: 'no privileged group is named "viewers"' },
    })
  })

  it('refuses days that are none', async () => {
    for (const dormantDays of [0, -1, 1.5, 3_651, Number.NaN]) {
      await assert.rejects(site.reviews.review({ dormantDays }), {
        code: 'ERR_REVIEW_DAYS',
        message: `dormant after ${dormantDays} days must be a whole number from 1 to 3650`,
      })
    }
  })
})

async function addDevice(
  store: Store,
  id: string,
  userId: string,
  at: number,
  expires_at: number,
): Promise<void> {
  const times = { authenticated_at: at, created_at: at, last_used_at: at, expires_at }
  await store.write((tx) =>
    tx.query
      .insertInto('devices')
      .values({
        ...{ id, user_id: userId, client_id: 'kubectl-lanyard', name: 'laptop', jkt: null },
        ...{ amr: '["pwd"]', acr: 'x', created_address: null, last_address: null },
        ...{ ...times, revoked_at: null, logout_told_at: null },
      })
      .execute(),
  )
}
