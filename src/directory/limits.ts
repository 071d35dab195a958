import { type By, type EpochMs, LanyardError, type UserId } from '../errors/index.ts'
import type { Context } from './context.ts'

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
  /** Null while the account is not limited. */
  of(userId: UserId): Promise<LimitedAccount | null>
  /** Forgets the failures of an account; resolves with false when there were none. @throws LanyardError ERR_USER_UNKNOWN */
  clear(userId: UserId, by: By): Promise<boolean>
}

export function createLimits(_context: Context): Limits {
  const later = async (): Promise<never> => {
    throw new LanyardError('ERR_BUSY', 'not there yet')
  }
  return { list: later, of: later, clear: later }
}
