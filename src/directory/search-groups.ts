import type { Queries } from '../../db/index.ts'
import type { EpochMs, GroupId, UserId } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import type { Context } from './context.ts'
import { getGroup } from './groups.ts'
import { groupsAbove } from './groups-above.ts'
import { pageBounds } from './page.ts'
import type { Page, UserStatus } from './types.ts'

/** What is counted on a page is counted to here, and "more" from there. */
export const COUNTED = 1_000

export interface FoundGroup {
  readonly id: GroupId
  readonly name: string
  readonly description: string
  readonly factors: 'any' | 'two' | 'passkey'
  /** Seconds. */
  readonly maxAge: number | null
  /** Direct members that are people; at most `COUNTED` + 1, which stands for more. */
  readonly users: number
  /** Names of the groups in it, sorted. */
  readonly groups: readonly string[]
}

export interface MemberQuery {
  /** Whoever is in it through other groups too. */
  readonly nested?: boolean
  /** Usernames greater than this one. */
  readonly after?: string
  /** 1 to 100; 50 unless told. */
  readonly limit?: number
}

export interface FoundMember {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  readonly status: UserStatus
  readonly direct: boolean
  /** When a direct membership ends by itself. */
  readonly endsAt: EpochMs | null
}

/** Groups by name, with what is in them. Memberships are counted from their index alone: those that end are taken away within seconds. */
export async function searchGroups({ store }: Context, page: Page = {}): Promise<FoundGroup[]> {
  const { after, from, before, limit } = pageBounds(page)
  const rows = await store.query
    .selectFrom('groups')
    .select(['id', 'name', 'description', 'factors', 'max_age'])
    .select((row) =>
      row
        .selectFrom((inner) =>
          inner
            .selectFrom('group_users')
            .select('user_id')
            .whereRef('group_users.group_id', '=', 'groups.id')
            .limit(COUNTED + 1)
            .as('some'),
        )
        .select((some) => some.fn.countAll<number>().as('count'))
        .$asScalar()
        .$notNull()
        .as('users'),
    )
    .where('name', '>', after)
    .where('name', '>=', from)
    .where('name', '<', before)
    .orderBy('name')
    .limit(limit)
    .execute()
  const inner = await innerGroups(
    store.query,
    rows.map(({ id }) => id),
  )
  return rows.map(({ max_age, ...row }) => ({
    ...row,
    id: row.id as GroupId,
    maxAge: max_age,
    groups: (inner.get(row.id) ?? []).map(({ name }) => name),
  }))
}

async function innerGroups(query: Queries, ids: readonly string[]) {
  const rows = await query
    .selectFrom('group_groups')
    .innerJoin('groups', 'groups.id', 'group_groups.member_id')
    .select(['group_groups.group_id', 'groups.name'])
    .where('group_groups.group_id', 'in', ids)
    .orderBy('groups.name')
    .execute()
  return Map.groupBy(rows, (row) => row.group_id)
}

/**
 * Who is in a group, in the order of usernames. Where more are in it than are counted, the list of all people is read in that order and
 * each asked after: what is found soon is cheaper than sorting everybody.
 * @throws LanyardError ERR_GROUP_UNKNOWN
 */
export async function searchMembers(
  { store, clock }: Context,
  name: string,
  { nested = false, after = '', limit: wished = 50 }: MemberQuery = {},
): Promise<{ readonly members: FoundMember[]; readonly more: boolean; readonly count: number }> {
  const group = await getGroup(store.query, name)
  const limit = Math.min(Math.max(1, Math.trunc(wished)), 100)
  const asked = { groupId: group.id, nested, now: clock() }
  const count = await countMembers(store.query, asked)
  const rows = await selectMembers(store.query, {
    ...asked,
    after: canonicaliseName(after),
    limit: limit + 1,
    many: count > COUNTED,
  }).execute()
  return {
    members: rows.slice(0, limit).map((row) => ({
      id: row.id as UserId,
      username: row.username,
      displayName: row.display_name,
      status: row.status,
      direct: row.direct !== null,
      endsAt: row.expires_at,
    })),
    more: rows.length > limit,
    count,
  }
}

interface Asked {
  readonly groupId: string
  readonly nested: boolean
  readonly now: EpochMs
}

/** The group, and with `nested` every group below it. */
function reached(query: Queries, { groupId, nested }: Asked) {
  return query.withRecursive('reached(id)', (cte) => {
    const own = cte.selectFrom('groups').select('id').where('id', '=', groupId)
    if (!nested) return own
    return own.union(
      cte
        .selectFrom('group_groups')
        .innerJoin('reached', 'reached.id', 'group_groups.group_id')
        .select('group_groups.member_id as id'),
    )
  })
}

/** At most `COUNTED` + 1. */
async function countMembers(query: Queries, asked: Asked): Promise<number> {
  const { count } = await reached(query, asked)
    .selectFrom((row) =>
      row
        .selectFrom('reached')
        // Crossed, so that nobody begins with all memberships there are.
        .crossJoin('group_users')
        .select('group_users.user_id')
        .distinct()
        .whereRef('group_users.group_id', '=', 'reached.id')
        .where((membership) =>
          membership.or([
            membership('group_users.expires_at', 'is', null),
            membership('group_users.expires_at', '>', asked.now),
          ]),
        )
        .limit(COUNTED + 1)
        .as('some'),
    )
    .select((some) => some.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

function selectMembers(
  query: Queries,
  asked: Asked & { readonly after: string; readonly limit: number; readonly many: boolean },
) {
  const { groupId, now, after, limit, many } = asked
  const all = reached(query, asked)
    .selectFrom('users')
    .leftJoin('group_users as own', (join) =>
      join
        .onRef('own.user_id', '=', 'users.id')
        .on('own.group_id', '=', groupId)
        .on((row) => row.or([row('own.expires_at', 'is', null), row('own.expires_at', '>', now)])),
    )
    .select(['users.id', 'users.username', 'users.display_name', 'users.status'])
    .select(['own.user_id as direct', 'own.expires_at'])
    .where('users.username', '>', after)
    .orderBy('users.username')
    .limit(limit)
  if (!many) {
    return all.where('users.id', 'in', (row) =>
      row
        .selectFrom('reached')
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
  }
  return all.where((row) =>
    row.exists(
      row
        .selectFrom('group_users')
        .innerJoin('reached', 'reached.id', 'group_users.group_id')
        .select('group_users.group_id')
        .whereRef('group_users.user_id', '=', 'users.id')
        .where((membership) =>
          membership.or([
            membership('group_users.expires_at', 'is', null),
            membership('group_users.expires_at', '>', now),
          ]),
        ),
    ),
  )
}

/**
 * Where a group stands: `inside` are the groups that it is a member of itself, `above` it and every group that its members are in.
 * @throws LanyardError ERR_GROUP_UNKNOWN
 */
export async function groupsAround(
  { store }: Context,
  name: string,
): Promise<{ readonly contains: string[]; readonly inside: string[]; readonly above: string[] }> {
  const { id } = await getGroup(store.query, name)
  const [contains, inside, above] = await Promise.all([
    innerGroups(store.query, [id]),
    store.query
      .selectFrom('group_groups')
      .innerJoin('groups', 'groups.id', 'group_groups.group_id')
      .select('groups.name')
      .where('group_groups.member_id', '=', id)
      .orderBy('groups.name')
      .execute(),
    groupsAbove(store.query, [id]),
  ])
  const names = (rows: readonly { readonly name: string }[]) => rows.map((row) => row.name)
  return { contains: names(contains.get(id) ?? []), inside: names(inside), above }
}
