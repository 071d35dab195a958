import { LRUCache } from 'lru-cache'
import type { Clock, EpochMs, UserId } from '../errors/index.ts'

const GUESSES = 10
const WINDOW_MS = 10 * 60_000

/** How many device codes one person may try: codes are short enough to be worth guessing (RFC 8628 §5.1). */
export interface GuessBudget {
  /** Counts one try, before it is looked up, and says how long to wait: 0 when it may go on. */
  take(userId: UserId): number
  /** Gives back the try that was right. */
  refund(userId: UserId): void
}

interface Window {
  count: number
  readonly endsAt: EpochMs
}

/** Only people who have signed in are counted, so the number of rows is that of the users, and bounded all the same. */
export function createGuessBudget({ clock }: { readonly clock: Clock }): GuessBudget {
  const windows = new LRUCache<UserId, Window>({ max: 10_000 })
  return {
    take(userId) {
      const now = clock()
      let window = windows.get(userId)
      if (window === undefined || window.endsAt <= now) {
        window = { count: 0, endsAt: now + WINDOW_MS }
        windows.set(userId, window)
      }
      if (window.count >= GUESSES) return window.endsAt - now
      window.count += 1
      return 0
    },
    refund(userId) {
      const window = windows.get(userId)
      if (window !== undefined && window.count > 0) window.count -= 1
    },
  }
}
