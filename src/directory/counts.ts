import type { Context } from './context.ts'

/** How many there are of what an overview shows. */
export interface Counts {
  readonly users: number
  readonly disabled: number
  readonly groups: number
  /** Active people who have no second factor and are in the admin group, by name; at most ten. */
  readonly adminsWithOneFactor: readonly string[]
  /** Active people in the admin group, directly or through others; at most eleven are counted. */
  readonly admins: number
}

const MOST_ADMINS = 10

/** Each from an index alone. */
export async function countDirectory({ store, adminGroup, clock }: Context): Promise<Counts> {
  const { query } = store
  const now = clock()
  const [users, disabled, groups, admins] = await Promise.all([
    query
      .selectFrom('users')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    query
      .selectFrom('users')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('status', '=', 'disabled')
      .executeTakeFirstOrThrow(),
    query
      .selectFrom('groups')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    selectAdmins(query, adminGroup, now).execute(),
  ])
  return {
    users: users.count,
    disabled: disabled.count,
    groups: groups.count,
    admins: admins.length,
    adminsWithOneFactor: admins
      .filter(({ passkey, code }) => passkey === null && code === null)
      .map(({ username }) => username)
      .slice(0, MOST_ADMINS),
  }
}

function selectAdmins(query: Context['store']['query'], adminGroup: string, now: number) {
  return query
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
    .select('users.username')
    .distinct()
    .select((row) => [
      row
        .selectFrom('passkeys')
        .whereRef('passkeys.user_id', '=', 'users.id')
        .select('passkeys.user_id')
        .limit(1)
        .as('passkey'),
      row
        .selectFrom('one_time_codes')
        .whereRef('one_time_codes.user_id', '=', 'users.id')
        .where('one_time_codes.confirmed_at', 'is not', null)
        .select('one_time_codes.user_id')
        .as('code'),
    ])
    .where('users.status', '=', 'active')
    .where((row) =>
      row.or([row('group_users.expires_at', 'is', null), row('group_users.expires_at', '>', now)]),
    )
    .orderBy('users.username')
    .limit(MOST_ADMINS + 1)
}
