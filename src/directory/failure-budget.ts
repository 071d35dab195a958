import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { prepare, type Reader, type Transaction } from '../../db/index.ts'
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

/** `reset`: mails with links that somebody asks for. */
export type BudgetKind = 'account' | 'browser' | 'network' | 'reset'

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
  reset: { failures: 3, doublings: 6, longestWaitMs: 60 * MINUTE_MS },
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
  reset: takeFrom(ALLOWANCES.reset),
} as const

const selectBudget = prepare<{ key: string }>()((db, param) =>
  db
    .selectFrom('failure_budgets')
    .select(['failures', 'window_started_at', 'expires_at'])
    .where('key', '=', param('key')),
)

const selectSpentAccounts = prepare<{ now: number }>()((db, param) =>
  db
    .selectFrom('failure_budgets')
    .select(['key', 'failures', 'window_started_at'])
    .where('key', '>=', 'account:')
    .where('key', '<', 'account;')
    .where('failures', '>=', ALLOWANCES.account.failures)
    .where('unproved', '=', 0)
    .where('expires_at', '>', param('now')),
)

const forget = prepare<{ key: string }>()((db, param) =>
  db.deleteFrom('failure_budgets').where('key', '=', param('key')),
)

/** As if it had never been taken, unless another attempt has moved the end of the wait since. */
const giveBack = prepare<{
  key: string
  at: number
  startedBefore: number | null
  expiresBefore: number | null
}>()((db, param) => {
  const moved = sql`${param('startedBefore')} IS NOT NULL AND window_started_at = ${param('at')}`
  return db
    .updateTable('failure_budgets')
    .set((row) => ({
      failures: row('failures', '-', 1),
      window_started_at: sql`CASE WHEN ${moved} THEN ${param('startedBefore')} ELSE window_started_at END`,
      expires_at: sql`CASE WHEN ${moved} THEN ${param('expiresBefore')} ELSE expires_at END`,
    }))
    .where('key', '=', param('key'))
    .where('failures', '>', 0)
})

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

/** An attempt that was counted, and what its budget was before. */
export interface TakenAttempt {
  readonly kind: BudgetKind
  readonly key: string
  readonly at: EpochMs
  readonly before: { readonly startedAt: EpochMs; readonly expiresAt: EpochMs } | null
}

/** Counts an attempt before it is made. @returns how long to wait, in milliseconds, where it may not be made. */
export async function takeAttempt(
  tx: Transaction,
  { kind, key, proved }: Budget,
  now: EpochMs,
): Promise<TakenAttempt | number> {
  const row = await tx.first(selectBudget, { key })
  const taken = await tx.run(takes[kind], { key, now, unproved: proved ? 0 : 1 })
  if (taken > 0) {
    const counting = row !== undefined && row.expires_at > now
    const before = counting ? { startedAt: row.window_started_at, expiresAt: row.expires_at } : null
    return { kind, key, at: now, before }
  }
  if (row === undefined) throw new TypeError('a budget that refused has a row')
  return Math.max(1, row.window_started_at + waitAfter(ALLOWANCES[kind], row.failures) - now)
}

/** Deletes the oldest of what visitors have made, beyond the bound. */
export async function boundUnproved(tx: Transaction): Promise<void> {
  await tx.run(evictOldest, {})
}

/** The person was there: what others have spent of the budget is forgotten. @returns whether there was anything */
export async function resetBudget(tx: Transaction, { key }: Budget): Promise<boolean> {
  return (await tx.run(forget, { key })) > 0
}

/** The attempt was no failure, but others stay counted, and nobody waits for it. */
export async function refundAttempt(
  tx: Transaction,
  { key, at, before }: TakenAttempt,
): Promise<void> {
  const startedBefore = before?.startedAt ?? null
  await tx.run(giveBack, { key, at, startedBefore, expiresBefore: before?.expiresAt ?? null })
}

/** From the failure that counted last until the next attempt may be made. */
interface Wait {
  readonly since: EpochMs
  readonly until: EpochMs
}

/** @returns null while an attempt may be made */
export async function readWait(
  reader: Reader,
  { kind, key }: Budget,
  now: EpochMs,
): Promise<Wait | null> {
  const row = await reader.first(selectBudget, { key })
  return row === undefined || row.expires_at <= now ? null : waitOf(kind, row, now)
}

/** Of every account that has to wait now, by the keys of their budgets. */
export async function readAccountWaits(
  reader: Reader,
  now: EpochMs,
): Promise<ReadonlyMap<string, Wait>> {
  const waits = new Map<string, Wait>()
  for (const row of await reader.all(selectSpentAccounts, { now })) {
    const wait = waitOf('account', row, now)
    if (wait !== null) waits.set(row.key, wait)
  }
  return waits
}

function waitOf(
  kind: BudgetKind,
  row: { readonly failures: number; readonly window_started_at: number },
  now: EpochMs,
): Wait | null {
  if (row.failures < ALLOWANCES[kind].failures) return null
  const since = row.window_started_at
  const until = since + waitAfter(ALLOWANCES[kind], row.failures)
  return until > now ? { since, until } : null
}

function waitAfter({ failures, doublings, longestWaitMs }: Allowance, made: number): number {
  const extra = made - failures
  return extra >= doublings ? longestWaitMs : MINUTE_MS * 2 ** extra
}
