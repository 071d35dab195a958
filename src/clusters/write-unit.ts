import { bumpRevision, type Store, type Transaction } from '../../db/index.ts'
import { type AuditDetail, type AuditTarget, type AuditType, recordEvent } from '../audit/index.ts'
import type { By, Clock } from '../errors/index.ts'

/** Makes a change a function of its own arguments alone: each call is one write of the store. */
export function writeUnits({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
  return <A extends unknown[], T>(
    work: (tx: Transaction, clock: Clock, ...args: A) => Promise<T>,
  ): ((...args: A) => Promise<T>) =>
    (...args) =>
      store.write((tx) => work(tx, clock, ...args))
}

/** Ends every change: the issuer's list of clients is out of date, and the record says why. */
export async function concludeChange(
  tx: Transaction,
  clock: Clock,
  event: {
    readonly type: AuditType
    readonly by: By
    readonly target: AuditTarget
    readonly clientId: string
    readonly detail: AuditDetail
  },
): Promise<void> {
  await bumpRevision(tx, 'clients')
  await recordEvent(tx, clock, event)
}
