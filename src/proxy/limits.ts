import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../errors/index.ts'
import type { Limits } from './config.ts'

/** How much one person, and one address without a person, may ask of the proxy. */
export interface Budgets {
  /** Seconds to wait; null where the request may go on. */
  request(username: string): Promise<number | null>
  refused(address: string): Promise<void>
  /** Whether new tokens from this address are asked about at all. */
  mayAsk(address: string): Promise<boolean>
}

/** Bursts are how kubectl works: a discovery is dozens of requests at once. */
const WINDOW_SECONDS = 5

export function createBudgets({ requestsPerSecond, refusedPerMinute }: Limits): Budgets {
  const requests = new RateLimiterMemory({
    points: requestsPerSecond * WINDOW_SECONDS,
    duration: WINDOW_SECONDS,
  })
  const refusals = new RateLimiterMemory({ points: refusedPerMinute, duration: 60 })
  return {
    async request(username) {
      try {
        await requests.consume(username)
        return null
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        return Math.max(1, Math.ceil(error.msBeforeNext / 1000))
      }
    },
    async refused(address) {
      await refusals.penalty(networkOf(address))
    },
    async mayAsk(address) {
      const used = await refusals.get(networkOf(address))
      return used === null || used.consumedPoints < refusedPerMinute
    },
  }
}
