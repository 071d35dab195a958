import { sql } from 'kysely'
import type { Context } from './context.ts'
import { withGroupsBelow } from './groups-below.ts'

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
      // Written out, so that the index of those alone serves it.
      .where('status', '=', sql.lit('disabled'))
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
      .sort()
      .slice(0, MOST_ADMINS),
  }
}

function selectAdmins(query: Context['store']['query'], adminGroup: string, now: number) {
  return withGroupsBelow(query, { name: adminGroup })
    .selectFrom('users')
    .select('users.username')
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
    .where('users.id', 'in', (row) =>
      row
        .selectFrom('reached')
        // Crossed, so that nobody begins with the people.
        .crossJoin('group_users')
        .select('group_users.user_id')
        .whereRef('group_users.group_id', '=', 'reached.id')
        .where((membership) =>
          membership.or([
            membership('group_users.expires_at', 'is', null),
            membership('group_users.expires_at', '>', now),
          ]),
        ),
    )
    .limit(MOST_ADMINS + 1)
}
