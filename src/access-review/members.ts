import type { Queries } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

const BATCH = 500

/** One way in which somebody is in a group. */
export interface Membership {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  readonly status: 'active' | 'disabled'
  readonly createdAt: EpochMs
  readonly through: readonly string[]
  readonly endsAt: EpochMs | null
}

/** Everybody in a group, by the shortest way and by username, at most `most`; `hasMore` where there are more. */
export async function readMembers(
  query: Queries,
  groupId: string,
  now: EpochMs,
  most: number,
): Promise<{ members: Membership[]; hasMore: boolean }> {
  const paths = await pathsBelow(query, groupId)
  const ids = [...paths.keys()]
  const found = new Map<string, Membership>()
  let hasMore = false
  for (let start = 0; start < ids.length; start += BATCH) {
    const rows = await query
      .selectFrom('group_users')
      .innerJoin('users', 'users.id', 'group_users.user_id')
      .select(['group_users.group_id', 'group_users.expires_at', 'users.id', 'users.username'])
      .select(['users.display_name', 'users.status', 'users.created_at'])
      .where('group_users.group_id', 'in', ids.slice(start, start + BATCH))
      .where((row) =>
        row.or([
          row('group_users.expires_at', 'is', null),
          row('group_users.expires_at', '>', now),
        ]),
      )
      .limit(most + 1)
      .execute()
    if (rows.length > most) hasMore = true
    for (const row of rows) {
      const membership: Membership = {
        ...{ userId: row.id, username: row.username, displayName: row.display_name },
        ...{ status: row.status, createdAt: row.created_at, endsAt: row.expires_at },
        through: paths.get(row.group_id) ?? [],
      }
      const known = found.get(row.id)
      if (known === undefined || isStronger(membership, known)) found.set(row.id, membership)
    }
  }
  const members = [...found.values()].sort((a, b) => (a.username < b.username ? -1 : 1))
  return { members: members.slice(0, most), hasMore: hasMore || members.length > most }
}

/** Of two ways, the one that lasts longer is what a reviewer has to end; of two that last, the shorter. */
function isStronger(one: Membership, other: Membership): boolean {
  const [left, right] = [one.endsAt ?? Infinity, other.endsAt ?? Infinity]
  if (left !== right) return left > right
  return one.through.length < other.through.length
}

/** The groups that reach into this one, each with the names between, by the shortest way; itself with none. */
async function pathsBelow(
  query: Queries,
  groupId: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const paths = new Map<string, readonly string[]>([[groupId, []]])
  let level = [groupId]
  while (level.length > 0) {
    const next: string[] = []
    for (let start = 0; start < level.length; start += BATCH) {
      const rows = await query
        .selectFrom('group_groups')
        .innerJoin('groups', 'groups.id', 'group_groups.member_id')
        .select(['group_groups.group_id', 'groups.id', 'groups.name'])
        .where('group_groups.group_id', 'in', level.slice(start, start + BATCH))
        .orderBy('groups.name')
        .execute()
      for (const { group_id, id, name } of rows) {
        if (paths.has(id)) continue
        paths.set(id, [name, ...(paths.get(group_id) ?? [])])
        next.push(id)
      }
    }
    level = next
  }
  return paths
}
