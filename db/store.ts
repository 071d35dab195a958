import type { Kysely } from 'kysely'
import type { Prepared } from './prepared.ts'
import type { Schema } from './schema.ts'

/** What may be built against the committed state. */
export type Queries = Pick<Kysely<Schema>, 'selectFrom' | 'selectNoFrom' | 'with' | 'withRecursive'>

/** Reads. `all` and `first` run a prepared query: compiled once, parameters bound by name. */
export interface Reader {
  all<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R[]>
  first<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R | undefined>
}

/** A write in the making. It is closed when its unit returns: using it later throws. */
export interface Transaction extends Reader {
  /** What it writes to: what a room keeps in memory beside a store is found by it. */
  readonly store: Store
  /** The builder for queries off the hot path. */
  readonly query: Kysely<Schema>
  /** Runs a prepared statement and returns the number of rows it changed. */
  run<P extends object>(statement: Prepared<P, unknown>, params: P): Promise<number>
}

export interface Store extends Reader {
  /** Selects against the last committed state; a read begun after a `write` resolved sees that write. */
  readonly query: Queries
  /**
   * Runs `unit` and resolves with its value after the commit that holds it has reached the disk. Units queued in one turn of
   * the event loop share that commit; a unit that throws is undone alone. A unit may await its transaction and nothing
   * else: it is refused with ERR_WRITE_UNIT_WAITED if it lets the event loop turn.
   */
  write<T>(unit: (tx: Transaction) => Promise<T>): Promise<T>
  /** Waits for queued writes, then closes. */
  close(): Promise<void>
}
