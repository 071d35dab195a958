import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openStore, type Store } from '../../db/index.ts'
import {
  type Audit,
  type AuditEvent,
  type AuditOptions,
  createAudit,
  recordEvent,
} from '../../src/audit/index.ts'
import type { By, EpochMs, UserId } from '../../src/errors/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const START: EpochMs = Date.UTC(2026, 2, 1)
export const KEY = new Uint8Array(32).fill(7)
export const byAda: By = {
  actor: { kind: 'user', userId: 'ada-id' as UserId, username: 'ada' },
  address: '192.0.2.7',
  requestId: 'r-aaaa-bbbb',
}

/** One process on a record. */
export interface Process {
  readonly store: Store
  readonly audit: Audit
  /** Records that many events, each a second after the one before, in one write. */
  record(count: number, more?: Partial<AuditEvent>): Promise<void>
}

/** The record of one data directory, and what somebody who can write its file can do to it. */
export interface Record extends AsyncDisposable, Process {
  readonly directory: string
  readonly file: string
  advance(ms: number): void
  /** Another process on the same file. */
  open(options?: Partial<AuditOptions>): Process
  /** SQL by whoever can write the file, past every trigger. */
  tamper(sql: string): void
}

export async function openRecord(options: Partial<AuditOptions> = {}): Promise<Record> {
  const owned = new AsyncDisposableStack()
  const { path: directory } = owned.use(await temporaryDirectory())
  const file = join(directory, 'lanyard.db')
  let now = START
  const clock = () => now
  const open = (more: Partial<AuditOptions> = {}): Process => {
    const store = openStore({ file, clock })
    owned.defer(() => store.close())
    return {
      store,
      audit: createAudit({ store, clock, key: KEY, ...options, ...more }),
      record: (count, event = {}) =>
        store.write(async (tx) => {
          for (let n = 0; n < count; n++) {
            now += 1000
            await recordEvent(tx, clock, { type: 'user.added', by: byAda, ...event })
          }
        }),
    }
  }
  return {
    ...open(),
    directory,
    file,
    open,
    advance: (ms) => {
      now += ms
    },
    tamper(sql) {
      const sqlite = new Database(file)
      for (const name of ['events_keep_rows', 'events_keep_values', 'chain_stays']) {
        sqlite.exec(`DROP TRIGGER IF EXISTS audit_${name}`)
      }
      sqlite.exec('DROP TRIGGER IF EXISTS audit_chain_goes_on')
      sqlite.exec(sql)
      sqlite.close()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of lines) text += piece
  return text
}
