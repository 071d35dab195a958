import { join } from 'node:path'
import { openStore, type Store } from '../../db/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import type { By } from '../../src/errors/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const by: By = { actor: { kind: 'command', name: 'root' }, address: null, requestId: null }
export const noon = Date.UTC(2026, 6, 1, 12)

export interface Register extends AsyncDisposable {
  readonly store: Store
  readonly clusters: Clusters
}

/** A register on a database of its own that has these groups. */
export async function openRegister(...groups: string[]): Promise<Register> {
  const directory = await temporaryDirectory()
  const clock = () => noon
  const store = openStore({ file: join(directory.path, 'lanyard.db'), clock })
  await store.write(async (tx) => {
    for (const name of groups) {
      await tx.query
        .insertInto('groups')
        .values({ id: `g-${name}`, name, description: '', created_at: noon })
        .execute()
    }
  })
  return {
    store,
    clusters: createClusters({ store, clock }),
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** What the audit record says, oldest first. */
export async function events(
  store: Store,
): Promise<{ type: string; name: string; detail: unknown }[]> {
  const rows = await store.query
    .selectFrom('audit_events')
    .select(['type', 'target_name', 'detail'])
    .orderBy('id')
    .execute()
  return rows.map(({ type, target_name, detail }) => ({
    type,
    name: target_name ?? '',
    detail: JSON.parse(detail) as unknown,
  }))
}
