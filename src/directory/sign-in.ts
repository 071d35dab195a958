import { prepare, type Transaction } from '../../db/index.ts'
import type { UserId } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import { type Attempt, beginAttempt, forgetFailures, refund, type Trier } from './attempt.ts'
import type { Context } from './context.ts'
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

interface PasswordAttempt extends Attempt {
  readonly account: Account | undefined
  readonly trier: Trier
}

const selectAccount = prepare<{ username: string }>()((db, param) =>
  db
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['users.id', 'users.status', 'passwords.hash'])
    .select((user) => [
      user
        .selectFrom('one_time_codes')
        .select('one_time_codes.user_id')
        .whereRef('one_time_codes.user_id', '=', 'users.id')
        .where('one_time_codes.confirmed_at', 'is not', null)
        .as('has_codes'),
      user
        .selectFrom('recovery_codes')
        .select('recovery_codes.user_id')
        .whereRef('recovery_codes.user_id', '=', 'users.id')
        .where('recovery_codes.consumed_at', 'is', null)
        .limit(1)
        .as('has_recovery_codes'),
    ])
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
    const userId = await store.write((tx) => succeed(tx, context, attempt))
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
  context: Context,
  who: { username: string; address: string | null; browser: KnownBrowser | null },
): Promise<PasswordAttempt> {
  const account = await tx.first(selectAccount, { username: who.username })
  const trier = { ...who, userId: account?.id ?? null }
  return { account, trier, ...(await beginAttempt(tx, context, trier)) }
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

/**
 * Resolves with null when the account has changed while its password was compared. Where a code comes next, a right password
 * is only not counted: did it forget failures, then whoever knows it could guess codes without end.
 */
async function succeed(
  tx: Transaction,
  context: Context,
  { account, trier, ...attempt }: PasswordAttempt,
): Promise<UserId | null> {
  const now = await tx.first(selectAccount, { username: trier.username })
  if (now === undefined || now.id !== account?.id) return null
  if (now.status !== 'active' || now.hash !== account.hash) return null
  await refund(tx, attempt)
  if (now.has_codes === null && now.has_recovery_codes === null) {
    await forgetFailures(tx, context, trier)
  }
  return now.id as UserId
}
