import Database from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type Compiled, compile, type Prepared } from './prepared.ts'
import type { Schema } from './schema.ts'
import type { Reader } from './store.ts'

const STATEMENTS_KEPT = 500
/** How long opening and migrating wait for another process, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000

/** One SQLite connection with its statements: everything on it is synchronous underneath. */
export class Connection implements Reader {
  readonly sqlite: Database.Database
  readonly query: Kysely<Schema>
  readonly #statements = new Map<string, Database.Statement>()
  readonly #compiled = new Map<Prepared<never, unknown>, Compiled>()

  constructor(file: string) {
    this.sqlite = new Database(file, { timeout: BUSY_TIMEOUT_MS })
    this.sqlite.pragma('journal_mode = WAL')
    // An acknowledged write survives power loss: the WAL is flushed at every commit.
    this.sqlite.pragma('synchronous = FULL')
    this.sqlite.pragma('foreign_keys = ON')
    this.sqlite.pragma('cache_size = -16384')
    this.sqlite.pragma('wal_autocheckpoint = 4000')
    this.query = new Kysely<Schema>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new ConnectionDriver(this),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new QueryCompiler(),
      },
    })
  }

  // `async` on purpose: a synchronous throw of SQLite must become a rejection.
  async all<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    const { sql, bind } = this.#compile(query)
    return this.statement(sql).all(...bind(named(params))) as R[]
  }

  async first<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R | undefined> {
    const { sql, bind } = this.#compile(query)
    return this.statement(sql).get(...bind(named(params))) as R | undefined
  }

  async run<P extends object>(query: Prepared<P, unknown>, params: P): Promise<number> {
    const { sql, bind } = this.#compile(query)
    return this.statement(sql).run(...bind(named(params))).changes
  }

  /** Whether a prepared query leaves every row as it is. */
  readsOnly(query: Prepared<never, unknown>): boolean {
    return this.statement(this.#compile(query).sql).readonly
  }

  statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= STATEMENTS_KEPT) this.#statements.clear()
    const statement = this.sqlite.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  close(): void {
    this.sqlite.close()
  }

  #compile(query: Prepared<never, unknown>): Compiled {
    let compiled = this.#compiled.get(query)
    if (compiled === undefined) {
      compiled = compile(query, this.query)
      this.#compiled.set(query, compiled)
    }
    return compiled
  }
}

/**
 * Writes a parameter as `+?`, which is the same value. SQLite with STAT4, as better-sqlite3 builds it, prepares a statement anew
 * whenever a parameter is bound that the planner looked at; it looks at `?` in every join, and not into an expression.
 */
class QueryCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}

function named(params: object): Readonly<Record<string, unknown>> {
  return params as Readonly<Record<string, unknown>>
}

/** Lets Kysely's builder run on a connection of ours; transactions are the writer's business alone. */
class ConnectionDriver implements Driver {
  readonly #connection: DatabaseConnection

  constructor(connection: Connection) {
    this.#connection = {
      async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
        const statement = connection.statement(sql)
        if (statement.reader) return { rows: statement.all(...parameters) as R[] }
        const { changes, lastInsertRowid } = statement.run(...parameters)
        return {
          rows: [],
          numAffectedRows: BigInt(changes),
          insertId: BigInt(lastInsertRowid),
        }
      },
      // biome-ignore lint/correctness/useYield: Kysely asks for a generator; rows are never streamed here
      async *streamQuery() {
        throw new TypeError('rows are not streamed')
      },
    }
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
  async beginTransaction(): Promise<void> {
    throw new TypeError('transactions are begun by Store.write')
  }
  async commitTransaction(): Promise<void> {
    throw new TypeError('transactions are committed by Store.write')
  }
  async rollbackTransaction(): Promise<void> {
    throw new TypeError('transactions are rolled back by Store.write')
  }
}
