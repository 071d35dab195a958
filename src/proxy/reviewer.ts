import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock, EpochMs } from '../errors/index.ts'
import type { Answer, Ask, Lanyard } from './lanyard.ts'
import { MAX_ASKS } from './lanyard.ts'

/** An answer, and when its question was asked: what was true then is not known of any moment after it. */
export interface Reviewed {
  readonly answer: Answer
  readonly askedAt: EpochMs
}

/** Who the holders of tokens are, remembered for seconds. */
export interface Reviewer {
  /** Throws LanyardError ERR_REVIEW. */
  review(token: string, key: string): Promise<Reviewed>
  /** Asks again about requests that are open; a refusal is remembered, an answer for an open request lets in no new one. */
  reviewOpen(asks: readonly (Ask & { readonly key: string })[]): Promise<readonly Answer[]>
  forget(key: string): void
  /** True where this token was somebody's within the hour: its holder is not slowed down by strangers at the same address. */
  knows(key: string): boolean
  /** Why the last question had no answer; null where it had one, undefined before the first. */
  readonly fault: string | null | undefined
}

interface Entry extends Reviewed {
  /** By the clock that only goes forward. */
  readonly at: number
}

/** How long an answer is good for new requests. */
export const ANSWER_MS = 3_000
/** A token that is made a second later works at once. */
export const REFUSED_MS = 1_000
const KNOWN_MS = 3_600_000
const MAX_TOKENS = 20_000

/** Of a token, in memory: who reads it cannot use it. */
export function tokenKey(token: string): string {
  return hash('sha256', token, 'base64')
}

export function createReviewer(
  lanyard: Lanyard,
  { clock, now }: { readonly clock: Clock; readonly now: () => number },
): Reviewer {
  const answers = new LRUCache<string, Entry>({ max: MAX_TOKENS })
  const known = new LRUCache<string, number>({ max: MAX_TOKENS })
  const asked = new Map<string, Promise<Entry>>()
  let fault: string | null | undefined

  async function ask(asks: readonly Ask[]): Promise<readonly Answer[]> {
    try {
      const found = await lanyard.ask(asks)
      fault = null
      return found
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  async function askOne(token: string, key: string): Promise<Entry> {
    // The time of the question, not of the answer: what changed in between must not be good for longer.
    const [at, askedAt] = [now(), clock()]
    const [answer] = await ask([{ token, openedAt: null }])
    if (answer === undefined) throw new TypeError('no answer')
    const entry = { at, askedAt, answer }
    answers.set(key, entry)
    if (answer.kind === 'person') known.set(key, at)
    return entry
  }

  return {
    async review(token, key) {
      const entry = answers.get(key)
      if (entry !== undefined && isFresh(entry, now())) return entry
      const before = asked.get(key)
      if (before !== undefined) return before
      const pending = askOne(token, key).finally(() => asked.delete(key))
      asked.set(key, pending)
      return pending
    },
    async reviewOpen(asks) {
      const [at, askedAt] = [now(), clock()]
      const found: Answer[] = []
      if (asks.length === 0) await ask([])
      for (let from = 0; from < asks.length; from += MAX_ASKS) {
        found.push(...(await ask(asks.slice(from, from + MAX_ASKS))))
      }
      asks.forEach(({ key }, index) => {
        const answer = found[index]
        if (answer?.kind === 'refused') answers.set(key, { at, askedAt, answer })
      })
      return found
    },
    forget: (key) => void answers.delete(key),
    knows: (key) => now() - (known.get(key) ?? -Infinity) < KNOWN_MS,
    get fault() {
      return fault
    },
  }
}

function isFresh({ at, answer }: Entry, now: number): boolean {
  return now - at < (answer.kind === 'person' ? ANSWER_MS : REFUSED_MS)
}
