/**
 * db: the one place that knows how rows are kept: schema, connections, migrations, transactions.
 *
 * It owns durability (a resolved `write` has been committed and flushed) and single-writer group commit. It knows no rule
 * of the product: rooms bring their own queries. Callers see `Store`, never SQLite, so that another store can join.
 */

export { checkStore } from './check.ts'
export type { Migration } from './migrations/index.ts'
export { migrations } from './migrations/index.ts'
export { type OpenStoreOptions, openStore } from './open.ts'
export { type Param, type Prepared, prepare } from './prepared.ts'
export {
  bumpRevision,
  type RevisionName,
  readDirectoryRevision,
  readRevisions,
} from './revisions.ts'
export type { Schema } from './schema.ts'
export { acquireServerLock } from './server-lock.ts'
export type { Queries, Reader, Store, Transaction } from './store.ts'
export { createSweeper, type Sweeper } from './sweep.ts'
