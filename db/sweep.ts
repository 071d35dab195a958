import { sql } from 'kysely'
import type { EpochMs } from '../src/errors/index.ts'
import type { Store } from './store.ts'

/** Tables whose rows die at `expires_at`, and their primary key. */
const EXPIRING = [
  ['engine_rows', 'id'],
  ['dpop_proofs', 'id'],
  ['setup_links', 'code_hash'],
  ['failure_budgets', 'key'],
] as const

/** Rows looked at in one step: a step holds the writer for about a millisecond. */
const ROWS_PER_STEP = 500

export interface Sweeper {
  /**
   * Looks at the next few hundred rows and deletes the expired among them; resolves with how many went. Walking the primary
   * key needs no index on `expires_at`, which every insert would pay for.
   */
  step(now: EpochMs): Promise<number>
}

export function createSweeper(store: Store): Sweeper {
  let table = 0
  let cursor = ''

  return {
    async step(now) {
      const [name, key] = EXPIRING[table] ?? EXPIRING[0]
      const { rows } = await store
        .write(async (tx) => {
          const seen = await sql<{ key: string }>`
          SELECT ${sql.ref(key)} AS key FROM ${sql.table(name)}
          WHERE ${sql.ref(key)} > ${cursor} ORDER BY ${sql.ref(key)} LIMIT ${ROWS_PER_STEP}`.execute(
            tx.query,
          )
          const last = seen.rows.at(-1)
          if (last === undefined) return { rows: 0, last: undefined }
          const deleted = await sql`
          DELETE FROM ${sql.table(name)}
          WHERE ${sql.ref(key)} > ${cursor} AND ${sql.ref(key)} <= ${last.key} AND expires_at < ${now}`.execute(
            tx.query,
          )
          return { rows: Number(deleted.numAffectedRows ?? 0), last: last.key }
        })
        .then((result) => {
          if (result.last === undefined) {
            table = (table + 1) % EXPIRING.length
            cursor = ''
          } else {
            cursor = result.last
          }
          return result
        })
      return rows
    },
  }
}
