import { LRUCache } from 'lru-cache'
import type { Clock, EpochMs } from '../errors/index.ts'

/** RFC 8628 §3.2: the interval where the response names none. */
const INTERVAL_MS = 5_000
/** RFC 8628 §3.5: slow_down adds 5 s to this and every later poll. */
const STEP_MS = 5_000
/** A poll sent in time may arrive a little early. */
const TOLERANCE_MS = 1_000
const CODES_KEPT = 10_000

export interface Polling {
  /** Notes a poll for this device code's row; true when it came too soon. */
  tooSoon(id: string): boolean
}

/** Kept in memory: after a restart a client is only ever treated more kindly. */
export function createPolling(clock: Clock): Polling {
  const polls = new LRUCache<string, { lastAt: EpochMs; intervalMs: number }>({ max: CODES_KEPT })
  return {
    tooSoon(id) {
      const now = clock()
      const known = polls.get(id)
      if (known === undefined) {
        polls.set(id, { lastAt: now, intervalMs: INTERVAL_MS })
        return false
      }
      const soon = now - known.lastAt < known.intervalMs - TOLERANCE_MS
      known.lastAt = now
      if (soon) known.intervalMs += STEP_MS
      return soon
    },
  }
}
