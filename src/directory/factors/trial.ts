import { prepare, type Transaction } from '../../../db/index.ts'
import type { UserId } from '../../errors/index.ts'
import { type Attempt, beginAttempt, beginNetworkAttempt, refund } from '../attempt.ts'
import type { Context } from '../context.ts'
import { readSubject } from '../subject.ts'
import type { FactorAttempt, FactorResult } from './types.ts'

type FactorName = 'one-time code' | 'recovery code' | 'passkey'

const selectPerson = prepare<{ userId: string }>()((db, param) =>
  db.selectFrom('users').select(['username', 'status']).where('id', '=', param('userId')),
)

interface Outcome {
  readonly right: boolean
  readonly username: string | undefined
  readonly waitMs: number | null
}

/**
 * Tries what a person typed within the budgets of their account. `check` runs in the write that counts it and must use it up in one statement:
 * so of two at once one is right.
 */
export async function tryFactor(
  context: Context,
  attempt: FactorAttempt,
  factor: FactorName,
  check: (tx: Transaction, username: string) => Promise<boolean>,
): Promise<FactorResult> {
  const { userId, address, browser } = attempt
  const outcome = await context.store.write(async (tx): Promise<Outcome> => {
    const person = await tx.first(selectPerson, { userId })
    const username = person?.username
    const counted: Attempt =
      username === undefined
        ? await beginNetworkAttempt(tx, context, address)
        : await beginAttempt(tx, context, { username, userId, address, browser })
    const { waitMs } = counted
    if (waitMs !== null || username === undefined) return { right: false, username, waitMs }
    const right = person?.status === 'active' && (await check(tx, username))
    if (right) await refund(tx, counted)
    return { right, username, waitMs }
  })
  return answer(context, factor, { ...attempt, ...outcome, userId: outcome.right ? userId : null })
}

/** The result of a trial, and its row among the refusals where it was none. */
export async function answer(
  { store, audit, clock }: Context,
  factor: FactorName,
  trial: {
    /** Null where it was wrong or came too early. */
    readonly userId: UserId | null
    readonly username: string | undefined
    readonly waitMs: number | null
    readonly address: string | null
    readonly requestId?: string | null
  },
): Promise<FactorResult> {
  const { userId, username, waitMs, address, requestId = null } = trial
  const subject = userId === null ? undefined : await readSubject(store, userId, clock())
  if (subject !== undefined) return { kind: 'ok', subject }
  await audit.countRefusal({
    type: 'signin.refused',
    ...(username === undefined ? {} : { account: username }),
    address,
    requestId,
    detail: { reason: waitMs === null ? 'wrong' : 'limited', factor },
  })
  return waitMs === null ? { kind: 'wrong' } : { kind: 'limited', retryAfterMs: waitMs }
}
