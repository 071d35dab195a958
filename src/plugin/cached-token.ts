import { readGuarded } from './guarded-file.ts'
import { CLIENT_ID, tokenFile } from './places.ts'
import type { Surroundings } from './surroundings.ts'

/** One cluster's ID token, as it lies in its file. Times in milliseconds of this device's own clock. */
export interface CachedToken {
  readonly issuer: string
  readonly client: string
  readonly audience: string
  readonly token: string
  readonly obtainedAt: number
  /** When it is reported to end: a little before it does, for kubectl hands a token on until the last moment. */
  readonly expiresAt: number
}

/** How much earlier than its end a token is reported to end. */
export const EARLY_MS = 30_000
const CLOCK_SET_BACK_MS = 60_000

function isCachedToken(value: unknown): value is CachedToken {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const entry: Partial<Record<keyof CachedToken, unknown>> = value
  return (
    typeof entry.token === 'string' &&
    typeof entry.obtainedAt === 'number' &&
    typeof entry.expiresAt === 'number'
  )
}

/**
 * The token for this cluster if it is still good, without a network and without a lock.
 *
 * @throws LanyardError ERR_FILE_UNSAFE
 */
export function freshToken(
  around: Surroundings,
  issuer: string,
  audience: string,
): CachedToken | undefined {
  const text = readGuarded(tokenFile(around, issuer, audience), around.uid)
  if (text === undefined) {
    return undefined
  }
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return undefined
  }
  const now = around.clock()
  return isCachedToken(entry) &&
    entry.issuer === issuer &&
    entry.client === CLIENT_ID &&
    entry.audience === audience &&
    now < entry.expiresAt &&
    // A clock that was set back would make an old token look young for ever.
    now > entry.obtainedAt - CLOCK_SET_BACK_MS
    ? entry
    : undefined
}
