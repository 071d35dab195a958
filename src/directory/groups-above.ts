import type { Queries } from '../../db/index.ts'

/** The names of these groups and of every group that they are in, sorted: what a member of them is in. */
export async function groupsAbove(query: Queries, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  const rows = await query
    .withRecursive('reached(id)', (cte) =>
      cte
        .selectFrom('groups')
        .select('id')
        .where('id', 'in', groupIds)
        .union(
          cte
            .selectFrom('group_groups')
            .innerJoin('reached', 'reached.id', 'group_groups.member_id')
            .select('group_groups.group_id as id'),
        ),
    )
    .selectFrom('reached')
    .innerJoin('groups', 'groups.id', 'reached.id')
    .select('groups.name')
    .orderBy('groups.name')
    .execute()
  return rows.map(({ name }) => name)
}
