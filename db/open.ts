import { type Clock, hasCode } from '../src/errors/index.ts'
import { Connection } from './connection.ts'
import { GroupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { openingFault } from './opening-fault.ts'
import { ensureOwnFile } from './own-file.ts'
import type { Prepared } from './prepared.ts'
import type { Queries, Store, Transaction } from './store.ts'

export interface OpenStoreOptions {
  /** The SQLite file; made if absent, readable by its owner alone. */
  readonly file: string
  readonly clock: Clock
}

/**
 * Opens the database and brings its schema up to date.
 * @throws LanyardError ERR_SCHEMA_NEWER when a newer Lanyard has written it, ERR_DATABASE_DAMAGED, ERR_DATA_UNWRITABLE.
 */
export function openStore({ file, clock }: OpenStoreOptions): Store {
  const opened: Connection[] = []
  try {
    ensureOwnFile(file)
    const writer = new Connection(file)
    opened.push(writer)
    migrate(writer.sqlite, clock())
    // From here on group commit does the waiting.
    writer.sqlite.pragma('busy_timeout = 0')
    const reader = new Connection(file)
    opened.push(reader)
    reader.sqlite.pragma('query_only = ON')
    return new SqliteStore(writer, reader)
  } catch (error) {
    for (const connection of opened) connection.close()
    throw openingFault(error, file)
  }
}

class SqliteStore implements Store {
  readonly query: Queries
  readonly #writer: Connection
  readonly #reader: Connection
  readonly #commits: GroupCommit
  readonly #readOnly = new WeakSet<Prepared<never, unknown>>()

  constructor(writer: Connection, reader: Connection) {
    this.#writer = writer
    this.#reader = reader
    this.#commits = new GroupCommit(writer, this)
    this.query = reader.query
  }

  all<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return this.#read(query, (connection) => connection.all(query, params))
  }

  first<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R | undefined> {
    return this.#read(query, (connection) => connection.first(query, params))
  }

  /**
   * Between its transactions the writer sees what is committed and has its pages at hand; the reader loses all of its own at every commit
   * of another connection. While a transaction is open, or the file is busy, only the reader sees committed state alone.
   */
  async #read<T>(
    query: Prepared<never, unknown>,
    ask: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    this.#mustRead(query)
    if (this.#writer.sqlite.inTransaction) return ask(this.#reader)
    try {
      return await ask(this.#writer)
    } catch (error) {
      if (!hasCode(error, 'SQLITE_BUSY')) throw error
      return ask(this.#reader)
    }
  }

  #mustRead(query: Prepared<never, unknown>): void {
    if (this.#readOnly.has(query)) return
    if (!this.#writer.readsOnly(query))
      throw new TypeError('this statement writes: use Store.write')
    this.#readOnly.add(query)
  }

  write<T>(unit: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#commits.write(unit)
  }

  async close(): Promise<void> {
    await this.#commits.idle()
    this.#reader.close()
    this.#writer.close()
  }
}
