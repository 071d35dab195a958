import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Schema } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

export interface AuditFilters {
  readonly types?: readonly string[]
  /** Events that this user caused or that happened to them; leaves out counted refusals unless `account` names them. */
  readonly userId?: string
  /** Counted refusals of this username. */
  readonly account?: string
  readonly deviceId?: string
  readonly sinceMs?: EpochMs
  readonly untilMs?: EpochMs
  /** Who did it: a name or an id, as the record has it. */
  readonly actor?: string
  /** What it happened to: a name or an id, as the record has it. */
  readonly target?: string
  /** What happened to a cluster or on the way into it; a cluster that is gone is found by its name. */
  readonly cluster?: { readonly name: string; readonly id?: string; readonly audience?: string }
  readonly address?: string
  readonly requestId?: string
  /** A token's: what its device did, or the entry that it was made for. */
  readonly jti?: string
}

type Condition = Expression<SqlBool>

/** What an event must be. */
export function eventConditions(
  row: ExpressionBuilder<Schema, 'audit_events'>,
  query: AuditFilters,
): Condition[] {
  const { types, userId, deviceId, sinceMs, untilMs, actor, target, cluster, jti } = query
  const found: Condition[] = []
  if (types !== undefined) found.push(row('type', 'in', types))
  if (deviceId !== undefined) found.push(row('device_id', '=', deviceId))
  if (sinceMs !== undefined) found.push(row('at', '>=', sinceMs))
  if (untilMs !== undefined) found.push(row('at', '<=', untilMs))
  if (query.address !== undefined) found.push(row('address', '=', query.address))
  if (query.requestId !== undefined) found.push(row('request_id', '=', query.requestId))
  if (userId !== undefined) {
    found.push(row.or([row('actor_id', '=', userId), row('target_id', '=', userId)]))
  }
  if (actor !== undefined) {
    found.push(row.or([row('actor_name', '=', actor), row('actor_id', '=', actor)]))
  }
  if (target !== undefined) {
    found.push(row.or([row('target_name', '=', target), row('target_id', '=', target)]))
  }
  if (jti !== undefined) {
    const [device = ''] = jti.split('.')
    found.push(row.or([row('device_id', '=', device), inDetail('jti', jti)]))
  }
  if (cluster !== undefined) {
    const { id, name, audience } = cluster
    const itself = id === undefined ? row('target_name', '=', name) : row('target_id', '=', id)
    found.push(
      row.or([
        row.and([row('target_kind', '=', 'cluster'), itself]),
        inDetail('cluster', name),
        ...(audience === undefined ? [] : [row('client_id', '=', audience)]),
      ]),
    )
  }
  return found
}

/** What a counted refusal must be; undefined where none can be it. */
export function refusalConditions(
  row: ExpressionBuilder<Schema, 'audit_refusals'>,
  query: AuditFilters,
): Condition[] | undefined {
  const { types, userId, account, deviceId, sinceMs, untilMs, actor, target, cluster, jti } = query
  if (deviceId !== undefined || jti !== undefined) return undefined
  if (userId !== undefined && account === undefined) return undefined
  if (cluster !== undefined && cluster.audience === undefined) return undefined
  const found: Condition[] = []
  if (types !== undefined) found.push(row('type', 'in', types))
  if (account !== undefined) found.push(row('target_name', '=', account))
  if (sinceMs !== undefined) found.push(row('minute_at', '>=', sinceMs))
  if (untilMs !== undefined) found.push(row('minute_at', '<=', untilMs))
  if (query.address !== undefined) found.push(row('address', '=', query.address))
  if (query.requestId !== undefined) found.push(row('request_id', '=', query.requestId))
  // Entry alone is refused to somebody who has proved who they are.
  if (actor !== undefined) {
    found.push(row('type', '=', 'access.refused'), row('target_name', '=', actor))
  }
  if (target !== undefined) found.push(row('target_name', '=', target))
  if (cluster?.audience !== undefined) found.push(inDetail('client', cluster.audience))
  return found
}

/** A detail that is no JSON was not written by Lanyard: it must not stop a list. */
function inDetail(member: 'jti' | 'cluster' | 'client', value: string): Condition {
  return sql<SqlBool>`CASE WHEN json_valid(detail) THEN json_extract(detail, ${`$.${member}`}) = ${value} ELSE 0 END`
}
