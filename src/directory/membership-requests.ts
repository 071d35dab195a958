import type { Selectable } from 'kysely'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { type AuditDetail, type AuditType, recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, LanyardError, type UserId } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { refuseToMakeAdmins } from './admins.ts'
import type { Context } from './context.ts'
import { addUserTo, getGroup } from './groups.ts'
import { parseReason, randomId } from './names.ts'
import type { MembershipRequest, MembershipRequests, RequestApproval } from './types.ts'
import { getUserById, targetOf } from './user-rows.ts'

/** Nobody answers a request that is older. */
const WAITING_MS = 24 * 3_600_000
/** How many one person may make in that time. */
const MOST_A_DAY = 20
/** The passkey with which an owner approves was used at most so long ago. */
const FRESH_MS = 5 * 60_000
const MIN_SECONDS = 60

type Row = Selectable<Schema['membership_requests']> & {
  readonly group_name: string
  readonly username: string
}

/** Membership for a while: asked for with a reason, approved by an owner with a passkey, ended by itself. */
export function createMembershipRequests(context: Context): MembershipRequests {
  const { store, clock } = context
  return {
    ask: (request, by) => store.write((tx) => ask(tx, context, request, by)),
    withdraw: (id, userId, by) =>
      store.write(async (tx) => {
        const request = await getRequest(tx.query, id)
        if (request.userId !== userId) throw unknown(id)
        await settle(tx, context, request, { state: 'withdrawn', by })
      }),
    refuse: (id, by) =>
      store.write(async (tx) => {
        await settle(tx, context, await getRequest(tx.query, id), { state: 'refused', by })
      }),
    approve: (id, approval, by) => store.write((tx) => approve(tx, context, id, approval, by)),
    get: (id) => getRequest(store.query, id),
    async waiting(groups) {
      if (groups !== 'all' && groups.length === 0) return []
      let select = selectRequests(store.query)
        .where('membership_requests.state', '=', 'waiting')
        .where('membership_requests.expires_at', '>', clock())
      if (groups !== 'all') select = select.where('groups.name', 'in', groups)
      const rows = await select.orderBy('membership_requests.created_at').limit(200).execute()
      return rows.map(toRequest)
    },
    async of(userId) {
      const rows = await selectRequests(store.query)
        .where('membership_requests.user_id', '=', userId)
        .orderBy('membership_requests.created_at', 'desc')
        .limit(20)
        .execute()
      return rows.map(toRequest)
    },
    async requestable(userId) {
      const rows = await store.query
        .selectFrom('groups')
        .leftJoin('group_users', (join) =>
          join
            .onRef('group_users.group_id', '=', 'groups.id')
            .on('group_users.user_id', '=', userId),
        )
        .select(['groups.name', 'groups.description', 'groups.longest_membership'])
        .select(['group_users.user_id as member', 'group_users.expires_at as ends_at'])
        .where('groups.longest_membership', 'is not', null)
        .orderBy('groups.name')
        .limit(200)
        .execute()
      return rows.map((row) => ({
        name: row.name,
        description: row.description,
        longestSeconds: row.longest_membership ?? 0,
        member: row.member === null ? false : { endsAt: row.ends_at },
      }))
    },
  }
}

function selectRequests(query: Queries) {
  return query
    .selectFrom('membership_requests')
    .innerJoin('groups', 'groups.id', 'membership_requests.group_id')
    .innerJoin('users', 'users.id', 'membership_requests.user_id')
    .selectAll('membership_requests')
    .select(['groups.name as group_name', 'users.username'])
}

function toRequest(row: Row): MembershipRequest {
  return {
    id: row.id,
    group: row.group_name,
    userId: row.user_id as UserId,
    username: row.username,
    reason: row.reason,
    seconds: row.seconds,
    state: row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by_name,
    endsAt: row.ends_at,
  }
}

/** @throws LanyardError ERR_REQUEST_UNKNOWN */
async function getRequest(query: Queries, id: string): Promise<MembershipRequest> {
  const row = await selectRequests(query)
    .where('membership_requests.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw unknown(id)
  return toRequest(row)
}

async function ask(
  tx: Transaction,
  context: Context,
  asked: Parameters<MembershipRequests['ask']>[0],
  by: By,
): Promise<MembershipRequest> {
  const now = context.clock()
  const reason = parseReason(asked.reason)
  const group = await getGroup(tx.query, asked.group)
  // Whoever asks for a group that may not be asked for learns no more of it than of one that is not there.
  if (group.longestMembership === null) throw notRequestable(group.name)
  const { seconds } = asked
  if (
    !Number.isSafeInteger(seconds) ||
    seconds < MIN_SECONDS ||
    seconds > group.longestMembership
  ) {
    throw new LanyardError(
      'ERR_REQUEST_TIME',
      `${seconds} seconds in ${quoteName(group.name)} must be a whole number from ${MIN_SECONDS} to ${group.longestMembership}`,
    )
  }
  const user = await getUserById(tx.query, asked.userId)
  await refusePermanent(tx, group, user)
  await refuseMany(tx, asked.userId, now)
  await tx.query
    .deleteFrom('membership_requests')
    .where('user_id', '=', asked.userId)
    .where('group_id', '=', group.id)
    .where('state', '=', 'waiting')
    .where('expires_at', '<=', now)
    .execute()
  const id = randomId()
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('membership_requests')
    .values({
      ...{ id, group_id: group.id, user_id: asked.userId, reason, seconds, state: 'waiting' },
      ...{ created_at: now, expires_at: now + WAITING_MS },
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) {
    throw new LanyardError(
      'ERR_REQUEST_EXISTS',
      `${user.username} has asked for ${quoteName(group.name)} already, and waits for an answer`,
    )
  }
  const request = await getRequest(tx.query, id)
  await record(tx, context, 'group.membership_requested', request, by, { reason, seconds })
  return request
}

async function refusePermanent(
  tx: Transaction,
  group: { readonly id: string; readonly name: string },
  user: { readonly id: UserId; readonly username: string },
): Promise<void> {
  const member = await tx.query
    .selectFrom('group_users')
    .select('user_id')
    .where('group_id', '=', group.id)
    .where('user_id', '=', user.id)
    .where('expires_at', 'is', null)
    .executeTakeFirst()
  if (member === undefined) return
  throw new LanyardError(
    'ERR_MEMBER_ALREADY',
    `${user.username} is in ${quoteName(group.name)} already, without an end`,
  )
}

async function refuseMany(tx: Transaction, userId: UserId, now: EpochMs): Promise<void> {
  const { count } = await tx.query
    .selectFrom('membership_requests')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('created_at', '>', now - WAITING_MS)
    .executeTakeFirstOrThrow()
  if (count < MOST_A_DAY) return
  throw new LanyardError('ERR_REQUESTS_MANY', `more than ${MOST_A_DAY} requests in a day`, {
    hint: 'ask an owner of the group, or wait until tomorrow',
  })
}

async function approve(
  tx: Transaction,
  context: Context,
  id: string,
  { userId, amr, authenticatedAt }: RequestApproval,
  by: By,
): Promise<MembershipRequest> {
  const request = await getRequest(tx.query, id)
  if (request.userId === userId) {
    throw new LanyardError('ERR_REQUEST_OWN', 'nobody approves a request of their own', {
      hint: 'ask another owner of the group',
    })
  }
  const age = context.clock() - authenticatedAt
  if (!amr.includes('pop') || !(age >= 0 && age <= FRESH_MS)) {
    throw new LanyardError('ERR_PASSKEY_NEEDED', 'a request is approved with a passkey', {
      hint: 'use your passkey now, then approve again',
    })
  }
  const group = await getGroup(tx.query, request.group)
  if (!(await isOwner(tx, group.id, userId))) await refuseToMakeAdmins(tx, context, group.id, by)
  // The admin may have taken the offer back, or shortened it, since it was asked for.
  if (group.longestMembership === null) throw notRequestable(group.name)
  const seconds = Math.min(request.seconds, group.longestMembership)
  const endsAt = context.clock() + seconds * 1000
  await settle(tx, context, request, { state: 'approved', by, endsAt, seconds })
  const user = await getUserById(tx.query, request.userId)
  await addUserTo(tx, context, group, user, by, endsAt)
  return getRequest(tx.query, id)
}

async function isOwner(tx: Transaction, groupId: string, userId: UserId): Promise<boolean> {
  const owner = await tx.query
    .selectFrom('group_owners')
    .select('user_id')
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return owner !== undefined
}

/** One conditional statement: of two who answer at once, one does. */
async function settle(
  tx: Transaction,
  context: Context,
  request: MembershipRequest,
  answer: {
    readonly state: 'approved' | 'refused' | 'withdrawn'
    readonly by: By
    readonly endsAt?: EpochMs
    readonly seconds?: number
  },
): Promise<void> {
  const now = context.clock()
  const { actor } = answer.by
  const { numUpdatedRows } = await tx.query
    .updateTable('membership_requests')
    .set({
      ...{ state: answer.state, decided_at: now, ends_at: answer.endsAt ?? null },
      decided_by_id: actor.kind === 'user' ? actor.userId : null,
      decided_by_name: actor.kind === 'user' ? actor.username : actor.kind,
    })
    .where('id', '=', request.id)
    .where('state', '=', 'waiting')
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) {
    throw new LanyardError('ERR_REQUEST_SETTLED', 'this request was answered or has expired')
  }
  const detail = answer.seconds === undefined ? {} : { seconds: answer.seconds }
  await record(tx, context, `group.membership_${answer.state}`, request, answer.by, detail)
}

function record(
  tx: Transaction,
  { clock }: Context,
  type: AuditType,
  { id, group, userId, username }: MembershipRequest,
  by: By,
  detail: AuditDetail,
): Promise<void> {
  const target = targetOf({ id: userId, username })
  return recordEvent(tx, clock, { type, by, target, detail: { group, request: id, ...detail } })
}

function unknown(id: string): LanyardError {
  return new LanyardError('ERR_REQUEST_UNKNOWN', `there is no request ${quoteName(id)}`)
}

function notRequestable(name: string): LanyardError {
  return new LanyardError(
    'ERR_GROUP_NOT_REQUESTABLE',
    `membership of ${quoteName(name)} cannot be asked for`,
  )
}
