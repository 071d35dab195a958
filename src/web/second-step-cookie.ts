import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { LRUCache } from 'lru-cache'
import type { Factors } from '../access/index.ts'
import type { Clock, EpochMs, UserId } from '../errors/index.ts'
import { createSignedCookie } from './signed-cookie.ts'

/** Somebody has proved something, and is not signed in yet. */
export interface SecondStep {
  readonly userId: UserId
  /** When they proved the first of it. */
  readonly at: EpochMs
  /** What they proved so far (RFC 8176). */
  readonly amr: readonly string[]
  /** They used a recovery code, and have not been told how many are left. */
  readonly recovery: boolean
  /** What this sign-in must become, as far as is known. */
  readonly needs: Factors
}

/**
 * What this browser remembers between the steps of one sign-in. The cookie is signed, and worth nothing in another flow, after five
 * minutes, after its step was taken, or after the server has started again: what was used is remembered here alone.
 */
export interface SecondSteps {
  find(ctx: Context, flow: string): (SecondStep & { readonly id: string }) | null
  begin(ctx: Context, flow: string, step: SecondStep): void
  /** Ends one; false when another request was first. */
  spend(ctx: Context, id: string): boolean
}

export interface SecondStepOptions {
  readonly secret: Uint8Array
  readonly issuer: URL
  readonly clock: Clock
}

interface Carried extends SecondStep {
  readonly id: string
  readonly flow: string
}

const LIFE_MS = 5 * 60_000
/** Only who has proved something fills it, and each for five minutes. */
const MOST_SPENT = 100_000

export function createSecondSteps({ secret, issuer, clock }: SecondStepOptions): SecondSteps {
  const cookie = createSignedCookie<Carried>({
    ...{ secret, issuer, name: 'lanyard-second-step', maxAgeSeconds: LIFE_MS / 1000 },
    salt: randomBytes(32).toString('base64url'),
  })
  const spent = new LRUCache<string, true>({ max: MOST_SPENT })
  return {
    find(ctx, flow) {
      const carried = cookie.read(ctx)
      if (carried?.flow !== flow || spent.has(carried.id)) return null
      const age = clock() - carried.at
      return age >= 0 && age < LIFE_MS ? carried : null
    },
    begin(ctx, flow, step) {
      cookie.write(ctx, { ...step, flow, id: randomBytes(16).toString('base64url') })
    },
    spend(ctx, id) {
      if (spent.has(id)) return false
      spent.set(id, true)
      cookie.clear(ctx)
      return true
    },
  }
}
