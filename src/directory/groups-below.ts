import type { Queries } from '../../db/index.ts'

/** A query that may select from `reached(id)`: a group and every group that is in it, through however many others. */
export function withGroupsBelow(
  query: Queries,
  group: { readonly id: string } | { readonly name: string },
) {
  const [column, value] =
    'id' in group ? (['id', group.id] as const) : (['name', group.name] as const)
  return query.withRecursive('reached(id)', (cte) =>
    cte
      .selectFrom('groups')
      .select('id')
      .where(column, '=', value)
      .union(
        cte
          .selectFrom('group_groups')
          .innerJoin('reached', 'reached.id', 'group_groups.group_id')
          .select('group_groups.member_id as id'),
      ),
  )
}
