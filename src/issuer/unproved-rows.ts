import type { Store } from '../../db/index.ts'
import { type Clock, type EpochMs, networkOf } from '../errors/index.ts'

/** Rows of one kind that people who proved nothing may have at a time. */
const ROWS_KEPT = 10_000

/** What a visitor can make the engine store without proving anything. */
const MODELS = ['Interaction', 'Session', 'DeviceCode'] as const
export type UnprovedModel = (typeof MODELS)[number]

interface Living {
  readonly network: string
  readonly expiresAt: EpochMs
}

export interface UnprovedRows {
  load(): Promise<void>
  /** Notes a row; returns the id of one that must go in the same write, if there are too many. */
  note(
    model: UnprovedModel,
    id: string,
    row: { readonly address: string | null; readonly expiresAt: EpochMs },
  ): string | undefined
  /** The row was proved, used or deleted. */
  forget(id: string): void
}

/**
 * Bounds what a flood can store (threat 22). When it is full, the oldest row of the network with the most rows goes: a flood from
 * one place displaces itself, and others sign in as ever.
 */
export function createUnprovedRows({
  store,
  clock,
  rowsKept = ROWS_KEPT,
}: {
  store: Store
  clock: Clock
  rowsKept?: number
}): UnprovedRows {
  const kinds = new Map(MODELS.map((model) => [model, new Kind()]))

  return {
    async load() {
      const rows = await store.query
        .selectFrom('engine_rows')
        .select(['id', 'model', 'expires_at'])
        .where('model', 'in', [...MODELS])
        .where('account_id', 'is', null)
        .where('expires_at', '>', clock())
        .orderBy('expires_at')
        .execute()
      for (const { id, model, expires_at } of rows) {
        kinds.get(model as UnprovedModel)?.add(id, { network: '', expiresAt: expires_at })
      }
    },
    note(model, id, { address, expiresAt }) {
      const kind = kinds.get(model)
      if (kind === undefined || kind.has(id)) return undefined
      kind.add(id, { network: address === null ? '' : networkOf(address), expiresAt })
      if (kind.size <= rowsKept) return undefined
      kind.dropExpired(clock())
      return kind.size <= rowsKept ? undefined : kind.evict()
    },
    forget(id) {
      for (const kind of kinds.values()) kind.delete(id)
    },
  }
}

class Kind {
  /** In order of arrival. */
  readonly #rows = new Map<string, Living>()
  readonly #networks = new Map<string, Set<string>>()

  get size(): number {
    return this.#rows.size
  }

  has(id: string): boolean {
    return this.#rows.has(id)
  }

  add(id: string, row: Living): void {
    this.#rows.set(id, row)
    const ids = this.#networks.get(row.network)
    if (ids === undefined) this.#networks.set(row.network, new Set([id]))
    else ids.add(id)
  }

  delete(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    const ids = this.#networks.get(row.network)
    ids?.delete(id)
    if (ids?.size === 0) this.#networks.delete(row.network)
  }

  /** All rows of one kind live equally long, so the expired stand in front. */
  dropExpired(now: EpochMs): void {
    for (const [id, { expiresAt }] of this.#rows) {
      if (expiresAt > now) return
      this.delete(id)
    }
  }

  evict(): string | undefined {
    let heaviest = new Set<string>()
    for (const ids of this.#networks.values()) if (ids.size > heaviest.size) heaviest = ids
    const [id] = heaviest
    if (id !== undefined) this.delete(id)
    return id
  }
}
