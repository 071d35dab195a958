import { isDeepStrictEqual } from 'node:util'
import type { Reviewer } from './reviewer.ts'
import type { Person } from './types.ts'

/** A request from its admission to its end, however long that takes. */
export interface OpenRequest {
  readonly token: string
  readonly key: string
  readonly person: Person
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
}

/** How long a request stays open while Lanyard says nothing at all. */
export const GRACE_MS = 30_000

interface Holder {
  readonly token: string
  readonly requests: Set<OpenRequest>
  /** When the last of them was let in: the token's own end was looked at then. */
  openedAt: number
  /** By the clock that only goes forward: when Lanyard last said that all is well. */
  confirmedAt: number
}

export function createOpenRequests(
  reviewer: Reviewer,
  { clock, now }: { readonly clock: () => number; readonly now: () => number },
): OpenRequests {
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
      const { key, token, person } = request
      const holder = holders.get(key) ?? {
        ...{ token, requests: new Set(), openedAt: clock(), confirmedAt: now() },
      }
      holders.set(key, holder)
      holder.requests.add(request)
      holder.openedAt = clock()
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
        // The reviewer keeps why; whoever was confirmed lately stays for a while.
        for (const [, holder] of asked) {
          if (now() - holder.confirmedAt >= GRACE_MS) cutAll(holder, 'lanyard-unreachable')
        }
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
