import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { prepare, type Transaction } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

/*
 * Why not rate-limiter-flexible: the count must be one statement in our own transactions, shared by every process, and bounded for
 * names that do not exist.
 */

const MINUTE_MS = 60_000
const WINDOW_MS = 10 * MINUTE_MS
/** How long a spent budget is remembered: with waits of a quarter of an hour, about a hundred guesses a day. */
const MEMORY_MS = 24 * 60 * MINUTE_MS
/** Budgets kept of names that do not exist, and of networks; the oldest go first. */
const UNPROVED_KEPT = 10_000
const EVICTED_AT_ONCE = 100

export type BudgetKind = 'account' | 'browser' | 'network'

interface Allowance {
  /** Failures within ten minutes before waiting begins. */
  readonly failures: number
  /** The wait is a minute, doubles with every further failure this many times, then stays at `longestWaitMs`. */
  readonly doublings: number
  readonly longestWaitMs: number
}

const ALLOWANCES: Readonly<Record<BudgetKind, Allowance>> = {
  account: { failures: 10, doublings: 4, longestWaitMs: 15 * MINUTE_MS },
  browser: { failures: 5, doublings: 4, longestWaitMs: 15 * MINUTE_MS },
  network: { failures: 50, doublings: 6, longestWaitMs: 60 * MINUTE_MS },
}

export interface Budget {
  readonly kind: BudgetKind
  readonly key: string
  /** False where a visitor chose the name: such rows are bounded. */
  readonly proved: boolean
}

/** The row of a budget: its key reveals no name, not even one that somebody mistook for the password field. */
export function budgetOf(
  secret: Uint8Array,
  kind: BudgetKind,
  id: string,
  { proved }: { proved: boolean },
): Budget {
  const key = createHmac('sha256', secret).update(`${kind}:${id}`).digest('base64url')
  return { kind, key: `${kind}:${key}`, proved }
}

/**
 * Counts an attempt, unless the budget says to wait, in one conditional statement: attempts in flight at once cannot pass it
 * together. `window_started_at` is when counting began and, from the last allowed failure on, when the latest was made.
 */
function takeFrom({ failures, doublings, longestWaitMs }: Allowance) {
  const count = sql.ref<number>('failure_budgets.failures')
  const limit = sql.lit(failures)
  return prepare<{ key: string; now: number; unproved: 0 | 1 }>()((db, param) => {
    const now = param('now')
    const over = sql`failure_budgets.expires_at <= ${now}`
    const spends = sql`${count} + 1 >= ${limit}`
    const wait = sql`CASE WHEN ${count} - ${limit} >= ${sql.lit(doublings)} THEN ${sql.lit(longestWaitMs)}
      ELSE ${sql.lit(MINUTE_MS)} << (${count} - ${limit}) END`
    return db
      .insertInto('failure_budgets')
      .values({
        key: param('key'),
        failures: 1,
        window_started_at: now,
        expires_at: sql`${now} + ${sql.lit(WINDOW_MS)}`,
        unproved: param('unproved'),
      })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({
            failures: sql`CASE WHEN ${over} THEN 1 ELSE ${count} + 1 END`,
            window_started_at: sql`CASE WHEN ${over} OR ${spends} THEN ${now}
              ELSE failure_budgets.window_started_at END`,
            expires_at: sql`CASE WHEN ${over} THEN ${now} + ${sql.lit(WINDOW_MS)}
              WHEN ${spends} THEN ${now} + ${sql.lit(MEMORY_MS)}
              ELSE failure_budgets.expires_at END`,
            unproved: param('unproved'),
          })
          .where(sql<boolean>`${over} OR ${count} < ${limit}
            OR failure_budgets.window_started_at + ${wait} <= ${now}`),
      )
  })
}

const takes = {
  account: takeFrom(ALLOWANCES.account),
  browser: takeFrom(ALLOWANCES.browser),
  network: takeFrom(ALLOWANCES.network),
} as const

const selectBudget = prepare<{ key: string }>()((db, param) =>
  db
    .selectFrom('failure_budgets')
    .select(['failures', 'window_started_at'])
    .where('key', '=', param('key')),
)

const forget = prepare<{ key: string }>()((db, param) =>
  db.deleteFrom('failure_budgets').where('key', '=', param('key')),
)

const giveBack = prepare<{ key: string }>()((db, param) =>
  db
    .updateTable('failure_budgets')
    .set((row) => ({ failures: row('failures', '-', 1) }))
    .where('key', '=', param('key'))
    .where('failures', '>', 0),
)

const evictOldest = prepare<Record<string, never>>()((db) =>
  db.deleteFrom('failure_budgets').where('key', 'in', (row) =>
    row
      .selectFrom('failure_budgets as old')
      .select('old.key')
      // Written out: the index holds these rows alone, and a parameter might be any.
      .where('old.unproved', '=', sql.lit(1))
      .orderBy('old.window_started_at', 'desc')
      .limit(EVICTED_AT_ONCE)
      .offset(UNPROVED_KEPT),
  ),
)

/** Counts an attempt before it is made. @returns null when it may be made, else how long to wait, in milliseconds. */
export async function takeAttempt(
  tx: Transaction,
  { kind, key, proved }: Budget,
  now: EpochMs,
): Promise<number | null> {
  const taken = await tx.run(takes[kind], { key, now, unproved: proved ? 0 : 1 })
  if (taken > 0) return null
  const row = await tx.first(selectBudget, { key })
  if (row === undefined) throw new TypeError('a budget that refused has a row')
  return Math.max(1, row.window_started_at + waitAfter(ALLOWANCES[kind], row.failures) - now)
}

/** Deletes the oldest of what visitors have made, beyond the bound. */
export async function boundUnproved(tx: Transaction): Promise<void> {
  await tx.run(evictOldest, {})
}

/** The person was there: what others have spent of the budget is forgotten. */
export async function resetBudget(tx: Transaction, { key }: Budget): Promise<void> {
  await tx.run(forget, { key })
}

/** The attempt was no failure, but earlier ones stay counted. */
export async function refundAttempt(tx: Transaction, { key }: Budget): Promise<void> {
  await tx.run(giveBack, { key })
}

function waitAfter({ failures, doublings, longestWaitMs }: Allowance, made: number): number {
  const extra = made - failures
  return extra >= doublings ? longestWaitMs : MINUTE_MS * 2 ** extra
}
