import type { Transaction } from '../../db/index.ts'
import { networkOf } from '../errors/index.ts'
import type { Context } from './context.ts'
import {
  type Budget,
  boundUnproved,
  budgetOf,
  refundAttempt,
  resetBudget,
  type TakenAttempt,
  takeAttempt,
} from './failure-budget.ts'
import type { KnownBrowser } from './types.ts'

/*
 * One budget per account, whatever is tried: a password, a one-time code or a recovery code, on whatever page. Its key is the canonical
 * name, which no spelling changes.
 */

/** Who tries, by the name that was looked up; `userId` is null where nobody has it. */
export interface Trier {
  readonly username: string
  readonly userId: string | null
  readonly address: string | null
  readonly browser: KnownBrowser | null
}

export interface Attempt {
  /** What it was counted in: nothing where it has to wait. */
  readonly taken: readonly TakenAttempt[]
  /** Null where it may be made. */
  readonly waitMs: number | null
}

/**
 * Counts an attempt before it is made. A known browser has a budget of its own: neither those who hammer the account nor those who share
 * its network spend it. When it is spent, that browser is as good as any other.
 */
export async function beginAttempt(
  tx: Transaction,
  context: Context,
  trier: Trier,
): Promise<Attempt> {
  const now = context.clock()
  const browser = browserBudget(context, trier)
  if (browser !== null) {
    const taken = await takeAttempt(tx, browser, now)
    if (typeof taken !== 'number') return { taken: [taken], waitMs: null }
  }
  // The network first: one that must wait cannot spend anybody's account.
  const network = await beginNetworkAttempt(tx, context, trier.address)
  if (network.waitMs !== null) return network
  const account = await takeAttempt(tx, accountBudget(context, trier), now)
  await boundUnproved(tx)
  if (typeof account === 'number') return { taken: [], waitMs: account }
  return { taken: [...network.taken, account], waitMs: null }
}

/** For what cannot be guessed: no account is limited by it, and no limited account stops it. */
export async function beginNetworkAttempt(
  tx: Transaction,
  { secret, clock }: Context,
  address: string | null,
): Promise<Attempt> {
  const id = address === null ? 'unknown' : networkOf(address)
  const network = budgetOf(secret, 'network', id, { proved: false })
  const taken = await takeAttempt(tx, network, clock())
  await boundUnproved(tx)
  return typeof taken === 'number' ? { taken: [], waitMs: taken } : { taken: [taken], waitMs: null }
}

/** It was right: nothing of it stays counted, and nothing else is forgotten. */
export async function refund(tx: Transaction, { taken }: Attempt): Promise<void> {
  for (const each of taken) await refundAttempt(tx, each)
}

/** The person has signed in: their account and this browser begin anew, while their network is refunded this attempt alone. */
export async function forgetFailures(
  tx: Transaction,
  context: Context,
  trier: Omit<Trier, 'address'>,
): Promise<void> {
  await resetBudget(tx, accountBudget(context, trier))
  const browser = browserBudget(context, trier)
  if (browser !== null) await resetBudget(tx, browser)
}

export function accountBudget(
  { secret }: Pick<Context, 'secret'>,
  { username, userId }: Pick<Trier, 'username' | 'userId'>,
): Budget {
  return budgetOf(secret, 'account', username, { proved: userId !== null })
}

/** Null unless the browser is known for this very account. */
function browserBudget(
  { secret }: Context,
  { userId, browser }: Pick<Trier, 'userId' | 'browser'>,
): Budget | null {
  if (browser === null || browser.userId !== userId) return null
  return budgetOf(secret, 'browser', `${browser.userId} ${browser.id}`, { proved: true })
}
