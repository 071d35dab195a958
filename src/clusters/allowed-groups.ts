import type { Transaction } from '../../db/index.ts'
import type { AuditDetail } from '../audit/index.ts'
import type { By, Clock } from '../errors/index.ts'
import { findGroups } from './client-ids.ts'

/** What lists the groups that may enter: clusters or applications. */
export interface GroupList<T extends { readonly id: string; readonly groups: readonly string[] }> {
  get(query: Transaction['query'], name: string): Promise<T>
  insert(tx: Transaction, id: string, groupId: string): Promise<unknown>
  remove(tx: Transaction, id: string, groupId: string): Promise<unknown>
  conclude(tx: Transaction, clock: Clock, entry: T, by: By, detail: AuditDetail): Promise<void>
}

/**
 * Lets groups in, or no more; a change that changes nothing is not recorded.
 * @throws LanyardError ERR_GROUP_UNKNOWN, and what `get` throws
 */
export function changeAllowed<
  T extends { readonly id: string; readonly groups: readonly string[] },
>(list: GroupList<T>, verb: 'allowed' | 'disallowed') {
  return async (
    tx: Transaction,
    clock: Clock,
    name: string,
    groupName: string,
    by: By,
  ): Promise<T> => {
    const before = await list.get(tx.query, name)
    const isAllowed = verb === 'allowed'
    for (const group of await findGroups(tx, [groupName])) {
      if (before.groups.includes(group.name) === isAllowed) continue
      await (isAllowed ? list.insert : list.remove)(tx, before.id, group.id)
      await list.conclude(tx, clock, before, by, { [verb]: group.name })
    }
    return list.get(tx.query, name)
  }
}
