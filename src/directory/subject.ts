import { sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import { prepare, type Reader, readDirectoryRevision } from '../../db/index.ts'
import type { Clock, EpochMs, UserId } from '../errors/index.ts'
import type { Subject } from './types.ts'

const selectSubject = prepare<{ userId: string; now: number }>()((db, param) =>
  db
    .withRecursive('reached(group_id)', (cte) =>
      cte
        .selectFrom('group_users')
        .select('group_id')
        .where('user_id', '=', param('userId'))
        .where((row) =>
          row.or([row('expires_at', 'is', null), row('expires_at', '>', param('now'))]),
        )
        .union(
          cte
            .selectFrom('group_groups')
            .innerJoin('reached', 'reached.group_id', 'group_groups.member_id')
            .select('group_groups.group_id'),
        ),
    )
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select([
      'users.username',
      'users.display_name',
      'users.email',
      'users.email_verified',
      'users.status',
      'users.sessions_valid_from',
      'passwords.must_change',
      (row) =>
        row
          .selectFrom('reached')
          .innerJoin('groups', 'groups.id', 'reached.group_id')
          // No name holds a space, and both SQLite and PostgreSQL know string_agg.
          .select(sql<string | null>`string_agg(groups.name, ' ')`.as('names'))
          .as('group_names'),
      (row) =>
        row
          .selectFrom('reached')
          .innerJoin('groups', 'groups.id', 'reached.group_id')
          .where((group) =>
            group.or([
              group('groups.factors', '<>', 'any'),
              group('groups.max_age', 'is not', null),
            ]),
          )
          .select(
            sql<
              string | null
            >`string_agg(groups.name || '>' || groups.factors || '>' || coalesce(groups.max_age, 0), ' ')`.as(
              'guards',
            ),
          )
          .as('guarded'),
      (row) =>
        row
          .selectFrom('group_users')
          .where('user_id', '=', param('userId'))
          .where('expires_at', '>', param('now'))
          .select((membership) => membership.fn.min('expires_at').as('end'))
          .as('groups_end_at'),
    ])
    .where('users.id', '=', param('userId')),
)

/** How somebody is in each of their groups: directly, or through another one. */
const selectWays = prepare<{ userId: string; now: number }>()((db, param) =>
  db
    .withRecursive('reached(group_id, via_id)', (cte) =>
      cte
        .selectFrom('group_users')
        .select((row) => ['group_id', row.val<string | null>(null).as('via_id')])
        .where('user_id', '=', param('userId'))
        .where((row) =>
          row.or([row('expires_at', 'is', null), row('expires_at', '>', param('now'))]),
        )
        .union(
          cte
            .selectFrom('group_groups')
            .innerJoin('reached', 'reached.group_id', 'group_groups.member_id')
            .select(['group_groups.group_id', 'group_groups.member_id as via_id']),
        ),
    )
    .selectFrom('reached')
    .innerJoin('groups', 'groups.id', 'reached.group_id')
    .leftJoin('groups as between', 'between.id', 'reached.via_id')
    .select(['groups.name', 'between.name as via']),
)

/** On the way of every token: one query, and another where a group asks for more; nothing read that a decision does not use. */
export async function readSubject(
  reader: Reader,
  userId: UserId,
  now: EpochMs,
): Promise<Subject | undefined> {
  const row = await reader.first(selectSubject, { userId, now })
  if (row === undefined) return undefined
  const ways = row.guarded === null ? [] : await reader.all(selectWays, { userId, now })
  return {
    userId,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    emailVerified: row.email_verified === 1,
    status: row.status,
    sessionsValidFrom: row.sessions_valid_from,
    mustChangePassword: row.must_change === 1,
    groups: row.group_names === null ? [] : row.group_names.split(' ').sort(),
    guarded: row.guarded === null ? [] : row.guarded.split(' ').sort().map(guardOf),
    ways,
    groupsEndAt: row.groups_end_at,
  }
}

/** No name holds a `>`, while a slash may be in one. */
function guardOf(text: string): Subject['guarded'][number] {
  const [name = '', factors = '', maxAge = ''] = text.split('>')
  if (factors !== 'any' && factors !== 'two' && factors !== 'passkey') {
    throw new TypeError(`"${factors}" is no sign-in policy`)
  }
  return { name, policy: { factors, maxAge: Number(maxAge) || null } }
}

/** People who come again soon; one more costs a query and no more. */
const SUBJECTS_KEPT = 4_096

/**
 * Reads subjects for as long as a process lives. What is kept is handed out only while the directory's counter, read from the database
 * at that very moment, stands where it stood before the subject was read: nobody is admitted on what is no longer so.
 */
export function createSubjects({
  store,
  clock,
}: {
  readonly store: Reader
  readonly clock: Clock
}): (userId: UserId) => Promise<Subject | undefined> {
  const kept = new LRUCache<UserId, { readonly revision: number; readonly subject: Subject }>({
    max: SUBJECTS_KEPT,
  })
  return async (userId) => {
    const revision = await readDirectoryRevision(store)
    const known = kept.get(userId)
    const now = clock()
    if (known?.revision === revision && now < (known.subject.groupsEndAt ?? Infinity)) {
      return known.subject
    }
    const subject = await readSubject(store, userId, now)
    if (subject !== undefined) kept.set(userId, { revision, subject })
    return subject
  }
}
