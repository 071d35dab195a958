import { type RawBuilder, sql } from 'kysely'
import type { Queries } from '../../db/index.ts'
import type { EpochMs, UserId } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import type { Context } from './context.ts'
import type { UserStatus } from './types.ts'

/** Whom to look for. */
export interface UserQuery {
  /** The beginning of a username, a display name or an e-mail address, in any case; empty for everybody. */
  readonly text?: string
  readonly status?: UserStatus
  /** `next` of the page before; one that is not understood begins anew. */
  readonly after?: string
  /** 1 to 100; 50 unless told. */
  readonly limit?: number
  /** Whether memberships that end are among their groups: yes unless told. */
  readonly lent?: boolean
}

export interface FoundUser {
  readonly id: UserId
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly status: UserStatus
  readonly mustChangePassword: boolean
  readonly hasPassword: boolean
  readonly passkeys: number
  readonly oneTimeCode: boolean
  /** Names of the groups they are in directly, sorted. */
  readonly groups: readonly string[]
}

export interface UserPage {
  readonly users: readonly FoundUser[]
  /** Null on the last page. */
  readonly next: string | null
}

/** A range of one index: each column of a phase begins with `from`. */
export interface Phase {
  readonly column: 'username' | 'name' | 'email'
  readonly from: string
}

interface Cursor {
  readonly phase: number
  readonly key: string
  readonly username: string
}

const LAST_CODE_POINT = '\u{10ffff}'
const MOST_TEXT = 128
const USUAL = 50
const MOST = 100

const keys = {
  username: sql<string>`users.username`,
  name: sql<string>`lower(users.display_name)`,
  email: sql<string>`lower(users.email)`,
} as const

/**
 * People page by page. Every page is read from the beginning of ranges of indexes, usernames before names before addresses, and goes on
 * where the last one ended: the thousandth costs what the first does.
 */
export async function searchUsers(
  { store, clock }: Context,
  { text = '', status, after, limit: wished = USUAL, lent = true }: UserQuery,
): Promise<UserPage> {
  const limit = Math.min(Math.max(1, Math.trunc(wished)), MOST)
  const phases = phasesOf(text)
  const cursor = parseCursor(after, phases)
  const found: (Row & { readonly phase: number })[] = []
  for (let phase = cursor?.phase ?? 0; phase < phases.length && found.length <= limit; phase++) {
    const rows = await selectPhase(store.query, phases, phase, {
      ...{ status, limit: limit + 1 - found.length },
      after: cursor?.phase === phase ? cursor : null,
    }).execute()
    found.push(...rows.map((row) => ({ ...row, phase })))
  }
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    users: await withGroups(store.query, page, lent ? clock() : null),
    next: found.length > limit && last !== undefined ? formatCursor(last) : null,
  }
}

/**
 * Where to look. SQLite's `lower` knows ASCII alone, and the index holds what it makes: other letters are looked for in each of the
 * spellings that people type. Spellings are as long as one another and none is the beginning of another, so no row is found twice.
 */
export function phasesOf(text: string): readonly Phase[] {
  const typed = [...text.normalize('NFC').trim()].slice(0, MOST_TEXT).join('')
  if (typed === '') return [{ column: 'username', from: '' }]
  const lower = typed.toLowerCase()
  const spellings = [
    typed,
    lower,
    typed.toUpperCase(),
    lower.replace(/(?<![\p{L}\p{M}])\p{L}/gu, (letter) => letter.toUpperCase()),
  ]
  const starts = distinctStarts(spellings.map(asciiLower))
  return [
    { column: 'username', from: canonicaliseName(typed) },
    ...starts.map((from) => ({ column: 'name', from }) as const),
    ...distinctStarts([asciiLower(typed), lower]).map(
      (from) => ({ column: 'email', from }) as const,
    ),
  ]
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Without what another of them begins with: its range holds theirs. */
function distinctStarts(texts: readonly string[]): string[] {
  const set = [...new Set(texts)]
  return set.filter((text) => !set.some((other) => other !== text && text.startsWith(other)))
}

interface Row {
  readonly id: string
  readonly username: string
  readonly display_name: string
  readonly email: string | null
  readonly status: UserStatus
  readonly must_change: number | null
  readonly passkeys: number
  readonly one_time_code: number
  readonly key: string
}

function selectRows(query: Queries, key: RawBuilder<string>) {
  return query
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['users.id', 'users.username', 'users.display_name', 'users.email', 'users.status'])
    .select(['passwords.must_change', key.as('key')])
    .select((row) => [
      row
        .selectFrom('passkeys')
        .whereRef('passkeys.user_id', '=', 'users.id')
        .select((passkey) => passkey.fn.countAll<number>().as('count'))
        .$asScalar()
        .$notNull()
        .as('passkeys'),
      sql<number>`EXISTS (SELECT 1 FROM one_time_codes WHERE one_time_codes.user_id = users.id AND one_time_codes.confirmed_at IS NOT NULL)`.as(
        'one_time_code',
      ),
    ])
}

/** One range, without whoever an earlier range has shown. */
export function selectPhase(
  query: Queries,
  phases: readonly Phase[],
  at: number,
  page: {
    readonly status: UserStatus | undefined
    readonly after: Pick<Cursor, 'key' | 'username'> | null
    readonly limit: number
  },
) {
  const phase = phases[at] ?? { column: 'username', from: '' }
  // Everybody who is locked is an index of their own, which SQLite weighs the same as that of all usernames unless the range cannot use it.
  const isLocked = phase.from === '' && page.status === 'disabled'
  const key = isLocked ? sql<string>`+users.username` : keys[phase.column]
  let select = selectRows(query, key)
  const { after } = page
  if (!isLocked) {
    // Of two lower bounds SQLite enters the index by the first, and walks from there.
    const from = after?.key ?? phase.from
    select = select.where(key, '>=', from).where(key, '<', phase.from + LAST_CODE_POINT)
  }
  // The index of addresses leaves out whoever has none, and says so only to whoever asks the same.
  if (phase.column === 'email') select = select.where('users.email', 'is not', null)
  for (const earlier of phases.slice(0, at)) {
    if (earlier.column === phase.column) continue
    const other = keys[earlier.column]
    select = select.where((row) =>
      row.or([row(other, '<', earlier.from), row(other, '>=', earlier.from + LAST_CODE_POINT)]),
    )
  }
  // Written out: an index of some rows serves no question whose value is bound later.
  if (page.status !== undefined) {
    select = select.where('users.status', '=', sql.lit(page.status))
  }
  if (after !== null) {
    select = select.where((row) =>
      row.or([
        row(key, '>', after.key),
        row.and([row(key, '=', after.key), row('users.username', '>', after.username)]),
      ]),
    )
  }
  const ordered = phase.column === 'username' ? select : select.orderBy(key)
  return ordered.orderBy('users.username').limit(page.limit)
}

async function withGroups(
  query: Queries,
  rows: readonly Row[],
  now: EpochMs | null,
): Promise<FoundUser[]> {
  const memberships = await query
    .selectFrom('group_users')
    .innerJoin('groups', 'groups.id', 'group_users.group_id')
    .select(['group_users.user_id', 'groups.name'])
    .where(
      'group_users.user_id',
      'in',
      rows.map(({ id }) => id),
    )
    .where((row) =>
      now === null
        ? row('group_users.expires_at', 'is', null)
        : row.or([
            row('group_users.expires_at', 'is', null),
            row('group_users.expires_at', '>', now),
          ]),
    )
    .orderBy('groups.name')
    .execute()
  const groups = Map.groupBy(memberships, (membership) => membership.user_id)
  return rows.map((row) => ({
    id: row.id as UserId,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
    mustChangePassword: row.must_change === 1,
    hasPassword: row.must_change !== null,
    passkeys: row.passkeys,
    oneTimeCode: row.one_time_code === 1,
    groups: (groups.get(row.id) ?? []).map(({ name }) => name),
  }))
}

function formatCursor({
  phase,
  key,
  username,
}: {
  readonly phase: number
  readonly key: string
  readonly username: string
}): string {
  return Buffer.from(JSON.stringify([phase, key, username])).toString('base64url')
}

/** Null for what is none of ours, so that nobody leaves the range that they asked for. */
function parseCursor(text: string | undefined, phases: readonly Phase[]): Cursor | null {
  if (text === undefined || text.length > 4 * MOST_TEXT * 4) return null
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(parts)) return null
    const [phase, key, username] = parts as readonly unknown[]
    if (!Number.isInteger(phase) || typeof key !== 'string' || typeof username !== 'string') {
      return null
    }
    const range = phases[Number(phase)]
    if (range === undefined || !key.startsWith(range.from)) return null
    return { phase: Number(phase), key, username }
  } catch {
    return null
  }
}
