import type { Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, LanyardError, type UserId } from '../errors/index.ts'
import { refuseWayIntoAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { endPendingLinks } from './link-code.ts'
import { sendNotice } from './notices.ts'
import { type Person, passwordFaults } from './password-rules.ts'
import { verifyPassword } from './sign-in.ts'
import type { PasswordChange } from './types.ts'
import { getUser, getUserById, targetOf } from './user-rows.ts'

/** @throws LanyardError ERR_PASSWORD, whose sentence names every rule broken; ERR_BUSY */
export async function hashNewPassword(
  { hashing, issuerHost }: Context,
  password: string,
  person: Person,
): Promise<string> {
  const faults = passwordFaults(password, person, issuerHost)
  if (faults.length > 0) {
    throw new LanyardError('ERR_PASSWORD', faults.join('; '), {
      hint: 'several words that do not belong together are long and easy to remember',
    })
  }
  using place = hashing.reserve()
  return await place.hash(password)
}

export async function storePassword(
  tx: Transaction,
  password: { userId: UserId; hash: string; mustChange: boolean; now: EpochMs },
): Promise<void> {
  const values = {
    hash: password.hash,
    must_change: password.mustChange ? 1 : 0,
    changed_at: password.now,
  }
  await tx.query
    .insertInto('passwords')
    .values({ user_id: password.userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute()
  await endPendingLinks(tx, password.userId)
}

/** An admin's setting of another's password. */
export async function setPassword(
  context: Context,
  username: string,
  password: string,
  { mustChange = true }: { readonly mustChange?: boolean },
  by: By,
): Promise<void> {
  const person = await getUser(context.store.query, username)
  const hash = await hashNewPassword(context, password, person)
  await context.store.write(async (tx) => {
    const user = await getUserById(tx.query, person.id)
    await refuseWayIntoAdmin(tx, context, user.id, by)
    const now = context.clock()
    await storePassword(tx, { userId: user.id, hash, mustChange, now })
    await endSessions(tx, user.id, now)
    await recordEvent(tx, context.clock, {
      type: 'user.password_set',
      by,
      target: targetOf(user),
      detail: { mustChange },
    })
    await sendNotice(tx, context, { kind: 'password_set', userId: user.id, by })
  })
}

/** A person's change of their own password. */
export async function changeOwnPassword(
  context: Context,
  userId: UserId,
  { current, next, address, knownBrowser }: PasswordChange,
  by: By,
): Promise<void> {
  const person = await getUserById(context.store.query, userId)
  await askCurrent(context, {
    username: person.username,
    password: current,
    address,
    browser: knownBrowser,
    requestId: by.requestId,
  })
  if (next.normalize('NFKC') === current.normalize('NFKC')) {
    throw new LanyardError('ERR_PASSWORD', 'new password is the current one')
  }
  const hash = await hashNewPassword(context, next, person)
  await context.store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    const now = context.clock()
    await storePassword(tx, { userId, hash, mustChange: false, now })
    await endSessions(tx, userId, now)
    await recordEvent(tx, context.clock, {
      type: 'user.password_changed',
      by,
      target: targetOf(user),
    })
    await sendNotice(tx, context, { kind: 'password_changed', userId, by })
  })
}

/** Too many wrong passwords: the account's failure budget is spent for so long. */
export class SignInLimitedError extends LanyardError {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    const minutes = Math.ceil(retryAfterMs / 60_000)
    super('ERR_SIGNIN_LIMITED', 'too many wrong passwords for this account', {
      hint: `try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
    })
    this.retryAfterMs = retryAfterMs
  }
}

/** @throws LanyardError ERR_PASSWORD_WRONG, SignInLimitedError */
async function askCurrent(
  context: Context,
  attempt: Parameters<typeof verifyPassword>[1],
): Promise<void> {
  const result = await verifyPassword(context, attempt)
  if (result.kind === 'ok') return
  if (result.kind === 'wrong') {
    throw new LanyardError('ERR_PASSWORD_WRONG', 'current password is wrong')
  }
  throw new SignInLimitedError(result.retryAfterMs)
}

export async function endSessions(tx: Transaction, userId: UserId, now: EpochMs): Promise<void> {
  await tx.query
    .updateTable('users')
    .set({ sessions_valid_from: now })
    .where('id', '=', userId)
    .execute()
}
