import type { Clock } from '../src/errors/index.ts'
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

  constructor(writer: Connection, reader: Connection) {
    this.#writer = writer
    this.#reader = reader
    this.#commits = new GroupCommit(writer)
    this.query = reader.query
  }

  all<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return this.#reader.all(query, params)
  }

  first<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R | undefined> {
    return this.#reader.first(query, params)
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
