import { recordEvent } from '../audit/index.ts'
import type { By, EpochMs, UserId } from '../errors/index.ts'
import { accountBudget } from './attempt.ts'
import type { Context } from './context.ts'
import { readAccountWaits, readWait, resetBudget } from './failure-budget.ts'
import { getUserById, targetOf } from './user-rows.ts'

/** An account that nobody may try to sign in to at this moment, but from known browsers and with passkeys. */
export interface LimitedAccount {
  readonly userId: UserId
  readonly username: string
  /** When the last failure was that counted. */
  readonly since: EpochMs
  /** When the next attempt may be made. */
  readonly until: EpochMs
}

export interface Limits {
  /** Those who have to wait now, in the order of names. */
  list(): Promise<LimitedAccount[]>
  /** Null while the account is not limited. @throws LanyardError ERR_USER_UNKNOWN */
  of(userId: UserId): Promise<LimitedAccount | null>
  /** Forgets the failures of an account; resolves with false when there were none. @throws LanyardError ERR_USER_UNKNOWN */
  clear(userId: UserId, by: By): Promise<boolean>
}

/** Names read at once while those of limited accounts are looked for. */
const NAMES_AT_ONCE = 1_000

export function createLimits(context: Context): Limits {
  const { store, clock, secret } = context
  return {
    list: () => listLimited(context),
    async of(userId) {
      const { username } = await getUserById(store.query, userId)
      const budget = accountBudget({ secret }, { userId, username })
      const wait = await readWait(store, budget, clock())
      return wait === null ? null : { userId, username, ...wait }
    },
    clear: (userId, by) =>
      store.write(async (tx) => {
        const user = await getUserById(tx.query, userId)
        const budget = accountBudget({ secret }, { userId, username: user.username })
        if (!(await resetBudget(tx, budget))) return false
        await recordEvent(tx, clock, { type: 'user.limit_cleared', by, target: targetOf(user) })
        return true
      }),
  }
}

/** Budgets name nobody: whose they are is found by making the key of every name, and only while somebody has to wait. */
async function listLimited({ store, clock, secret }: Context): Promise<LimitedAccount[]> {
  const waits = await readAccountWaits(store, clock())
  const limited: LimitedAccount[] = []
  let after = ''
  while (limited.length < waits.size) {
    const users = await store.query
      .selectFrom('users')
      .select(['id', 'username'])
      .where('username', '>', after)
      .orderBy('username')
      .limit(NAMES_AT_ONCE)
      .execute()
    for (const { id, username } of users) {
      const userId = id as UserId
      const wait = waits.get(accountBudget({ secret }, { userId, username }).key)
      if (wait !== undefined) limited.push({ userId, username, ...wait })
    }
    const last = users.at(-1)
    if (last === undefined) break
    after = last.username
  }
  return limited
}
