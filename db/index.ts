/**
 * db: the one place that knows how rows are kept: schema, connections, migrations, transactions.
 *
 * It owns durability (a resolved `write` has been committed and flushed) and single-writer group commit. It knows no rule
 * of the product: rooms bring their own queries. Callers see `Store`, never SQLite, so that another store can join.
 */
export type { Migration } from './migrations/index.ts'
export { migrations } from './migrations/index.ts'
export { checkStore } from './check.ts'
export { openStore, type OpenStoreOptions } from './open.ts'
export { type Param, type Prepared, prepare } from './prepared.ts'
export type { Schema } from './schema.ts'
export { acquireServerLock } from './server-lock.ts'
export type { Queries, Reader, Store, Transaction } from './store.ts'
export { bumpRevision, type RevisionName, readRevisions } from './revisions.ts'
export { createSweeper, type Sweeper } from './sweep.ts'
