import type { Store } from '../../db/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import type { AuditDetail } from './events.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/** An event, or a minute's count of refusals. */
export interface AuditEntry {
  /** Names this entry for `beforeId`. */
  readonly id: string
  /** Of counted refusals: when their minute began. */
  readonly at: EpochMs
  readonly type: string
  readonly actor: {
    readonly kind: string
    readonly id: string | null
    readonly name: string | null
  }
  readonly target: {
    readonly kind: string
    readonly id: string | null
    readonly name: string | null
  } | null
  readonly clientId: string | null
  readonly deviceId: string | null
  readonly address: string | null
  readonly requestId: string | null
  readonly detail: AuditDetail
  /** 1 for events. */
  readonly count: number
}

export interface AuditQuery {
  /** 1 to 1,000; 100 unless told. */
  readonly limit?: number
  /** Only what is older than the entry with this id. */
  readonly beforeId?: string
  readonly types?: readonly string[]
  /** Events that this user caused or that happened to them; leaves out counted refusals unless `account` names them. */
  readonly userId?: string
  /** Counted refusals of this username. */
  readonly account?: string
  readonly deviceId?: string
  readonly sinceMs?: EpochMs
}

/** Where a page begins: below this event, and below this row of refusals. */
interface Position {
  readonly eventId: number | null
  readonly at: EpochMs
  readonly refusalKey: string | null
}

export async function listEntries(store: Store, query: AuditQuery): Promise<AuditEntry[]> {
  const limit = Math.min(Math.max(1, query.limit ?? DEFAULT_LIMIT), MAX_LIMIT)
  const position = await positionOf(store, query.beforeId)
  const events = await listEvents(store, query, position, limit)
  const refusals = await listRefusals(store, query, position, limit)
  return merge(events, refusals).slice(0, limit)
}

async function positionOf(store: Store, id: string | undefined): Promise<Position | null> {
  if (id === undefined) return null
  const refusal = /^(\d+)\.(.+)$/s.exec(id)
  if (refusal !== null) {
    return { eventId: null, at: Number(refusal[1]), refusalKey: refusal[2] ?? null }
  }
  const event = await store.query
    .selectFrom('audit_events')
    .select('at')
    .where('id', '=', /^\d{1,15}$/.test(id) ? Number(id) : 0)
    .executeTakeFirst()
  if (event === undefined) {
    throw new LanyardError('ERR_AUDIT_ENTRY_UNKNOWN', `no audit entry has the id "${id}"`)
  }
  return { eventId: Number(id), at: event.at, refusalKey: null }
}

async function listEvents(
  store: Store,
  { types, userId, account, deviceId, sinceMs }: AuditQuery,
  position: Position | null,
  limit: number,
): Promise<AuditEntry[]> {
  if (userId === undefined && account !== undefined) return []
  let select = store.query.selectFrom('audit_events').selectAll()
  if (position !== null) {
    select =
      position.eventId === null
        ? select.where('at', '<', position.at)
        : select.where('id', '<', position.eventId)
  }
  if (types !== undefined) select = select.where('type', 'in', types)
  if (deviceId !== undefined) select = select.where('device_id', '=', deviceId)
  if (sinceMs !== undefined) select = select.where('at', '>=', sinceMs)
  if (userId !== undefined) {
    select = select.where((row) =>
      row.or([row('actor_id', '=', userId), row('target_id', '=', userId)]),
    )
  }
  const rows = await select.orderBy('id', 'desc').limit(limit).execute()
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at,
    type: row.type,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    target:
      row.target_kind === null
        ? null
        : { kind: row.target_kind, id: row.target_id, name: row.target_name },
    clientId: row.client_id,
    deviceId: row.device_id,
    address: row.address,
    requestId: row.request_id,
    detail: JSON.parse(row.detail) as AuditDetail,
    count: 1,
  }))
}

async function listRefusals(
  store: Store,
  { types, userId, account, deviceId, sinceMs }: AuditQuery,
  position: Position | null,
  limit: number,
): Promise<AuditEntry[]> {
  if (deviceId !== undefined || (userId !== undefined && account === undefined)) return []
  let select = store.query.selectFrom('audit_refusals').selectAll()
  if (position !== null) {
    const { at, refusalKey } = position
    select = select.where((row) =>
      refusalKey === null
        ? row('minute_at', '<=', at)
        : row.or([
            row('minute_at', '<', at),
            row.and([row('minute_at', '=', at), row('key', '<', refusalKey)]),
          ]),
    )
  }
  if (types !== undefined) select = select.where('type', 'in', types)
  if (account !== undefined) select = select.where('target_name', '=', account)
  if (sinceMs !== undefined) select = select.where('minute_at', '>=', sinceMs)
  const rows = await select
    .orderBy('minute_at', 'desc')
    .orderBy('key', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: `${row.minute_at}.${row.key}`,
    at: row.minute_at,
    type: row.type,
    actor: refusedActor(row.type, row.target_name),
    target: row.target_name === null ? null : { kind: 'user', id: null, name: row.target_name },
    clientId: null,
    deviceId: null,
    address: row.address,
    requestId: row.request_id,
    detail: JSON.parse(row.detail) as AuditDetail,
    count: row.count,
  }))
}

/** Entry is only refused after a proof; at a sign-in the account is a name that somebody typed. */
function refusedActor(type: string, account: string | null): AuditEntry['actor'] {
  return type === 'access.refused' && account !== null
    ? { kind: 'user', id: null, name: account }
    : { kind: 'visitor', id: null, name: null }
}

/** Both lists are newest first; of one moment, events come before counts. */
function merge(events: readonly AuditEntry[], refusals: readonly AuditEntry[]): AuditEntry[] {
  const merged: AuditEntry[] = []
  let event = 0
  let refusal = 0
  while (event < events.length || refusal < refusals.length) {
    const left = events[event]
    const right = refusals[refusal]
    if (left !== undefined && (right === undefined || left.at >= right.at)) {
      merged.push(left)
      event++
    } else if (right !== undefined) {
      merged.push(right)
      refusal++
    }
  }
  return merged
}
