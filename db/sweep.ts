import { sql } from 'kysely'
import type { EpochMs } from '../src/errors/index.ts'
import type { Store } from './store.ts'

interface Expiring {
  readonly table: string
  readonly key: string
  /** True where keys grow with `expires_at`: what has expired then stands in front, and a step need look no further. */
  readonly ordered: boolean
  /** How long a row is kept after its end; not at all unless told. */
  readonly keptMs?: number
}

const DAY_MS = 86_400_000

/** Tables whose rows die at `expires_at`. */
const EXPIRING: readonly [Expiring, ...Expiring[]] = [
  { table: 'dpop_proofs', key: 'id', ordered: true },
  { table: 'engine_rows', key: 'id', ordered: false },
  { table: 'machine_tokens_seen', key: 'hash', ordered: false },
  { table: 'certificate_requests', key: 'hash', ordered: false },
  { table: 'setup_links', key: 'code_hash', ordered: false },
  { table: 'reset_links', key: 'code_hash', ordered: false },
  { table: 'email_changes', key: 'user_id', ordered: false },
  // Who was invited stays to be looked at for a while.
  { table: 'invitations', key: 'id', ordered: false, keptMs: 90 * DAY_MS },
  { table: 'failure_budgets', key: 'key', ordered: false },
  // A line in a cluster's audit log leads to its device for as long; the audit record names it for ever.
  { table: 'devices', key: 'id', ordered: false, keptMs: 90 * DAY_MS },
  { table: 'spent_challenges', key: 'hash', ordered: false },
]

/** Rows looked at in one step: a step holds the writer for about a millisecond. */
const ROWS_PER_STEP = 500

export interface Sweeper {
  /**
   * Looks at the next few hundred rows and deletes the expired among them; resolves with how many went. Walking the primary
   * key needs no index on `expires_at`, which every insert would pay for.
   */
  step(now: EpochMs): Promise<number>
}

/** One sweeper a process: it remembers where it stands. */
export function createSweeper(store: Store): Sweeper {
  let index = 0
  let cursor = ''

  return {
    async step(now) {
      const expiring = EXPIRING[index] ?? EXPIRING[0]
      const { deleted, last } = await sweepFrom(store, expiring, cursor, now)
      const finished = last === undefined || (expiring.ordered && deleted < ROWS_PER_STEP)
      if (finished) index = (index + 1) % EXPIRING.length
      cursor = finished || expiring.ordered ? '' : last
      return deleted
    },
  }
}

/** @returns how many rows went, and the last key looked at; no key when there was none after `cursor`. */
function sweepFrom(
  store: Store,
  { table, key, keptMs = 0 }: Expiring,
  cursor: string,
  now: EpochMs,
): Promise<{ deleted: number; last: string | undefined }> {
  const keyColumn = sql.ref(key)
  return store.write(async ({ query }) => {
    const seen = await sql<{ key: string }>`
      SELECT ${keyColumn} AS key FROM ${sql.table(table)}
      WHERE ${keyColumn} > ${cursor} ORDER BY ${keyColumn} LIMIT ${ROWS_PER_STEP}`.execute(query)
    const last = seen.rows.at(-1)?.key
    if (last === undefined) return { deleted: 0, last }
    const { numAffectedRows } = await sql`
      DELETE FROM ${sql.table(table)}
      WHERE ${keyColumn} > ${cursor} AND ${keyColumn} <= ${last} AND expires_at < ${now - keptMs}`.execute(
      query,
    )
    return { deleted: Number(numAffectedRows ?? 0), last }
  })
}
