/**
 * audit: the append-only record of who did what, to whom, from where and when.
 *
 * It owns the tables audit_events and audit_refusals. An event is written in the transaction of what it records, so neither
 * exists without the other. What visitors who have proved nothing are refused is only counted, in bounded rows. It
 * refuses secrets: nothing that a person could sign in with is ever put in a row, and it decides nothing.
 */
import type { Store } from '../../db/index.ts'
import type { Clock } from '../errors/index.ts'
import { type AuditEntry, type AuditQuery, listEntries } from './list.ts'
import { countRefusal, pruneRefusals, type Refusal } from './refusals.ts'

export {
  type AuditDetail,
  type AuditEvent,
  type AuditTarget,
  type AuditType,
  auditTypes,
  recordEvent,
} from './events.ts'
export type { AuditEntry, AuditQuery } from './list.ts'
export type { Refusal, RefusalType } from './refusals.ts'

export interface Audit {
  /** Counts a refusal of somebody who has proved nothing: one row per account or network and minute, bounded in all. */
  countRefusal(refusal: Refusal): Promise<void>
  /** Events and counted refusals, newest first. */
  list(query?: AuditQuery): Promise<AuditEntry[]>
  /** Deletes counted refusals that are too old or too many; resolves with how many went. Events stay for ever. */
  prune(): Promise<number>
}

export interface AuditOptions {
  readonly store: Store
  readonly clock: Clock
}

export function createAudit({ store, clock }: AuditOptions): Audit {
  return {
    countRefusal: (refusal) => store.write((tx) => countRefusal(tx, clock(), refusal)),
    list: (query = {}) => listEntries(store, query),
    prune: () => store.write((tx) => pruneRefusals(tx, clock())),
  }
}
