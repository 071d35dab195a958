import type { Queries, Transaction } from '../../db/index.ts'
import { type By, LanyardError, type UserId } from '../errors/index.ts'
import { groupsAbove } from './groups-above.ts'
import { withGroupsBelow } from './groups-below.ts'
import { groupsOf } from './membership.ts'

/** True when an active user is in `adminGroup`, directly or through other groups. */
export async function hasAdmin(query: Queries, adminGroup: string): Promise<boolean> {
  const admin = await withGroupsBelow(query, { name: adminGroup })
    .selectFrom('reached')
    .innerJoin('group_users', 'group_users.group_id', 'reached.id')
    .innerJoin('users', 'users.id', 'group_users.user_id')
    .select('users.id')
    .where('users.status', '=', 'active')
    // Whoever is an admin for a while leaves nobody behind.
    .where('group_users.expires_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return admin !== undefined
}

/**
 * Makes a change unless it would leave nobody to administer Lanyard; asked within the write, so two cannot pass together.
 * @throws LanyardError ERR_LAST_ADMIN
 */
export async function keepAnAdmin<T>(
  tx: Transaction,
  adminGroup: string,
  change: () => Promise<T>,
): Promise<T> {
  const before = await hasAdmin(tx.query, adminGroup)
  const result = await change()
  if (before && !(await hasAdmin(tx.query, adminGroup))) {
    throw new LanyardError(
      'ERR_LAST_ADMIN',
      `this would leave no active user in the admin group "${adminGroup}"`,
      { hint: `add another user to "${adminGroup}" first` },
    )
  }
  return result
}

/** Whether they are an admin by memberships that have no end. */
export async function isAdminForGood(
  query: Queries,
  adminGroup: string,
  userId: UserId,
): Promise<boolean> {
  const groups = await groupsOf(query, userId, Number.MAX_SAFE_INTEGER)
  return groups.some(({ name }) => name === adminGroup)
}

/**
 * Threat 16: whoever is an admin for a while, or in charge of one group alone, would keep or make an admin beyond that. Asked of people, and
 * not of commands on the server's machine.
 * @throws LanyardError ERR_FORBIDDEN
 */
export async function refuseToMakeAdmins(
  tx: Transaction,
  { adminGroup }: { readonly adminGroup: string },
  groupId: string,
  { actor }: By,
): Promise<void> {
  if (actor.kind !== 'user') return
  if (!(await groupsAbove(tx.query, [groupId])).includes(adminGroup)) return
  if (await isAdminForGood(tx.query, adminGroup, actor.userId)) return
  throw new LanyardError(
    'ERR_FORBIDDEN',
    `${actor.username} is no admin for good, and makes nobody one`,
    { hint: 'an admin whose membership has no end can' },
  )
}

/**
 * Threat 16: an account that is an admin for good, or an owner of a group that makes admins, is opened by nobody who is less: who may come
 * into it is what it is. Asked of people, about others than themselves.
 * @throws LanyardError ERR_FORBIDDEN
 */
export async function refuseWayIntoAdmin(
  tx: Transaction,
  { adminGroup }: { readonly adminGroup: string },
  userId: UserId,
  { actor }: By,
): Promise<void> {
  if (actor.kind !== 'user' || actor.userId === userId) return
  const owned = await tx.query
    .selectFrom('group_owners')
    .select('group_id')
    .where('user_id', '=', userId)
    .execute()
  const isMore =
    (await isAdminForGood(tx.query, adminGroup, userId)) ||
    (
      await groupsAbove(
        tx.query,
        owned.map(({ group_id }) => group_id),
      )
    ).includes(adminGroup)
  if (!isMore || (await isAdminForGood(tx.query, adminGroup, actor.userId))) return
  throw new LanyardError(
    'ERR_FORBIDDEN',
    `${actor.username} is no admin for good, and opens no way into an account that makes admins`,
    { hint: 'an admin whose membership has no end can' },
  )
}
