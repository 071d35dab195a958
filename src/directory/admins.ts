import type { Queries, Transaction } from '../../db/index.ts'
import { LanyardError } from '../errors/index.ts'

/** True when an active user is in `adminGroup`, directly or through other groups. */
export async function hasAdmin(query: Queries, adminGroup: string): Promise<boolean> {
  const admin = await query
    .withRecursive('reached(id)', (cte) =>
      cte
        .selectFrom('groups')
        .select('id')
        .where('name', '=', adminGroup)
        .union(
          cte
            .selectFrom('group_groups')
            .innerJoin('reached', 'reached.id', 'group_groups.group_id')
            .select('group_groups.member_id as id'),
        ),
    )
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
