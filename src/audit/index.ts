/**
 * audit: the append-only record of who did what, to whom, from where and when.
 *
 * It owns the tables audit_events, audit_chain, audit_stream and audit_refusals. An event is written in the transaction of what it records, so neither
 * exists without the other, and chained to the one before, so that a change of the record shows. What visitors who have proved nothing are
 * refused is only counted, in bounded rows. It refuses secrets: nothing that a person could sign in with is ever put in a row, and it decides
 * nothing.
 */
import type { Store } from '../../db/index.ts'
import type { Clock, EpochMs } from '../errors/index.ts'
import { beginChain, sealWith } from './chain.ts'
import { type AuditExport, type ExportQuery, exportLines, exportTo } from './export.ts'
import { type AuditEntry, type AuditQuery, listEntries } from './list.ts'
import {
  countRefusal,
  countSince,
  pruneRefusals,
  type Refusal,
  type RefusalType,
} from './refusals.ts'
import { deleteOldest } from './retention.ts'
import { createStream, readCursor, type StreamTarget } from './stream.ts'
import { type AuditVerification, type VerifyOptions, verifyStore } from './verify.ts'

export {
  type AuditDetail,
  type AuditEvent,
  type AuditTarget,
  type AuditType,
  auditTypes,
  recordEvent,
} from './events.ts'
export type { AuditExport, ExportQuery } from './export.ts'
export type { AuditEntry, AuditQuery } from './list.ts'
export type { Refusal, RefusalType } from './refusals.ts'
export type { AuditFault, AuditHead, AuditVerification } from './verify.ts'
export { verifyLines } from './verify-file.ts'

export interface Audit {
  /** Counts a refusal of somebody who has proved nothing: one row per account or network and minute, bounded in all. */
  countRefusal(refusal: Refusal): Promise<void>
  /** How often somebody was refused so since then. */
  refusalsSince(type: RefusalType, since: EpochMs): Promise<number>
  /** Events and counted refusals, newest first. */
  list(query?: AuditQuery): Promise<AuditEntry[]>
  /** Begins the chain of a database that has none yet; the first event does so too. */
  begin(): Promise<void>
  /** Whether the events that are kept are the ones that were recorded. */
  verify(options?: VerifyOptions): Promise<AuditVerification>
  /** Every event, oldest first, as whole lines of JSON, several in a piece: see docs/how-to/read-the-audit-log.md. */
  exportLines(query?: ExportQuery): AsyncGenerator<string>
  /**
   * Appends to a file the events that it does not hold yet.
   * @throws LanyardError ERR_AUDIT_FILE_FOREIGN where the file is something else, or ends with what the record does not hold.
   */
  exportTo(file: string, query?: ExportQuery): Promise<AuditExport>
  /** Writes to the stream what was committed since, and resolves with how many events that were. */
  stream(): Promise<number>
  /** Writes the last of it, and gives up on a reader that does not read: the rest goes out after the next start. */
  endStream(): Promise<void>
  /** Deletes what is beyond its bounds: counted refusals, and events where a retention is set. Resolves with how many rows went. */
  prune(): Promise<number>
}

export interface AuditOptions {
  readonly store: Store
  readonly clock: Clock
  /** What the head of the chain is sealed with; without it nothing tells Lanyard's own head from another. */
  readonly key?: Uint8Array
  /** Where committed events are written as well. */
  readonly streamTo?: StreamTarget | null
  /** How long events are kept; for ever unless told. */
  readonly retentionMs?: number | null
}

export function createAudit(options: AuditOptions): Audit {
  const { store, clock, key, streamTo = null, retentionMs = null } = options
  if (key !== undefined) sealWith(store, key)
  const stream = streamTo === null ? null : createStream(store, clock, streamTo)
  return {
    countRefusal: (refusal) => store.write((tx) => countRefusal(tx, clock(), refusal)),
    refusalsSince: (type, since) => countSince(store, type, since),
    list: (query = {}) => listEntries(store, query),
    begin: () => store.write((tx) => beginChain(tx, clock())),
    verify: (how) => verifyStore(store, how),
    async *exportLines(query) {
      for await (const { text } of exportLines(store, query)) yield text
    },
    exportTo: (file, query) => exportTo(store, file, query),
    stream: async () => (stream === null ? 0 : stream.step()),
    endStream: async () => stream?.end(),
    async prune() {
      const refusals = await store.write((tx) => pruneRefusals(tx, clock()))
      if (retentionMs === null) return refusals
      // What has not gone out yet stays.
      const streamed = stream === null ? Number.MAX_SAFE_INTEGER : await readCursor(store)
      return refusals + (await deleteOldest(store, clock() - retentionMs, streamed))
    },
  }
}
