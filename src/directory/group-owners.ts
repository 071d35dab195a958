import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, UserId } from '../errors/index.ts'
import { refuseToMakeAdmins } from './admins.ts'
import type { Context } from './context.ts'
import { getGroup } from './groups.ts'
import type { GroupOwners } from './types.ts'
import { getUser, targetOf } from './user-rows.ts'

/** Who may manage the members of a group, and nothing else. */
export function createGroupOwners(context: Context): GroupOwners {
  const { store } = context
  return {
    add: (group, username, by) =>
      store.write((tx) => changeOwner(tx, context, { group, username, type: 'added' }, by)),
    remove: (group, username, by) =>
      store.write((tx) => changeOwner(tx, context, { group, username, type: 'removed' }, by)),
    async list(name) {
      const group = await getGroup(store.query, name)
      const rows = await store.query
        .selectFrom('group_owners')
        .innerJoin('users', 'users.id', 'group_owners.user_id')
        .select('users.username')
        .where('group_owners.group_id', '=', group.id)
        .orderBy('users.username')
        .execute()
      return rows.map(({ username }) => username)
    },
    async of(userId) {
      const rows = await store.query
        .selectFrom('group_owners')
        .innerJoin('groups', 'groups.id', 'group_owners.group_id')
        .select('groups.name')
        .where('group_owners.user_id', '=', userId)
        .orderBy('groups.name')
        .execute()
      return rows.map(({ name }) => name)
    },
  }
}

async function changeOwner(
  tx: Transaction,
  context: Context,
  change: { readonly group: string; readonly username: string; readonly type: 'added' | 'removed' },
  by: By,
): Promise<boolean> {
  const group = await getGroup(tx.query, change.group)
  const user = await getUser(tx.query, change.username)
  if (change.type === 'added') await refuseToMakeAdmins(tx, context, group.id, by)
  const changed =
    change.type === 'added'
      ? await insertOwner(tx, group.id, user.id)
      : await deleteOwner(tx, group.id, user.id)
  if (!changed) return false
  await recordEvent(tx, context.clock, {
    type: `group.owner_${change.type}`,
    by,
    target: targetOf(user),
    detail: { group: group.name },
  })
  return true
}

async function insertOwner(tx: Transaction, groupId: string, userId: UserId): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('group_owners')
    .values({ group_id: groupId, user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows !== 0n
}

async function deleteOwner(tx: Transaction, groupId: string, userId: UserId): Promise<boolean> {
  const { numDeletedRows } = await tx.query
    .deleteFrom('group_owners')
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows !== 0n
}
