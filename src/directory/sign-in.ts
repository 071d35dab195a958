import { prepare, type Transaction } from '../../db/index.ts'
import { type EpochMs, networkOf, type UserId } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import type { Context } from './context.ts'
import {
  type Budget,
  boundUnproved,
  budgetOf,
  refundAttempt,
  resetBudget,
  takeAttempt,
} from './failure-budget.ts'
import type { HashingPlace } from './hashing.ts'
import { readSubject } from './subject.ts'
import type { KnownBrowser, SignInAttempt, SignInResult } from './types.ts'

/** Longer ones are compared as empty: nobody can have set one. */
const LONGEST_COMPARED = 4_096

interface Account {
  readonly id: string
  readonly status: 'active' | 'disabled'
  readonly hash: string | null
}

interface Budgets {
  readonly account: Budget
  /** Null unless the browser is known for this very account. */
  readonly browser: Budget | null
  readonly network: Budget
}

interface Attempt {
  readonly account: Account | undefined
  readonly budgets: Budgets
  /** What it was counted in, or how long it has to wait. */
  readonly taken: readonly Budget[]
  readonly waitMs: number | null
}

const selectAccount = prepare<{ username: string }>()((db, param) =>
  db
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['users.id', 'users.status', 'passwords.hash'])
    .where('users.username', '=', param('username')),
)

/** @throws LanyardError ERR_BUSY */
export async function verifyPassword(
  context: Context,
  { username: input, password, address, browser, requestId = null }: SignInAttempt,
): Promise<SignInResult> {
  const { store, audit, hashing } = context
  const username = canonicaliseName(input)
  using place = hashing.reserve()
  const attempt = await store.write((tx) => begin(tx, context, { username, address, browser }))
  if (attempt.waitMs === null && (await compare(place, attempt.account, password))) {
    const userId = await store.write((tx) => succeed(tx, username, attempt))
    const subject = userId === null ? undefined : await readSubject(store, userId, context.clock())
    if (subject !== undefined) return { kind: 'ok', subject }
  }
  await audit.countRefusal({
    type: 'signin.refused',
    // A name that is nobody's may be a password in the wrong field: it is not written down.
    ...(attempt.account === undefined ? {} : { account: username }),
    address,
    requestId,
    detail: { reason: attempt.waitMs === null ? 'wrong' : 'limited' },
  })
  if (attempt.waitMs !== null) return { kind: 'limited', retryAfterMs: attempt.waitMs }
  return { kind: 'wrong' }
}

async function begin(
  tx: Transaction,
  { secret, clock }: Context,
  who: { username: string; address: string | null; browser: KnownBrowser | null },
): Promise<Attempt> {
  const account = await tx.first(selectAccount, { username: who.username })
  const known = who.browser !== null && who.browser.userId === account?.id
  const budgets: Budgets = {
    account: budgetOf(secret, 'account', who.username, { proved: account !== undefined }),
    browser: known
      ? budgetOf(secret, 'browser', `${who.browser?.userId} ${who.browser?.id}`, { proved: true })
      : null,
    network: budgetOf(
      secret,
      'network',
      who.address === null ? 'unknown' : networkOf(who.address),
      {
        proved: false,
      },
    ),
  }
  return { account, budgets, ...(await take(tx, budgets, clock())) }
}

/**
 * A known browser has a budget of its own: neither those who hammer the account nor those who share its network spend it. When
 * it is spent, that browser is as good as any other.
 */
async function take(
  tx: Transaction,
  { account, browser, network }: Budgets,
  now: EpochMs,
): Promise<{ taken: Budget[]; waitMs: number | null }> {
  if (browser !== null && (await takeAttempt(tx, browser, now)) === null) {
    return { taken: [browser], waitMs: null }
  }
  // The network first: one that must wait cannot spend anybody's account.
  const waitMs = (await takeAttempt(tx, network, now)) ?? (await takeAttempt(tx, account, now))
  await boundUnproved(tx)
  return { taken: waitMs === null ? [network, account] : [], waitMs }
}

/** A disabled, passwordless or unknown account is compared with nobody's hash, which takes as long. */
function compare(
  place: HashingPlace,
  account: Account | undefined,
  password: string,
): Promise<boolean> {
  const hash = account?.status === 'active' ? account.hash : null
  return place.verify(hash, password.length > LONGEST_COMPARED ? '' : password)
}

/** Resolves with null when the account has changed while its password was compared. */
async function succeed(
  tx: Transaction,
  username: string,
  { account, budgets, taken }: Attempt,
): Promise<UserId | null> {
  const now = await tx.first(selectAccount, { username })
  if (now === undefined || now.id !== account?.id) return null
  if (now.status !== 'active' || now.hash !== account.hash) return null
  await resetBudget(tx, budgets.account)
  if (budgets.browser !== null) await resetBudget(tx, budgets.browser)
  if (taken.includes(budgets.network)) await refundAttempt(tx, budgets.network)
  return now.id as UserId
}
