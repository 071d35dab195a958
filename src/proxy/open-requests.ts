import { isDeepStrictEqual } from 'node:util'
import type { EpochMs } from '../errors/index.ts'
import type { Reviewer } from './reviewer.ts'
import type { Person } from './types.ts'

/** A request from its admission to its end, however long that takes. */
export interface OpenRequest {
  readonly token: string
  readonly key: string
  readonly person: Person
  /** When Lanyard was asked whether it may come in. */
  readonly askedAt: EpochMs
  /** Ends it on both sides. */
  readonly cut: (why: CutReason) => void
}

export type CutReason = 'refused' | 'changed' | 'lanyard-unreachable'

export interface OpenRequests {
  /** Call what comes back when the request is over. */
  add(request: OpenRequest): () => void
  countOf(username: string): number
  readonly size: number
  /** Asks Lanyard about every token that has requests open, and cuts those of whoever may no longer be there as that person. */
  tick(): Promise<void>
  /** Cuts those about whom Lanyard has said nothing for too long, also while a question to it hangs. */
  expire(): void
}

/** How long a request stays open while Lanyard says nothing at all. */
const GRACE_MS = 30_000

interface Holder {
  readonly token: string
  readonly requests: Set<OpenRequest>
  /**
   * When Lanyard was asked about the first of them: the token had not ended then. The moment of coming in is no such time, as an answer
   * is kept for seconds in which the token may end; and of all such times the first lies farthest from that end.
   */
  readonly openedAt: EpochMs
  /** By the clock that only goes forward: when Lanyard last said that all is well. */
  confirmedAt: number
}

export function createOpenRequests(reviewer: Reviewer, now: () => number): OpenRequests {
  const holders = new Map<string, Holder>()
  const perUser = new Map<string, number>()
  let size = 0

  function count(username: string, by: 1 | -1): void {
    size += by
    const sum = (perUser.get(username) ?? 0) + by
    if (sum === 0) perUser.delete(username)
    else perUser.set(username, sum)
  }

  return {
    add(request) {
      const { key, token, person, askedAt } = request
      const holder = holders.get(key) ?? {
        ...{ token, requests: new Set(), openedAt: askedAt, confirmedAt: now() },
      }
      holders.set(key, holder)
      holder.requests.add(request)
      count(person.username, 1)
      return () => {
        if (!holder.requests.delete(request)) return
        count(person.username, -1)
        if (holder.requests.size === 0) holders.delete(key)
      }
    },
    countOf: (username) => perUser.get(username) ?? 0,
    get size() {
      return size
    },
    async tick() {
      const asked = [...holders]
      const asks = asked.map(([key, { token, openedAt }]) => ({ key, token, openedAt }))
      try {
        const at = now()
        const answers = await reviewer.reviewOpen(asks)
        asked.forEach(([key, holder], index) => {
          const answer = answers[index]
          if (answer?.kind === 'person') {
            holder.confirmedAt = at
            if (cutChanged(holder, answer.person)) reviewer.forget(key)
          } else cutAll(holder, 'refused')
        })
      } catch {
        // The reviewer keeps why; whoever was confirmed lately stays until `expire`.
      }
    },
    expire() {
      for (const holder of holders.values()) {
        if (now() - holder.confirmedAt >= GRACE_MS) cutAll(holder, 'lanyard-unreachable')
      }
    },
  }
}

function cutAll({ requests }: Holder, why: CutReason): void {
  for (const request of [...requests]) request.cut(why)
}

/** An apiserver looks at who somebody is once, when a watch begins: what began as another identity has to begin again. */
function cutChanged({ requests }: Holder, person: Person): boolean {
  const now = identityOf(person)
  const changed = [...requests].filter((open) => !isDeepStrictEqual(identityOf(open.person), now))
  for (const request of changed) request.cut('changed')
  return changed.length > 0
}

function identityOf({ username, uid, groups }: Person) {
  return { username, uid, groups: groups.toSorted() }
}
