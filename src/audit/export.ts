import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../db/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import { lineOf } from './canonical.ts'
import { readChain } from './chain.ts'
import { appendLines, lastLineOf } from './lines-file.ts'
import type { AuditHead } from './verify.ts'
import { type Position, positionAt, walk } from './walk.ts'

const FOLLOW_EVERY_MS = 500
/** Characters that are gathered before they go out. */
const CHUNK = 65_536

export interface ExportQuery {
  /** From the first event at or after that time. */
  readonly sinceMs?: EpochMs
  /** To the last event at or before that time. */
  readonly untilMs?: EpochMs
  /** Goes on with what is recorded from then on, until it is aborted. */
  readonly follow?: AbortSignal
}

/** A piece of an export: whole lines, and the event that they end with. */
export interface Lines {
  readonly text: string
  readonly count: number
  readonly end: Position
}

export interface AuditExport {
  readonly events: number
  /** The last event in the file; null while it holds none. */
  readonly head: AuditHead | null
}

/** Every event in between, none left out: the file can be verified alone. A few hundred are in memory at a time. */
export async function* exportLines(store: Store, query: ExportQuery = {}): AsyncGenerator<Lines> {
  const start = await startOf(store, query)
  if (start !== undefined) yield* exportAfter(store, start, query)
}

/** Appends what the file does not hold yet. */
export async function exportTo(
  store: Store,
  file: string,
  query: ExportQuery = {},
): Promise<AuditExport> {
  const held = await lastLineOf(file)
  const start = held === undefined ? await startOf(store, query) : await continuing(store, held)
  let end = held
  let events = 0
  if (start !== undefined) {
    for await (const lines of exportAfter(store, start, query)) {
      await appendLines(file, lines.text)
      end = lines.end
      events += lines.count
    }
  }
  return { events, head: end === undefined ? null : { id: String(end.id), hash: end.hash } }
}

/** @throws LanyardError ERR_AUDIT_FILE_FOREIGN where the record does not hold the event that a file ends with. */
export async function continuing(store: Store, held: Position): Promise<Position> {
  const chain = await readChain(store)
  if (held.id <= chain.head_id) {
    const kept = await positionAt(store, chain, held.id)
    // What retention has deleted behind the file leaves a gap that its verification tells.
    if (kept.id > held.id || kept.hash === held.hash) return kept
  }
  throw new LanyardError(
    'ERR_AUDIT_FILE_FOREIGN',
    `the file ends with event ${held.id}, which the record does not hold`,
    { hint: 'keep the file, look with lanyard audit verify, and name another file' },
  )
}

export async function* exportAfter(
  store: Store,
  start: Position,
  { untilMs, follow }: Pick<ExportQuery, 'untilMs' | 'follow'> = {},
): AsyncGenerator<Lines> {
  let from = start
  do {
    const chain = await readChain(store)
    const until = untilMs === undefined ? undefined : await lastUntil(store, untilMs)
    // Before the first event of a chain there is no head to stop at.
    const options = { from, breathe: true, beyondHead: chain.began_at === null }
    let [text, count] = ['', 0]
    for await (const { row, previous, hash } of walk(store, chain, options)) {
      if (until !== undefined && row.id > until) break
      text += lineOf(row, previous, hash)
      count++
      from = { id: row.id, hash }
      if (text.length < CHUNK) continue
      yield { text, count, end: from }
      ;[text, count] = ['', 0]
    }
    if (count > 0) yield { text, count, end: from }
    if (follow === undefined) return
    await delay(FOLLOW_EVERY_MS, undefined, { signal: follow }).catch(() => {})
  } while (!follow.aborted)
}

/** Undefined where there is nothing to export. */
async function startOf(store: Store, { sinceMs, follow }: ExportQuery) {
  const chain = await readChain(store)
  if (sinceMs === undefined) return { id: chain.anchor_id, hash: chain.anchor_hash }
  const found = await store.query
    .selectFrom('audit_events')
    .select((row) => row.fn.min<number | null>('id').as('id'))
    .where('at', '>=', sinceMs)
    .executeTakeFirst()
  const id = found?.id ?? null
  if (id !== null) return positionAt(store, chain, id - 1)
  return follow === undefined ? undefined : { id: chain.head_id, hash: chain.head_hash }
}

async function lastUntil(store: Store, untilMs: EpochMs): Promise<number> {
  const found = await store.query
    .selectFrom('audit_events')
    .select((row) => row.fn.max<number | null>('id').as('id'))
    .where('at', '<=', untilMs)
    .executeTakeFirst()
  return found?.id ?? 0
}
