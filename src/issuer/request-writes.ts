import { AsyncLocalStorage } from 'node:async_hooks'
import type { Store, Transaction } from '../../db/index.ts'

/**
 * `always` holds even when the request fails: what was presented is used up, what was revoked stays revoked. `success` belongs to
 * an answer, and is dropped with it.
 */
export type WriteKind = 'always' | 'success'

type Write = (tx: Transaction, failed: boolean) => Promise<void>

/** All writes of one request, committed together before it is answered. */
class Unit {
  readonly writes: { readonly kind: WriteKind; readonly write: Write }[] = []
}

export interface RequestWrites {
  /**
   * Runs `work`, whose writes are gathered, then commits them as one; rejects with whatever a write threw, and then none of
   * them holds. `failed` says after the work whether it came to an error answer.
   */
  run<T>(work: () => Promise<T>, failed?: () => boolean): Promise<T>
  /** Adds a write to the request's unit; outside of one it is committed at once. */
  add(kind: WriteKind, write: Write): Promise<void>
}

/**
 * The engine awaits `consume()` of a token before it builds the successor, which would make two commits with a crash between
 * them. So its writes are gathered and the request is answered after the one commit.
 */
export function createRequestWrites(store: Store): RequestWrites {
  const units = new AsyncLocalStorage<Unit>()

  async function commit(unit: Unit, failed: boolean): Promise<void> {
    const chosen = failed ? unit.writes.filter(({ kind }) => kind === 'always') : unit.writes
    if (chosen.length === 0) return
    await store.write(async (tx) => {
      for (const { write } of chosen) await write(tx, failed)
    })
  }

  return {
    async run(work, failed = () => false) {
      const unit = new Unit()
      const result = await units.run(unit, work)
      await commit(unit, failed())
      return result
    },
    async add(kind, write) {
      const unit = units.getStore()
      if (unit === undefined) await store.write((tx) => write(tx, false))
      else unit.writes.push({ kind, write })
    },
  }
}
