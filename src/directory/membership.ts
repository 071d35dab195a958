import type { Queries, Transaction } from '../../db/index.ts'
import { type EpochMs, type GroupId, LanyardError, type UserId } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

/** The groups that a user is in, directly (`via` null) or through a member group. */
export async function groupsOf(
  query: Queries,
  userId: UserId,
  now: EpochMs,
): Promise<{ name: string; via: string | null }[]> {
  const rows = await query
    .withRecursive('reached(group_id, via_id)', (cte) =>
      cte
        .selectFrom('group_users')
        .select((row) => ['group_id', row.val<string | null>(null).as('via_id')])
        .where('user_id', '=', userId)
        .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]))
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
    .select(['groups.name', 'between.name as via'])
    .execute()
  const found = new Map<string, string | null>()
  for (const { name, via } of rows) {
    const known = found.get(name)
    if (known === undefined || via === null || (known !== null && via < known)) found.set(name, via)
  }
  return [...found].map(([name, via]) => ({ name, via })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** When the direct memberships end that do. */
export async function endsOf(
  query: Queries,
  userId: UserId,
  now: EpochMs,
): Promise<Map<string, EpochMs>> {
  const rows = await query
    .selectFrom('group_users')
    .innerJoin('groups', 'groups.id', 'group_users.group_id')
    .select(['groups.name', 'group_users.expires_at'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .execute()
  return new Map(rows.map((row) => [row.name, Number(row.expires_at)]))
}

/**
 * Refuses to put `member` into `group` where `group` is in `member` already.
 * @throws LanyardError ERR_GROUP_CIRCLE, whose sentence names the path
 */
export async function refuseCircle(
  tx: Transaction,
  group: { readonly id: GroupId; readonly name: string },
  member: { readonly id: GroupId; readonly name: string },
): Promise<void> {
  const path = await pathDown(tx, member, group)
  if (path === undefined) return
  const circle = [group.name, ...path].join(' > ')
  throw new LanyardError(
    'ERR_GROUP_CIRCLE',
    `group ${quoteName(member.name)} cannot be a member of ${quoteName(group.name)}: ${circle} would be a circle`,
  )
}

interface Step {
  readonly id: string
  readonly path: readonly string[]
}

/** The names from `from` down to `to`, both included, by the shortest way. */
async function pathDown(
  tx: Transaction,
  from: { readonly id: string; readonly name: string },
  to: { readonly id: string },
): Promise<readonly string[] | undefined> {
  const seen = new Set([from.id])
  let level: Step[] = [{ id: from.id, path: [from.name] }]
  while (level.length > 0) {
    const arrived = level.find((step) => step.id === to.id)
    if (arrived !== undefined) return arrived.path
    const next: Step[] = []
    for (const step of level) {
      for (const { id, name } of await membersOf(tx, step.id)) {
        if (seen.has(id)) continue
        seen.add(id)
        next.push({ id, path: [...step.path, name] })
      }
    }
    level = next
  }
  return undefined
}

async function membersOf(
  tx: Transaction,
  groupId: string,
): Promise<{ id: string; name: string }[]> {
  return tx.query
    .selectFrom('group_groups')
    .innerJoin('groups', 'groups.id', 'group_groups.member_id')
    .select(['groups.id', 'groups.name'])
    .where('group_groups.group_id', '=', groupId)
    .orderBy('groups.name')
    .execute()
}
