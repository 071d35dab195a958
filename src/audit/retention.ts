import type { Store } from '../../db/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { hashOf } from './canonical.ts'
import { moveAnchor, readChain } from './chain.ts'
import { type Position, walk } from './walk.ts'

const ROWS_PER_STEP = 500
/** What one call deletes at most: the next one goes on. */
const STEPS = 40

/**
 * Deletes the oldest events from before `before`, up to the first that is younger, and none after `keepAfterId`. The anchor moves to the last of
 * them in the same transaction, so that the rest is still proved.
 * @throws LanyardError ERR_AUDIT_TAMPERED rather than delete what shows that somebody changed the record.
 */
export async function deleteOldest(
  store: Store,
  before: EpochMs,
  keepAfterId: number,
): Promise<number> {
  let deleted = 0
  for (let step = 0; step < STEPS; step++) {
    const count = await deleteSome(store, before, keepAfterId)
    deleted += count
    if (count < ROWS_PER_STEP) break
  }
  return deleted
}

async function deleteSome(store: Store, before: EpochMs, keepAfterId: number): Promise<number> {
  return store.write(async (tx) => {
    const chain = await readChain(tx)
    if (chain.began_at === null) return 0
    let last: Position | undefined
    let count = 0
    for await (const { row, previous, hash } of walk(tx, chain)) {
      if (row.at >= before || row.id > keepAfterId || count === ROWS_PER_STEP) break
      const older = row.id <= chain.adopted_id
      const sound = older ? row.hash === null : hashOf(row, previous) === row.hash
      if (!sound || (row.id === chain.adopted_id && hash !== chain.adopted_hash)) {
        throw tampered(row.id)
      }
      last = { id: row.id, hash }
      count++
    }
    if (last === undefined) return 0
    await moveAnchor(tx, chain, last)
    await tx.query.deleteFrom('audit_events').where('id', '<=', last.id).execute()
    return count
  })
}

function tampered(id: number): LanyardError {
  return new LanyardError(
    'ERR_AUDIT_TAMPERED',
    `audit event ${id} is not what was recorded, so nothing is deleted`,
    { hint: 'look with lanyard audit verify' },
  )
}
