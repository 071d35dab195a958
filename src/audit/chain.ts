import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { prepare, type Reader, type Schema, type Store, type Transaction } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'
import { type EventColumns, hashOf } from './canonical.ts'
import { type Position, walk } from './walk.ts'

type Chain = Schema['audit_chain']
type ChainValues = Omit<Chain, 'only' | 'began_at'> & { readonly began_at: EpochMs }

/** The key of a store, and the last state that this process has seen to be sealed with it. */
interface Seal {
  readonly key: KeyObject
  known: { readonly text: string; readonly mac: string | null } | undefined
}

const seals = new WeakMap<Store, Seal>()

const selectChain = prepare<Record<string, never>>()((db) =>
  db.selectFrom('audit_chain').selectAll(),
)

const selectEnd = prepare<Record<string, never>>()((db) =>
  db
    .selectFrom('audit_chain')
    .selectAll()
    .select((row) =>
      row
        .selectFrom('audit_events')
        .select((event) => event.fn.max('id').as('id'))
        .as('last_id'),
    ),
)

const updateChain = prepare<ChainValues>()((db, param) =>
  db.updateTable('audit_chain').set({
    anchor_id: param('anchor_id'),
    anchor_hash: param('anchor_hash'),
    adopted_id: param('adopted_id'),
    adopted_hash: param('adopted_hash'),
    head_id: param('head_id'),
    head_hash: param('head_hash'),
    began_at: param('began_at'),
    mac: param('mac'),
  }),
)

const updateHead = prepare<Pick<ChainValues, 'head_id' | 'head_hash' | 'mac'>>()((db, param) =>
  db
    .updateTable('audit_chain')
    .set({ head_id: param('head_id'), head_hash: param('head_hash'), mac: param('mac') }),
)

/** From now on the heads that are written to this store carry a MAC under `key`. */
export function sealWith(store: Store, key: Uint8Array): void {
  seals.set(store, { key: createSecretKey(key), known: undefined })
}

export async function readChain(reader: Reader): Promise<Chain> {
  return present(await reader.first(selectChain, {}))
}

/**
 * Gives an event its number and its hash, and moves the head. The predecessor is the head and not the row before, so that whatever somebody
 * else puts behind the head stands out.
 */
export async function extendChain(
  tx: Transaction,
  now: EpochMs,
  event: Omit<EventColumns, 'id'>,
): Promise<{ id: number; hash: string }> {
  let end = present(await tx.first(selectEnd, {}))
  if (end.began_at === null) {
    await begin(tx, now, end)
    end = present(await tx.first(selectEnd, {}))
  }
  const id = Math.max(end.head_id, end.last_id ?? 0) + 1
  const hash = hashOf({ ...event, id }, end.head_hash)
  const moved = { ...end, head_id: id, head_hash: hash }
  await tx.run(updateHead, { head_id: id, head_hash: hash, mac: macAfter(tx, end, moved) })
  return { id, hash }
}

/** Moves the anchor: what stands up to there may be deleted in the same transaction. */
export async function moveAnchor(tx: Transaction, from: Chain, to: Position): Promise<void> {
  const moved = { ...from, anchor_id: to.id, anchor_hash: to.hash, began_at: from.began_at ?? 0 }
  await tx.run(updateChain, { ...moved, mac: macAfter(tx, from, moved) })
}

/** A state that is not sealed never becomes so again: what somebody else has written gains nothing by the next event. */
function macAfter({ store }: Transaction, from: Chain, moved: Omit<Chain, 'only' | 'mac'>) {
  const seal = seals.get(store)
  return seal !== undefined && isSealed(store, from) ? macOf(seal, moved) : from.mac
}

/** Whether Lanyard, with the key of this store, wrote this state; null where the store has none. */
export function isSealed(store: Store, chain: Chain): boolean | null {
  const seal = seals.get(store)
  if (seal === undefined) return null
  const text = textOf(chain)
  if (seal.known?.text === text && seal.known.mac === chain.mac) return true
  if (mac(seal.key, text) !== chain.mac) return false
  seal.known = { text, mac: chain.mac }
  return true
}

/** Begins the chain where nobody has: a large record from before is taken in now, and not while somebody signs in. */
export async function beginChain(tx: Transaction, now: EpochMs): Promise<void> {
  const chain = await readChain(tx)
  if (chain.began_at === null) await begin(tx, now, chain)
}

/** Takes in what is older than the chain: one hash over all of it. */
async function begin(tx: Transaction, now: EpochMs, chain: Chain): Promise<void> {
  let adopted_id = chain.anchor_id
  let adopted_hash = chain.anchor_hash
  for await (const { row, hash } of walk(tx, chain, { beyondHead: true })) {
    adopted_id = row.id
    adopted_hash = hash
  }
  const { anchor_id, anchor_hash } = chain
  const begun = {
    ...{ anchor_id, anchor_hash, adopted_id, adopted_hash },
    ...{ head_id: adopted_id, head_hash: adopted_hash, began_at: now },
  }
  const seal = seals.get(tx.store)
  await tx.run(updateChain, { ...begun, mac: seal === undefined ? null : macOf(seal, begun) })
}

function macOf(seal: Seal, values: Omit<Chain, 'only' | 'mac'>): string {
  const text = textOf(values)
  const sealed = mac(seal.key, text)
  seal.known = { text, mac: sealed }
  return sealed
}

function textOf(chain: Omit<Chain, 'only' | 'mac'>): string {
  const { anchor_id, anchor_hash, adopted_id, adopted_hash, head_id, head_hash, began_at } = chain
  return `${anchor_id} ${anchor_hash} ${adopted_id} ${adopted_hash} ${head_id} ${head_hash} ${began_at ?? 0}`
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

function present<T>(chain: T | undefined): T {
  if (chain === undefined) throw new TypeError('the row of audit_chain is gone')
  return chain
}
