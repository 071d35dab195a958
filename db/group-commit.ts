import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { hasCode, LanyardError } from '../src/errors/index.ts'
import type { Connection } from './connection.ts'
import type { Prepared } from './prepared.ts'
import type { Schema } from './schema.ts'
import type { Store, Transaction } from './store.ts'

interface Job {
  readonly unit: (tx: Transaction) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome =
  | { readonly job: Job; readonly value: unknown }
  | { readonly job: Job; readonly error: unknown }

interface Turn {
  readonly promise: Promise<never>
  readonly passed: () => boolean
  readonly cancel: () => void
}

/** Bounds how long one commit may hold the event loop. */
const UNITS_PER_COMMIT = 128

/** How long a commit waits for those of other processes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000
const BUSY_RETRY_MS = 1

/** One writer: units queued in one turn of the event loop share a transaction, each in its own savepoint. */
export class GroupCommit {
  readonly #connection: Connection
  readonly #store: Store
  #queue: Job[] = []
  #running: Promise<void> | undefined

  constructor(connection: Connection, store: Store) {
    this.#connection = connection
    this.#store = store
  }

  write<T>(unit: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ unit, resolve: resolve as (value: unknown) => void, reject })
      this.#running ??= this.#drain()
    })
  }

  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise(setImmediate)
      await this.#commit(this.#queue.splice(0, UNITS_PER_COMMIT))
    }
    this.#running = undefined
  }

  async #commit(jobs: Job[]): Promise<void> {
    const outcomes: Outcome[] = []
    try {
      await this.#begin()
      let turn = turnOfTheLoop()
      try {
        for (const job of jobs) {
          outcomes.push(await this.#runUnit(job, turn.promise))
          // The units after the one that waited did not.
          if (turn.passed()) turn = turnOfTheLoop()
        }
      } finally {
        turn.cancel()
      }
      this.#connection.statement('COMMIT').run()
    } catch (error) {
      if (this.#connection.sqlite.inTransaction) this.#connection.statement('ROLLBACK').run()
      for (const job of jobs) job.reject(error)
      return
    }
    for (const outcome of outcomes) {
      if ('error' in outcome) outcome.job.reject(outcome.error)
      else outcome.job.resolve(outcome.value)
    }
  }

  /** Waits for another process without holding the event loop, as SQLite's own busy handler would: reads go on meanwhile. */
  async #begin(): Promise<void> {
    const begin = this.#connection.statement('BEGIN IMMEDIATE')
    const deadline = performance.now() + BUSY_TIMEOUT_MS
    for (;;) {
      try {
        begin.run()
        return
      } catch (error) {
        if (!hasCode(error, 'SQLITE_BUSY') || performance.now() > deadline) throw error
        await delay(BUSY_RETRY_MS)
      }
    }
  }

  async #runUnit(job: Job, waited: Promise<never>): Promise<Outcome> {
    const tx = new UnitTransaction(this.#connection, this.#store)
    this.#connection.statement('SAVEPOINT unit').run()
    try {
      const value = await Promise.race([job.unit(tx), waited])
      this.#connection.statement('RELEASE unit').run()
      return { job, value }
    } catch (error) {
      this.#connection.statement('ROLLBACK TO unit').run()
      this.#connection.statement('RELEASE unit').run()
      return { job, error }
    } finally {
      tx.close()
    }
  }
}

/** Rejects when the event loop turns: SQLite answers in microtasks, so a unit that lets it turn waited for something else. */
function turnOfTheLoop(): Turn {
  let passed = false
  let immediate: NodeJS.Immediate | undefined
  const promise = new Promise<never>((_, reject) => {
    immediate = setImmediate(() => {
      passed = true
      reject(
        new LanyardError(
          'ERR_WRITE_UNIT_WAITED',
          'a write unit waited for something other than its transaction and was undone',
        ),
      )
    })
  })
  promise.catch(() => {})
  return { promise, passed: () => passed, cancel: () => clearImmediate(immediate) }
}

class UnitTransaction implements Transaction {
  readonly store: Store
  readonly #connection: Connection
  #open = true

  constructor(connection: Connection, store: Store) {
    this.#connection = connection
    this.store = store
  }

  get query(): Kysely<Schema> {
    return this.#use().query
  }

  async all<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return this.#use().all(query, params)
  }

  async first<P extends object, R>(query: Prepared<P, R>, params: P): Promise<R | undefined> {
    return this.#use().first(query, params)
  }

  async run<P extends object>(statement: Prepared<P, unknown>, params: P): Promise<number> {
    return this.#use().run(statement, params)
  }

  close(): void {
    this.#open = false
  }

  #use(): Connection {
    if (!this.#open) throw new TypeError('this transaction is closed: its unit has returned')
    return this.#connection
  }
}
