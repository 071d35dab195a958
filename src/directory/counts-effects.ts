import type { Queries } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import type { Context } from './context.ts'
import { getGroup } from './groups.ts'
import { withGroupsBelow } from './groups-below.ts'
import { getUser } from './user-rows.ts'

/** A change of memberships that somebody thinks about. Names in any form. */
export type MembershipChange =
  | {
      readonly kind: 'add-users' | 'remove-users'
      readonly group: string
      readonly users: readonly string[]
    }
  | {
      readonly kind: 'add-group' | 'remove-group'
      readonly group: string
      readonly member: string
    }
  | { readonly kind: 'delete-group'; readonly group: string }

/** Somebody active whose groups would be others. Names of all their groups, those reached through others included. */
export interface Affected {
  readonly username: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface Effects {
  readonly people: readonly Affected[]
  /** True where more people are concerned than are looked at. */
  readonly more: boolean
}

/** Beyond these, "more" is said. */
const MOST_PEOPLE = 10_000
const AT_ONCE = 500

/** What a change would do to people's groups, without doing it. @throws LanyardError ERR_GROUP_UNKNOWN, ERR_USER_UNKNOWN */
export async function effectsOf(
  { store, clock }: Context,
  change: MembershipChange,
): Promise<Effects> {
  const { query } = store
  const now = clock()
  const group = await getGroup(query, change.group)
  const inner =
    change.kind === 'add-group' || change.kind === 'remove-group'
      ? await getGroup(query, change.member)
      : undefined
  const concerned =
    change.kind === 'add-users' || change.kind === 'remove-users'
      ? await peopleNamed(query, change.users)
      : await peopleIn(query, (inner ?? group).id, now)
  const graph = await readGraph(query)
  const before = closures(graph.edges)
  const after = closures(edgesAfter(graph.edges, change, group.id, inner?.id))
  const names = (ids: ReadonlySet<string>) =>
    [...ids].flatMap((id) => graph.names.get(id) ?? []).sort()
  const people: Affected[] = []
  for (const { username, direct } of await withDirect(
    query,
    concerned.slice(0, MOST_PEOPLE),
    now,
  )) {
    const was = before(direct)
    const is = after(directAfter(direct, change, group.id))
    if (change.kind === 'delete-group') is.delete(group.id)
    if (was.size !== is.size || [...was].some((id) => !is.has(id))) {
      people.push({ username, before: names(was), after: names(is) })
    }
  }
  people.sort((a, b) => (a.username < b.username ? -1 : 1))
  return { people, more: concerned.length > MOST_PEOPLE }
}

interface Concerned {
  readonly id: string
  readonly username: string
}

/** Whoever is disabled enters nothing, whatever their groups. */
async function peopleNamed(query: Queries, usernames: readonly string[]): Promise<Concerned[]> {
  const names = [...new Set(usernames.map(canonicaliseName))]
  const users = await Promise.all(names.map((name) => getUser(query, name)))
  return users.filter(({ status }) => status === 'active')
}

async function peopleIn(query: Queries, groupId: string, now: EpochMs): Promise<Concerned[]> {
  return withGroupsBelow(query, { id: groupId })
    .selectFrom('reached')
    .innerJoin('group_users', 'group_users.group_id', 'reached.id')
    .innerJoin('users', 'users.id', 'group_users.user_id')
    .select(['users.id', 'users.username'])
    .distinct()
    .where('users.status', '=', 'active')
    .where((row) =>
      row.or([row('group_users.expires_at', 'is', null), row('group_users.expires_at', '>', now)]),
    )
    .limit(MOST_PEOPLE + 1)
    .execute()
}

async function withDirect(query: Queries, people: readonly Concerned[], now: EpochMs) {
  const found: (Concerned & { readonly direct: Set<string> })[] = []
  for (let at = 0; at < people.length; at += AT_ONCE) {
    const some = people.slice(at, at + AT_ONCE)
    const rows = await query
      .selectFrom('group_users')
      .select(['user_id', 'group_id'])
      .where(
        'user_id',
        'in',
        some.map(({ id }) => id),
      )
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]))
      .execute()
    const direct = Map.groupBy(rows, (row) => row.user_id)
    found.push(
      ...some.map(({ id, username }) => ({
        ...{ id, username },
        direct: new Set((direct.get(id) ?? []).map((row) => row.group_id)),
      })),
    )
  }
  return found
}

/** Of each group, those that it is in. */
type Edges = ReadonlyMap<string, ReadonlySet<string>>

async function readGraph(query: Queries) {
  const groups = await query.selectFrom('groups').select(['id', 'name']).execute()
  const rows = await query.selectFrom('group_groups').select(['group_id', 'member_id']).execute()
  const edges = new Map<string, Set<string>>()
  for (const { group_id, member_id } of rows) {
    edges.set(member_id, (edges.get(member_id) ?? new Set()).add(group_id))
  }
  return { names: new Map(groups.map(({ id, name }) => [id, name])), edges: edges as Edges }
}

function edgesAfter(
  edges: Edges,
  change: MembershipChange,
  groupId: string,
  memberId: string | undefined,
): Edges {
  const next = new Map([...edges].map(([id, above]) => [id, new Set(above)]))
  if (change.kind === 'delete-group') {
    next.delete(groupId)
    for (const above of next.values()) above.delete(groupId)
  }
  if (memberId === undefined) return next
  const above = next.get(memberId) ?? new Set()
  if (change.kind === 'add-group') above.add(groupId)
  else above.delete(groupId)
  return next.set(memberId, above)
}

function directAfter(
  direct: ReadonlySet<string>,
  change: MembershipChange,
  groupId: string,
): Set<string> {
  const next = new Set(direct)
  if (change.kind === 'add-users') next.add(groupId)
  if (change.kind === 'remove-users' || change.kind === 'delete-group') next.delete(groupId)
  return next
}

/** All groups that somebody directly in these is in; what lies above a group is looked up once. */
function closures(edges: Edges): (direct: ReadonlySet<string>) => Set<string> {
  const known = new Map<string, ReadonlySet<string>>()
  const from = (start: string): ReadonlySet<string> => {
    const found = new Set([start])
    // A set that grows while it is walked is walked to its end.
    for (const id of found) for (const above of edges.get(id) ?? []) found.add(above)
    known.set(start, found)
    return found
  }
  return (direct) => {
    const all = new Set<string>()
    for (const id of direct) for (const above of known.get(id) ?? from(id)) all.add(above)
    return all
  }
}
