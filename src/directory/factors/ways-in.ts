import type { Transaction } from '../../../db/index.ts'
import { LanyardError, type UserId } from '../../errors/index.ts'

/**
 * Asked after a factor went, in the same write: whoever has neither a password nor a passkey could never sign in again.
 * @throws LanyardError ERR_LAST_WAY_IN
 */
export async function keepAWayIn(tx: Transaction, userId: UserId): Promise<void> {
  const left = await tx.query
    .selectFrom('passwords')
    .select('user_id')
    .where('user_id', '=', userId)
    .union((query) => query.selectFrom('passkeys').select('user_id').where('user_id', '=', userId))
    .executeTakeFirst()
  if (left !== undefined) return
  throw new LanyardError('ERR_LAST_WAY_IN', 'this is the last way to sign in to this account', {
    hint: 'add another passkey or set a password first',
  })
}

/** Recovery codes stand in for another factor: they go with the last of them, and nobody counts on what proves nothing. */
export async function removeIdleRecoveryCodes(tx: Transaction, userId: UserId): Promise<void> {
  await tx.query
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('passkeys').select('passkeys.id').where('passkeys.user_id', '=', userId)),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('one_time_codes')
            .select('one_time_codes.user_id')
            .where('one_time_codes.user_id', '=', userId)
            .where('one_time_codes.confirmed_at', 'is not', null),
        ),
      ),
    )
    .execute()
}
