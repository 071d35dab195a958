import type { Selectable } from 'kysely'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { type AuditDetail, type AuditType, recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, type GroupId, LanyardError } from '../errors/index.ts'
import { canonicaliseName, quoteName } from '../kubernetes/index.ts'
import { keepAnAdmin, refuseToMakeAdmins } from './admins.ts'
import type { Context } from './context.ts'
import { parseGroupPolicy, parseLongest } from './group-policy.ts'
import { endsOf, groupsOf, refuseCircle } from './membership.ts'
import { buryName, canonicalName, parseDescription, randomId, refuseRetiredName } from './names.ts'
import { pageBounds } from './page.ts'
import type { Group, GroupChange, Groups, Member } from './types.ts'
import { getUser, targetOf } from './user-rows.ts'

export function createGroups(context: Context): Groups {
  const { store } = context
  return {
    async add({ name: input, description = '' }, by) {
      const name = canonicalName('group', input)
      const text = parseDescription(description)
      return store.write((tx) => insertGroup(tx, context, name, text, by))
    },
    async list(page = {}) {
      const { after, from, before, limit } = pageBounds(page)
      const rows = await store.query
        .selectFrom('groups')
        .selectAll()
        .where('name', '>', after)
        .where('name', '>=', from)
        .where('name', '<', before)
        .orderBy('name')
        .limit(limit)
        .execute()
      return rows.map(toGroup)
    },
    find: (name) => findGroup(store.query, name),
    get: (name) => getGroup(store.query, name),
    change: (name, change, by) => changeGroup(context, name, change, by),
    delete: (name, by) => store.write((tx) => deleteGroup(tx, context, name, by)),
    addMember: (name, member, by, endsAt = null) =>
      store.write((tx) => addMember(tx, context, name, member, { by, endsAt })),
    removeMember: (name, member, by) =>
      store.write((tx) =>
        keepAnAdmin(tx, context.adminGroup, () => removeMember(tx, context, name, member, by)),
      ),
    members: (name) => directMembers(store.query, name),
    of: (userId) => groupsOf(store.query, userId, context.clock()),
    ends: (userId) => endsOf(store.query, userId, context.clock()),
  }
}

/** @throws LanyardError ERR_GROUP_EXISTS, ERR_NAME_RETIRED */
export async function insertGroup(
  tx: Transaction,
  context: Context,
  name: string,
  description: string,
  by: By,
): Promise<Group> {
  await refuseRetiredName(tx, 'group', name)
  const group: Group = {
    id: randomId() as GroupId,
    name,
    description,
    createdAt: context.clock(),
    policy: { factors: 'any', maxAge: null },
    longestMembership: null,
  }
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('groups')
    .values({ id: group.id, name, description, created_at: group.createdAt })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) {
    throw new LanyardError('ERR_GROUP_EXISTS', `group ${quoteName(name)} exists already`)
  }
  await record(tx, context, 'group.added', group, by)
  return group
}

export async function findGroup(query: Queries, name: string): Promise<Group | undefined> {
  const row = await query
    .selectFrom('groups')
    .selectAll()
    .where('name', '=', canonicaliseName(name))
    .executeTakeFirst()
  return row === undefined ? undefined : toGroup(row)
}

/** @throws LanyardError ERR_GROUP_UNKNOWN */
export async function getGroup(query: Queries, name: string): Promise<Group> {
  const group = await findGroup(query, name)
  if (group !== undefined) return group
  throw new LanyardError('ERR_GROUP_UNKNOWN', `no group is named ${quoteName(name)}`, {
    hint: 'lanyard group list shows them all',
  })
}

function toGroup(row: Selectable<Schema['groups']>): Group {
  return {
    id: row.id as GroupId,
    name: row.name,
    description: row.description,
    createdAt: row.created_at,
    policy: { factors: row.factors, maxAge: row.max_age },
    longestMembership: row.longest_membership,
  }
}

function changeGroup(context: Context, name: string, change: GroupChange, by: By): Promise<Group> {
  return context.store.write((tx) => changeGroupIn(tx, context, name, change, by))
}

/** @throws LanyardError ERR_GROUP_UNKNOWN, ERR_DESCRIPTION and those of a policy */
export async function changeGroupIn(
  tx: Transaction,
  context: Context,
  name: string,
  change: GroupChange,
  by: By,
): Promise<Group> {
  const group = await getGroup(tx.query, name)
  const { description, policy, longestMembership } = change
  const after: Group = {
    ...group,
    ...(description === undefined ? {} : { description: parseDescription(description) }),
    ...(policy === undefined ? {} : { policy: parseGroupPolicy(policy) }),
    ...(longestMembership === undefined
      ? {}
      : { longestMembership: parseLongest(longestMembership) }),
  }
  const fields = (Object.keys(change) as (keyof GroupChange)[]).filter(
    (key) => JSON.stringify(group[key]) !== JSON.stringify(after[key]),
  )
  if (fields.length === 0) return group
  await tx.query
    .updateTable('groups')
    .set({
      description: after.description,
      factors: after.policy.factors,
      max_age: after.policy.maxAge,
      longest_membership: after.longestMembership,
    })
    .where('id', '=', group.id)
    .execute()
  await record(tx, context, 'group.changed', group, by, { fields })
  return after
}

async function deleteGroup(tx: Transaction, context: Context, name: string, by: By): Promise<void> {
  const group = await getGroup(tx.query, name)
  // Its name could never be used again, and with it nobody could become an admin.
  if (group.name === context.adminGroup) {
    throw new LanyardError(
      'ERR_LAST_ADMIN',
      `group ${quoteName(group.name)} holds the admins and cannot be deleted`,
    )
  }
  await keepAnAdmin(tx, context.adminGroup, async () => {
    await tx.query.deleteFrom('groups').where('id', '=', group.id).execute()
    await buryName(tx, 'group', group.name, context.clock())
    await record(tx, context, 'group.deleted', group, by)
  })
}

export async function addMember(
  tx: Transaction,
  context: Context,
  name: string,
  member: Member,
  { by, endsAt }: { readonly by: By; readonly endsAt: EpochMs | null },
): Promise<boolean> {
  const group = await getGroup(tx.query, name)
  if (endsAt !== null && (member.user === undefined || !(endsAt > context.clock()))) {
    throw new LanyardError(
      'ERR_MEMBERSHIP_END',
      'a membership for a while is a user’s, and ends later',
    )
  }
  if (member.user !== undefined) {
    const user = await getUser(tx.query, member.user)
    return addUserTo(tx, context, group, user, by, endsAt)
  }
  const inner = await getGroup(tx.query, member.group)
  await refuseCircle(tx, group, inner)
  await refuseToMakeAdmins(tx, context, group.id, by)
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('group_groups')
    .values({ group_id: group.id, member_id: inner.id })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return false
  await record(tx, context, 'group.member_added', group, by, { member: inner.name })
  return true
}

/**
 * A membership is made longer and never shorter; false when it was as long already. The event's target is the user: it is in their
 * record that somebody will look for it.
 */
export async function addUserTo(
  tx: Transaction,
  context: Context,
  group: Group,
  user: Parameters<typeof targetOf>[0],
  by: By,
  endsAt: EpochMs | null = null,
): Promise<boolean> {
  if (endsAt === null) await refuseToMakeAdmins(tx, context, group.id, by)
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('group_users')
    .values({ group_id: group.id, user_id: user.id, expires_at: endsAt })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'group_id'])
        .doUpdateSet({ expires_at: endsAt })
        .where((row) =>
          endsAt === null
            ? row('group_users.expires_at', 'is not', null)
            : row('group_users.expires_at', '<', endsAt),
        ),
    )
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return false
  await recordEvent(tx, context.clock, {
    type: 'group.member_added',
    by,
    target: targetOf(user),
    detail: {
      group: group.name,
      ...(endsAt === null ? {} : { until: new Date(endsAt).toISOString() }),
    },
  })
  return true
}

export async function removeMember(
  tx: Transaction,
  context: Context,
  name: string,
  member: Member,
  by: By,
): Promise<boolean> {
  const group = await getGroup(tx.query, name)
  if (member.user !== undefined) {
    const user = await getUser(tx.query, member.user)
    const { numDeletedRows } = await tx.query
      .deleteFrom('group_users')
      .where('group_id', '=', group.id)
      .where('user_id', '=', user.id)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return false
    await recordEvent(tx, context.clock, {
      type: 'group.member_removed',
      by,
      target: targetOf(user),
      detail: { group: group.name },
    })
    return true
  }
  const inner = await getGroup(tx.query, member.group)
  const { numDeletedRows } = await tx.query
    .deleteFrom('group_groups')
    .where('group_id', '=', group.id)
    .where('member_id', '=', inner.id)
    .executeTakeFirst()
  if (numDeletedRows === 0n) return false
  await record(tx, context, 'group.member_removed', group, by, { member: inner.name })
  return true
}

async function directMembers(query: Queries, name: string) {
  const group = await getGroup(query, name)
  const users = await query
    .selectFrom('group_users')
    .innerJoin('users', 'users.id', 'group_users.user_id')
    .select('users.username as name')
    .where('group_users.group_id', '=', group.id)
    .orderBy('users.username')
    .execute()
  const groups = await query
    .selectFrom('group_groups')
    .innerJoin('groups', 'groups.id', 'group_groups.member_id')
    .select('groups.name')
    .where('group_groups.group_id', '=', group.id)
    .orderBy('groups.name')
    .execute()
  return { users: users.map((user) => user.name), groups: groups.map((inner) => inner.name) }
}

function record(
  tx: Transaction,
  { clock }: Context,
  type: AuditType,
  group: Group,
  by: By,
  detail: AuditDetail = {},
): Promise<void> {
  return recordEvent(tx, clock, {
    type,
    by,
    target: { kind: 'group', id: group.id, name: group.name },
    detail,
  })
}
