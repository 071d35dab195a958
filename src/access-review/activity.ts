import type { Queries } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

const BATCH = 500

/** What is on record of somebody's use of Lanyard. */
export interface Activity {
  readonly signedInAt: EpochMs | null
  readonly enteredAt: EpochMs | null
  /** Of anything that is theirs. */
  readonly lastAt: EpochMs | null
  readonly logins: readonly Login[]
}

/** A device or an access token that lives. */
interface Login {
  readonly kind: 'device' | 'access token'
  readonly name: string
  readonly lastUsedAt: EpochMs | null
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

/** Of each of these users. */
export async function readActivity(
  query: Queries,
  userIds: readonly string[],
  now: EpochMs,
): Promise<ReadonlyMap<string, Activity>> {
  const found = new Map<string, Activity>()
  for (let start = 0; start < userIds.length; start += BATCH) {
    const ids = userIds.slice(start, start + BATCH)
    const devices = await lastOfDevices(query, ids)
    const entries = await lastEntries(query, ids)
    const browsers = await lastBrowserSignIns(query, ids)
    const logins = await livingLogins(query, ids, now)
    for (const id of ids) {
      const device = devices.get(id)
      const enteredAt = entries.get(id) ?? null
      const own = logins.get(id) ?? []
      const signedInAt = latest([device?.authenticated_at, browsers.get(id)])
      const used = own.map(({ lastUsedAt }) => lastUsedAt)
      const lastAt = latest([signedInAt, enteredAt, device?.last_used_at, ...used])
      found.set(id, { signedInAt, enteredAt, lastAt, logins: own })
    }
  }
  return found
}

function latest(times: readonly (EpochMs | null | undefined)[]): EpochMs | null {
  const known = times.filter((time) => time !== null && time !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}

async function lastOfDevices(query: Queries, ids: readonly string[]) {
  const rows = await query
    .selectFrom('devices')
    .select('user_id')
    .select(({ fn }) => [
      fn.max('authenticated_at').as('authenticated_at'),
      fn.max('last_used_at').as('last_used_at'),
    ])
    .where('user_id', 'in', ids)
    .groupBy('user_id')
    .execute()
  return new Map(rows.map((row) => [row.user_id, row]))
}

async function lastEntries(query: Queries, ids: readonly string[]) {
  const rows = await query
    .selectFrom('devices')
    .innerJoin('device_clusters', 'device_clusters.device_id', 'devices.id')
    .select('devices.user_id')
    .select(({ fn }) => fn.max('device_clusters.entered_at').as('at'))
    .where('devices.user_id', 'in', ids)
    .groupBy('devices.user_id')
    .execute()
  return new Map(rows.map(({ user_id, at }) => [user_id, at]))
}

async function lastBrowserSignIns(query: Queries, ids: readonly string[]) {
  const rows = await query
    .selectFrom('audit_events')
    .select('actor_id')
    .select(({ fn }) => fn.max('at').as('at'))
    .where('actor_id', 'in', ids)
    .where('type', '=', 'user.signed_in')
    .groupBy('actor_id')
    .execute()
  return new Map(rows.map(({ actor_id, at }) => [actor_id ?? '', at]))
}

async function livingLogins(query: Queries, ids: readonly string[], now: EpochMs) {
  const columns = ['user_id', 'name', 'last_used_at', 'created_at', 'expires_at'] as const
  const devices = await query
    .selectFrom('devices')
    .select(columns)
    .where('user_id', 'in', ids)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
  const tokens = await query
    .selectFrom('access_tokens')
    .select(columns)
    .where('user_id', 'in', ids)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
  const found = new Map<string, Login[]>()
  const add = (kind: Login['kind'], row: (typeof tokens)[number]) => {
    const { user_id, name, last_used_at, created_at, expires_at } = row
    const login = { kind, name, createdAt: created_at, lastUsedAt: last_used_at }
    const own = found.get(user_id)
    if (own === undefined) found.set(user_id, [{ ...login, expiresAt: expires_at }])
    else own.push({ ...login, expiresAt: expires_at })
  }
  for (const row of devices) add('device', row)
  for (const row of tokens) add('access token', row)
  return found
}
