import { sql } from 'kysely'
import { prepare, type Reader } from '../../db/index.ts'
import type { UserId } from '../errors/index.ts'
import type { Subject } from './types.ts'

const selectSubject = prepare<{ userId: string }>()((db, param) =>
  db
    .withRecursive('reached(group_id)', (cte) =>
      cte
        .selectFrom('group_users')
        .select('group_id')
        .where('user_id', '=', param('userId'))
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
    ])
    .where('users.id', '=', param('userId')),
)

/** On the way of every token: one query, nothing read that a decision does not use. */
export async function readSubject(reader: Reader, userId: UserId): Promise<Subject | undefined> {
  const row = await reader.first(selectSubject, { userId })
  if (row === undefined) return undefined
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
  }
}
