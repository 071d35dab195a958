import type { Queries } from '../../db/index.ts'
import { LanyardError } from '../errors/index.ts'
import { canonicaliseName, quoteName } from '../kubernetes/index.ts'
import { canonicalName, parseDescription, parseDisplayName, parseEmail } from './names.ts'
import type { CsvFault, CsvLine } from './people-csv-text.ts'
import type { UserStatus } from './types.ts'

/** What a line would change; what it does not mention stays as it is. */
export interface UserStep {
  readonly kind: 'user'
  readonly line: number
  readonly name: string
  readonly isNew: boolean
  readonly displayName?: string
  readonly email?: string
  readonly status?: UserStatus
  readonly into: readonly string[]
  readonly outOf: readonly string[]
}

export interface GroupStep {
  readonly kind: 'group'
  readonly line: number
  readonly name: string
  readonly isNew: boolean
  readonly description?: string
  /** Groups that it would contain, and would contain no longer. */
  readonly into: readonly string[]
  readonly outOf: readonly string[]
}

export interface Steps<Step> {
  readonly steps: readonly Step[]
  readonly unchanged: number
  readonly faults: readonly CsvFault[]
}

export interface PlanOptions {
  /** Takes out of groups whoever the file does not name there, where it has a column of groups. */
  readonly exact: boolean
}

export const USER_COLUMNS = ['username', 'display_name', 'email', 'status', 'groups'] as const
export const GROUP_COLUMNS = ['name', 'description', 'groups'] as const

const AT_ONCE = 500
/** Of a step that changes no field: what is not mentioned is no member. */
const MEMBERS_OF_ALL = ['kind', 'line', 'name', 'isNew', 'into', 'outOf'].length

/** What the lines would change of people, as they are now. */
export async function planUsers(
  query: Queries,
  lines: readonly CsvLine[],
  { exact }: PlanOptions,
): Promise<Steps<UserStep>> {
  const plan = begin<UserStep>(lines, 'username', 'user')
  const known = await readUsers(query, plan.names)
  const buried = await readBuried(query, 'user', plan.names)
  const groups = new Set((await query.selectFrom('groups').select('name').execute()).map(nameOf))
  for (const { line, cells } of plan.lines) {
    plan.try(line, () => {
      const name = canonicalName('user', cells.get('username') ?? '')
      plan.once(name)
      const user = known.get(name)
      if (user === undefined && buried.has(name)) {
        throw new LanyardError('ERR_NAME_RETIRED', `username ${quoteName(name)} was used before`)
      }
      const wanted = groupsIn(cells.get('groups'), groups)
      const has = user?.groups ?? []
      const takes = exact && cells.has('groups')
      return {
        ...{ kind: 'user', line, name, isNew: user === undefined },
        ...changed('displayName', cells.get('display_name'), parseDisplayName, user?.display_name),
        ...changed('email', cells.get('email'), parseEmail, user?.email),
        ...changed('status', cells.get('status'), parseStatus, user?.status ?? 'active'),
        into: wanted.filter((group) => !has.includes(group)),
        outOf: takes ? has.filter((group) => !wanted.includes(group)) : [],
      }
    })
  }
  return plan.end()
}

/** What the lines would change of groups, as they are now; a group may contain one that another line makes. */
export async function planGroups(
  query: Queries,
  lines: readonly CsvLine[],
  { exact }: PlanOptions,
): Promise<Steps<GroupStep>> {
  const plan = begin<GroupStep>(lines, 'name', 'group')
  const known = await readGroups(query)
  const buried = await readBuried(query, 'group', plan.names)
  const all = new Set([...known.keys(), ...plan.names])
  for (const { line, cells } of plan.lines) {
    plan.try(line, () => {
      const name = canonicalName('group', cells.get('name') ?? '')
      plan.once(name)
      const group = known.get(name)
      if (group === undefined && buried.has(name)) {
        throw new LanyardError('ERR_NAME_RETIRED', `group name ${quoteName(name)} was used before`)
      }
      const wanted = groupsIn(cells.get('groups'), all)
      const has = group?.groups ?? []
      const takes = exact && cells.has('groups')
      return {
        ...{ kind: 'group', line, name, isNew: group === undefined },
        ...changed('description', cells.get('description'), parseDescription, group?.description),
        into: wanted.filter((inner) => !has.includes(inner)),
        outOf: takes ? has.filter((inner) => !wanted.includes(inner)) : [],
      }
    })
  }
  return plan.end()
}

function begin<Step extends UserStep | GroupStep>(
  lines: readonly CsvLine[],
  column: string,
  noun: string,
) {
  const steps: Step[] = []
  const faults: CsvFault[] = []
  const seen = new Set<string>()
  let unchanged = 0
  return {
    lines,
    names: lines.map(({ cells }) => canonicaliseName(cells.get(column) ?? '')),
    once(name: string): void {
      if (seen.has(name)) {
        throw new LanyardError('ERR_CSV', `${noun} ${quoteName(name)} has another line above`)
      }
      seen.add(name)
    },
    try(line: number, read: () => Step): void {
      try {
        const step = read()
        const isIdle = !step.isNew && Object.keys(step).length === MEMBERS_OF_ALL
        if (isIdle && step.into.length === 0 && step.outOf.length === 0) unchanged += 1
        else steps.push(step)
      } catch (error) {
        if (!(error instanceof LanyardError)) throw error
        faults.push({ line, sentence: error.message })
      }
    },
    end: (): Steps<Step> => ({ steps, unchanged, faults }),
  }
}

/** A member of that name where the cell says something, and something else than what is there. */
function changed<K extends string, T extends string>(
  key: K,
  cell: string | undefined,
  parseCell: (text: string) => T,
  present: string | null | undefined,
): Partial<Record<K, T>> {
  if (cell === undefined || cell === '') return {}
  const value = parseCell(cell)
  return value === present ? {} : ({ [key]: value } as Partial<Record<K, T>>)
}

function parseStatus(text: string): UserStatus {
  if (text === 'active' || text === 'disabled') return text
  throw new LanyardError('ERR_CSV', `status ${quoteName(text)} is neither active nor disabled`)
}

function groupsIn(cell: string | undefined, known: ReadonlySet<string>): string[] {
  const names = (cell ?? '').split(/\s+/u).filter((name) => name !== '')
  const canonical = [...new Set(names.map(canonicaliseName))].sort()
  const missing = canonical.find((name) => !known.has(name))
  if (missing === undefined) return canonical
  throw new LanyardError('ERR_GROUP_UNKNOWN', `no group is named ${quoteName(missing)}`)
}

const nameOf = ({ name }: { readonly name: string }) => name

async function inParts<T>(
  names: readonly string[],
  read: (some: readonly string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = []
  for (let at = 0; at < names.length; at += AT_ONCE) {
    found.push(...(await read(names.slice(at, at + AT_ONCE))))
  }
  return found
}

async function readUsers(query: Queries, names: readonly string[]) {
  const users = await inParts(names, (some) =>
    query
      .selectFrom('users')
      .select(['id', 'username', 'display_name', 'email', 'status'])
      .where('username', 'in', some)
      .execute(),
  )
  const memberships = await inParts(
    users.map(({ id }) => id),
    (some) =>
      query
        .selectFrom('group_users')
        .innerJoin('groups', 'groups.id', 'group_users.group_id')
        .select(['group_users.user_id', 'groups.name'])
        .where('group_users.user_id', 'in', some)
        // What is lent is not in files: they neither lend nor take back.
        .where('group_users.expires_at', 'is', null)
        .execute(),
  )
  const groups = Map.groupBy(memberships, (membership) => membership.user_id)
  return new Map(
    users.map((user) => [
      user.username,
      { ...user, groups: (groups.get(user.id) ?? []).map(nameOf).sort() },
    ]),
  )
}

async function readGroups(query: Queries) {
  const groups = await query.selectFrom('groups').select(['id', 'name', 'description']).execute()
  const nested = await query
    .selectFrom('group_groups')
    .innerJoin('groups', 'groups.id', 'group_groups.member_id')
    .select(['group_groups.group_id', 'groups.name'])
    .execute()
  const inner = Map.groupBy(nested, (row) => row.group_id)
  return new Map(
    groups.map((group) => [
      group.name,
      { ...group, groups: (inner.get(group.id) ?? []).map(nameOf).sort() },
    ]),
  )
}

async function readBuried(
  query: Queries,
  kind: 'user' | 'group',
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await inParts(names, (some) =>
    query
      .selectFrom('tombstones')
      .select('name')
      .where('kind', '=', kind)
      .where('name', 'in', some)
      .execute(),
  )
  return new Set(rows.map(nameOf))
}
