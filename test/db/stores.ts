import { join } from 'node:path'
import { openStore, type Store } from '../../db/index.ts'
import type { Clock } from '../../src/errors/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A database of its own, which any number of stores can open, as the processes of an installation do. */
export interface TestDatabase extends AsyncDisposable {
  readonly open: (clock?: Clock) => Store
}

export interface StoreKind {
  readonly name: string
  readonly create: () => Promise<TestDatabase>
}

/** Every store keeps the same contract. */
export const storeKinds: readonly StoreKind[] = [{ name: 'SQLite', create: createSqlite }]

export const NOW = Date.UTC(2026, 2, 1)

async function createSqlite(): Promise<TestDatabase> {
  const home = await temporaryDirectory()
  const stores: Store[] = []
  return {
    open(clock = () => NOW) {
      const store = openStore({ file: join(home.path, 'lanyard.db'), clock })
      stores.push(store)
      return store
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close()
      await home[Symbol.asyncDispose]()
    },
  }
}
