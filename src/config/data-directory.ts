import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs'
import { type Clock, LanyardError, messageOf } from '../errors/index.ts'
import type { Settings } from './config.ts'

/**
 * Makes the data directory, for its owner alone, and takes it away from others where it was open to them.
 * @throws LanyardError ERR_DATA_UNWRITABLE
 */
export function prepareDataDirectory({ data }: Pick<Settings, 'data'>): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const { mode, uid } = statSync(data)
    // A volume that belongs to somebody else (Kubernetes' fsGroup) is theirs to open or close; every secret in it is 0600.
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(data, 0o700)
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new LanyardError(
      'ERR_DATA_UNWRITABLE',
      `the data directory ${data} cannot be written: ${messageOf(error)}`,
      { hint: 'make it writable for this user, or name another one as LANYARD_DATA', cause: error },
    )
  }
}

const earliestTime = Date.UTC(2026, 0, 1)

/**
 * Tokens of a server whose clock has not been set yet would be dead or immortal.
 * @throws LanyardError ERR_CLOCK
 */
export function checkClock(clock: Clock): void {
  const now = clock()
  if (now >= earliestTime) return
  throw new LanyardError('ERR_CLOCK', `the clock of this machine says ${isoDate(now)}`, {
    hint: 'set the clock, then start again',
  })
}

function isoDate(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}
