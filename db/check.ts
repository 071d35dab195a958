import { sql } from 'kysely'
import type { Store } from './store.ts'

/**
 * Looks for damage: SQLite's own checks, then what the rows must hold among themselves.
 * @returns one sentence a fault; empty when all is well.
 */
export async function checkStore(store: Store): Promise<string[]> {
  // Pragmas go to the writer: the reader refuses what it cannot prove read-only.
  return store.write(async ({ query }) => {
    const faults: string[] = []
    const integrity = await sql<{ integrity_check: string }>`PRAGMA integrity_check`.execute(query)
    for (const { integrity_check } of integrity.rows) {
      if (integrity_check !== 'ok') faults.push(`integrity: ${integrity_check}`)
    }
    const foreign = await sql<{ table: string; parent: string }>`PRAGMA foreign_key_check`.execute(
      query,
    )
    for (const { table, parent } of foreign.rows) {
      faults.push(`a row of ${table} names a row of ${parent} that does not exist`)
    }
    const families = await query
      .selectFrom('engine_rows')
      .select(['grant_id', (row) => row.fn.countAll<number>().as('living')])
      .where('model', '=', 'RefreshToken')
      .where('consumed_at', 'is', null)
      .where('grant_id', 'is not', null)
      .groupBy('grant_id')
      .having((row) => row.fn.countAll(), '>', 1)
      .execute()
    for (const { grant_id, living } of families) {
      faults.push(`device ${grant_id} has ${living} living refresh tokens instead of one`)
    }
    return faults
  })
}
