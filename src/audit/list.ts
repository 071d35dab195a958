import { expressionBuilder } from 'kysely'
import type { Schema, Store } from '../../db/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import type { AuditDetail } from './events.ts'
import { type AuditFilters, eventConditions, refusalConditions } from './filters.ts'

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

export interface AuditQuery extends AuditFilters {
  /** 1 to 1,000; 100 unless told. */
  readonly limit?: number
  /** Only what is older than the entry with this id. */
  readonly beforeId?: string
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
  query: AuditQuery,
  position: Position | null,
  limit: number,
): Promise<AuditEntry[]> {
  if (query.userId === undefined && query.account !== undefined) return []
  let select = store.query
    .selectFrom('audit_events')
    .selectAll()
    .where((row) => row.and(eventConditions(row, query)))
  if (position !== null) {
    select =
      position.eventId === null
        ? select.where('at', '<', position.at)
        : select.where('id', '<', position.eventId)
  }
  // Without a lower end, a filter that few events pass would look at all that were ever recorded.
  const first = query.sinceMs === undefined ? undefined : await firstSince(store, query.sinceMs)
  if (first === null) return []
  if (first !== undefined) select = select.where('id', '>=', first)
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
    detail: readDetail(row.detail),
    count: 1,
  }))
}

/** The first event at or after that time; null where there is none. */
async function firstSince(store: Store, sinceMs: EpochMs): Promise<number | null> {
  const found = await store.query
    .selectFrom('audit_events')
    .select((row) => row.fn.min<number | null>('id').as('id'))
    .where('at', '>=', sinceMs)
    .executeTakeFirst()
  return found?.id ?? null
}

async function listRefusals(
  store: Store,
  query: AuditQuery,
  position: Position | null,
  limit: number,
): Promise<AuditEntry[]> {
  const conditions = refusalConditions(expressionBuilder<Schema, 'audit_refusals'>(), query)
  if (conditions === undefined) return []
  let select = store.query
    .selectFrom('audit_refusals')
    .selectAll()
    .where((row) => row.and(conditions))
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
    detail: readDetail(row.detail),
    count: row.count,
  }))
}

/** A row that was tampered with must not hide the others. */
function readDetail(text: string): AuditDetail {
  try {
    return JSON.parse(text) as AuditDetail
  } catch {
    return { unreadable: text }
  }
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
