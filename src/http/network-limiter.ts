import { LRUCache } from 'lru-cache'
import { type Clock, type EpochMs, LanyardError, networkOf } from '../errors/index.ts'

/** Too much from one network; `retryAfterSeconds` becomes the header of the same name. */
export class TooManyRequestsError extends LanyardError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('ERR_TOO_MANY_REQUESTS', 'too many requests came from this network', {
      hint: `wait ${retryAfterSeconds} seconds, then try again`,
    })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface NetworkLimiter {
  /** Counts one request of this address's network. @throws TooManyRequestsError */
  take(address: string): void
}

export interface NetworkLimiterOptions {
  /** How many requests one network has in every window of `perSeconds`. */
  readonly points: number
  readonly perSeconds: number
  readonly clock: Clock
  /** How many networks are remembered; the one seen least recently is forgotten first. */
  readonly maxNetworks?: number
}

interface Window {
  count: number
  readonly endsAt: EpochMs
}

/** A limit per IPv4 address or IPv6 /64, in memory and bounded, whatever comes. */
export function createNetworkLimiter(options: NetworkLimiterOptions): NetworkLimiter {
  const { points, perSeconds, clock, maxNetworks = 20_000 } = options
  const windows = new LRUCache<string, Window>({ max: maxNetworks })
  return {
    take(address) {
      const network = networkOf(address)
      const now = clock()
      let window = windows.get(network)
      if (window === undefined || window.endsAt <= now) {
        window = { count: 0, endsAt: now + perSeconds * 1000 }
        windows.set(network, window)
      }
      window.count += 1
      if (window.count > points) {
        throw new TooManyRequestsError(Math.max(1, Math.ceil((window.endsAt - now) / 1000)))
      }
    },
  }
}
