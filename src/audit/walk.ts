import { setImmediate as turn } from 'node:timers/promises'
import { prepare, type Reader, type Schema } from '../../db/index.ts'
import { hashOf } from './canonical.ts'

type Row = Schema['audit_events'] & { readonly id: number }
type Chain = Schema['audit_chain']

/** An event and what it follows. */
export interface Link {
  readonly row: Row
  /** The hash that the event before holds. */
  readonly previous: string
  /** The one that this event holds; of what is older than the chain, the one that it would have. */
  readonly hash: string
}

/** Where a walk begins: behind the event of this id, which has this hash. */
export interface Position {
  readonly id: number
  readonly hash: string
}

const BATCH = 500

const selectBatch = prepare<{ after: number; until: number }>()((db, param) =>
  db
    .selectFrom('audit_events')
    .selectAll()
    .where('id', '>', param('after'))
    .where('id', '<=', param('until'))
    .orderBy('id')
    .limit(BATCH),
)

const selectHash = prepare<{ id: number }>()((db, param) =>
  db.selectFrom('audit_events').select(['id', 'hash']).where('id', '=', param('id')),
)

export interface WalkOptions {
  /** The anchor unless told. */
  readonly from?: Position
  /** Whether what stands behind the head is walked as well. */
  readonly beyondHead?: boolean
  /** Lets the event loop turn between batches: not in a transaction. */
  readonly breathe?: boolean
}

/** The events that the chain leads to, oldest first, a few hundred at a time in memory. */
export async function* walk(
  reader: Reader,
  chain: Chain,
  {
    from = { id: chain.anchor_id, hash: chain.anchor_hash },
    beyondHead,
    breathe,
  }: WalkOptions = {},
): AsyncGenerator<Link> {
  const until = beyondHead === true ? Number.MAX_SAFE_INTEGER : chain.head_id
  let { id, hash: previous } = from
  for (;;) {
    const rows = (await reader.all(selectBatch, { after: id, until })) as Row[]
    for (const row of rows) {
      const hash = row.hash ?? hashOf(row, previous)
      yield { row, previous, hash }
      previous = hash
      id = row.id
    }
    if (rows.length < BATCH) return
    if (breathe === true) await turn()
  }
}

/** The position behind the last event that is not after `id`. */
export async function positionAt(reader: Reader, chain: Chain, id: number): Promise<Position> {
  const anchor = { id: chain.anchor_id, hash: chain.anchor_hash }
  if (id <= anchor.id) return anchor
  const row = await reader.first(selectHash, { id })
  if (row !== undefined && row.hash !== null) return { id, hash: row.hash }
  let position: Position = anchor
  for await (const link of walk(reader, chain, { breathe: true })) {
    if (link.row.id > id) break
    position = { id: link.row.id, hash: link.hash }
  }
  return position
}
