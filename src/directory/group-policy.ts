import { LanyardError } from '../errors/index.ts'
import type { Group } from './types.ts'

const MIN_SECONDS = 60
const MAX_AGE_SECONDS = 90 * 86_400
const MAX_MEMBERSHIP_SECONDS = 30 * 86_400

/** What a sign-in must have been before a token carries the group. @throws LanyardError ERR_POLICY_INVALID */
export function parseGroupPolicy({ factors, maxAge }: Group['policy']): Group['policy'] {
  if (factors !== 'any' && factors !== 'two' && factors !== 'passkey') {
    throw new LanyardError('ERR_POLICY_INVALID', 'factors must be one of any, two, passkey')
  }
  if (maxAge === null || isWithin(maxAge, MAX_AGE_SECONDS)) return { factors, maxAge }
  throw new LanyardError(
    'ERR_POLICY_INVALID',
    `a sign-in of at most ${maxAge} seconds must be a whole number from ${MIN_SECONDS} to ${MAX_AGE_SECONDS}`,
  )
}

/** For how many seconds a membership may be asked for; null for not at all. @throws LanyardError ERR_MEMBERSHIP_LONGEST */
export function parseLongest(seconds: number | null): number | null {
  if (seconds === null || isWithin(seconds, MAX_MEMBERSHIP_SECONDS)) return seconds
  throw new LanyardError(
    'ERR_MEMBERSHIP_LONGEST',
    `a membership of at most ${seconds} seconds must be a whole number from ${MIN_SECONDS} to ${MAX_MEMBERSHIP_SECONDS}`,
  )
}

function isWithin(seconds: number, most: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= MIN_SECONDS && seconds <= most
}
