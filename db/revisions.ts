import { prepare } from './prepared.ts'
import type { Reader, Transaction } from './store.ts'

/** `clients`: clusters and applications. `keys`: signing keys. */
export type RevisionName = 'clients' | 'keys'

const selectAll = prepare<Record<string, never>>()((db) =>
  db.selectFrom('revisions').select(['name', 'value']),
)

/** Moves a counter in the transaction of the change itself, so that every process rebuilds what it caches. */
export async function bumpRevision(tx: Transaction, name: RevisionName): Promise<void> {
  await tx.query
    .updateTable('revisions')
    .set((row) => ({ value: row('value', '+', 1) }))
    .where('name', '=', name)
    .execute()
}

/** All counters; cheap enough to ask several times a second. */
export async function readRevisions(
  store: Reader,
): Promise<Readonly<Record<RevisionName, number>>> {
  const found = { clients: 0, keys: 0 }
  for (const { name, value } of await store.all(selectAll, {})) {
    if (name === 'clients' || name === 'keys') found[name] = value
  }
  return found
}
