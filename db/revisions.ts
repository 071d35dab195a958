import { prepare } from './prepared.ts'
import type { Reader, Transaction } from './store.ts'

/** Counters that rooms move themselves. `clients`: clusters and applications. `keys`: signing keys. */
export type RevisionName = 'clients' | 'keys'

const selectDirectory = prepare<Record<string, never>>()((db) =>
  db.selectFrom('revisions').select('value').where('name', '=', 'directory'),
)

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

/**
 * The counter of users, passwords, groups and memberships, as committed now. Triggers move it with every change of a row, whoever writes it:
 * what was read under the same number is what would be read again.
 */
export async function readDirectoryRevision(store: Reader): Promise<number> {
  return (await store.first(selectDirectory, {}))?.value ?? 0
}
