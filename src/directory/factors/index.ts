import { recordEvent } from '../../audit/index.ts'
import type { By, UserId } from '../../errors/index.ts'
import { refuseWayIntoAdmin } from '../admins.ts'
import { forgetFailures } from '../attempt.ts'
import type { Context } from '../context.ts'
import type { KnownBrowser } from '../types.ts'
import { getUserById, targetOf } from '../user-rows.ts'
import { createOneTimeCodes, removeCodes } from './one-time-codes.ts'
import { register, registrationOptions } from './passkey-registration.ts'
import { removePasskey, renamePasskey, selectPasskeys, toPasskey } from './passkey-rows.ts'
import { signInOptions, verifyPasskey } from './passkey-sign-in.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import type { FactorList, Factors } from './types.ts'

export function createFactors(context: Context): Factors {
  return {
    of: (userId) => readFactors(context, userId),
    passkeys: {
      registrationOptions: (userId, binding) => registrationOptions(context, userId, binding),
      register: (registration, by) => register(context, registration, by),
      signInOptions: (userId, binding) => signInOptions(context, userId, binding),
      verify: (answer) => verifyPasskey(context, answer),
      rename: (userId, id, name, by) => renamePasskey(context, { userId, id, name }, by),
      remove: (userId, id, by) => removePasskey(context, { userId, id }, by),
    },
    oneTimeCodes: createOneTimeCodes(context),
    recoveryCodes: createRecoveryCodes(context),
    completed: (userId, browser) => complete(context, userId, browser),
    removeAll: (userId, by) => removeAll(context, userId, by),
  }
}

async function readFactors({ store }: Context, userId: UserId): Promise<FactorList> {
  const { hasPassword } = await getUserById(store.query, userId)
  const passkeys = await store.all(selectPasskeys, { userId })
  const code = await store.query
    .selectFrom('one_time_codes')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  const recovery = await store.query
    .selectFrom('recovery_codes')
    .select((row) => row.fn.countAll<number>().as('left'))
    .where('user_id', '=', userId)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return {
    password: hasPassword,
    passkeys: passkeys.map(toPasskey),
    oneTimeCode: code !== undefined,
    recoveryCodesLeft: recovery.left,
  }
}

async function complete(
  context: Context,
  userId: UserId,
  browser: KnownBrowser | null,
): Promise<void> {
  await context.store.write(async (tx) => {
    const { username } = await getUserById(tx.query, userId)
    await forgetFailures(tx, context, { username, userId, browser })
  })
}

async function removeAll(context: Context, userId: UserId, by: By): Promise<void> {
  const { store, clock } = context
  await store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    await refuseWayIntoAdmin(tx, context, userId, by)
    const passkeys = await tx.query
      .deleteFrom('passkeys')
      .where('user_id', '=', userId)
      .executeTakeFirst()
    const oneTimeCode = await removeCodes(tx, userId)
    await tx.query.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
    // Whoever holds what was lost may be signed in with it.
    await tx.query
      .updateTable('users')
      .set({ sessions_valid_from: clock() })
      .where('id', '=', userId)
      .execute()
    await recordEvent(tx, clock, {
      type: 'factor.all_removed',
      by,
      target: targetOf(user),
      detail: { passkeys: Number(passkeys.numDeletedRows), oneTimeCode },
    })
  })
}
