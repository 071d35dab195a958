import { prepare, type Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, UserId } from '../errors/index.ts'
import type { Context } from './context.ts'
import { targetOf } from './user-rows.ts'

const BY_ITSELF: By = { actor: { kind: 'system' }, address: null, requestId: null }
/** A write holds the writer for about a millisecond. */
const AT_ONCE = 100

const selectEnded = prepare<{ now: number }>()((db, param) =>
  db
    .selectFrom('group_users')
    .innerJoin('groups', 'groups.id', 'group_users.group_id')
    .innerJoin('users', 'users.id', 'group_users.user_id')
    .select(['group_users.group_id', 'group_users.user_id', 'groups.name', 'users.username'])
    .where('group_users.expires_at', '<=', param('now'))
    .orderBy('group_users.expires_at')
    .limit(AT_ONCE),
)

/**
 * Takes away memberships whose time is over; resolves with how many. Decisions look at the end themselves and wait for nobody: this
 * keeps the lists true and writes it down.
 */
export function createEndMemberships(context: Context): () => Promise<number> {
  const { store, clock } = context
  return async () => {
    // Most of the time there is nothing to write, and a read costs nobody's turn.
    if ((await store.first(selectEnded, { now: clock() })) === undefined) return 0
    return store.write((tx) => endAll(tx, context))
  }
}

async function endAll(tx: Transaction, { clock }: Context): Promise<number> {
  const ended = await tx.all(selectEnded, { now: clock() })
  for (const row of ended) {
    await tx.query
      .deleteFrom('group_users')
      .where('group_id', '=', row.group_id)
      .where('user_id', '=', row.user_id)
      .execute()
    await recordEvent(tx, clock, {
      type: 'group.membership_ended',
      by: BY_ITSELF,
      target: targetOf({ id: row.user_id as UserId, username: row.username }),
      detail: { group: row.name },
    })
  }
  return ended.length
}
