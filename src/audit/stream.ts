import { write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { prepare, type Store } from '../../db/index.ts'
import { type Clock, hasCode } from '../errors/index.ts'
import { readLine } from './canonical.ts'
import { readChain } from './chain.ts'
import { continuing, exportAfter, type Lines } from './export.ts'
import { appendLines, lastLineOf } from './lines-file.ts'
import { type Position, positionAt } from './walk.ts'

/** POSIX writes no more than this to a pipe in one piece: lines of the log come between lines, never into one. */
const PIPE_BYTES = 4096
const RETRY_MS = 10_000
const FULL_PIPE_MS = 50
/** How long a reader that does not read may hold up the end. */
const END_MS = 2_000

/** Where committed events are written, one line of JSON each. */
export type StreamTarget =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'file'; readonly path: string }

export interface Stream {
  /**
   * Writes what was committed since, after the call before has ended; resolves with how many events went out. Where writing fails it throws, and nothing is tried again for
   * ten seconds: no event is left out.
   */
  step(): Promise<number>
  /** Writes what is left, with patience for two seconds: the rest goes out after the next start. */
  end(): Promise<void>
}

const selectCursor = prepare<Record<string, never>>()((db) =>
  db.selectFrom('audit_stream').select('event_id'),
)

const moveCursor = prepare<{ id: number }>()((db, param) =>
  db
    .updateTable('audit_stream')
    .set({ event_id: param('id') })
    .where('event_id', '<', param('id')),
)

/** How far the stream has come: retention deletes nothing that still has to go out. */
export async function readCursor(store: Store): Promise<number> {
  return (await store.first(selectCursor, {}))?.event_id ?? 0
}

export function createStream(store: Store, clock: Clock, target: StreamTarget): Stream {
  const patience = new AbortController()
  let position: Position | undefined
  let retryAt = 0

  /** The file itself says how far it has come; where it was rotated away, and of a pipe, the database does. */
  async function find(): Promise<Position> {
    const kept = await readCursor(store)
    const held = target.kind === 'file' ? await lastLineOf(target.path) : undefined
    if (held !== undefined && held.id >= kept) return continuing(store, held)
    return positionAt(store, await readChain(store), kept)
  }

  async function writeOut({ text, end }: Lines): Promise<void> {
    let written = 0
    try {
      if (target.kind === 'file') await appendLines(target.path, text)
      else {
        for (const piece of piecesOf(text)) {
          await writeAll(target.fd, Buffer.from(piece), patience.signal)
          written = lastIdOf(piece)
        }
      }
      written = end.id
    } finally {
      const id = written
      if (id > 0) await store.write((tx) => tx.run(moveCursor, { id }))
    }
  }

  async function step(): Promise<number> {
    if (clock() < retryAt) return 0
    let count = 0
    try {
      position ??= await find()
      for await (const lines of exportAfter(store, position)) {
        await writeOut(lines)
        position = lines.end
        count += lines.count
      }
      return count
    } catch (error) {
      retryAt = clock() + RETRY_MS
      // A part may have gone out: what it was is asked anew.
      position = undefined
      throw error
    }
  }

  let running: Promise<unknown> = Promise.resolve()
  const next = (): Promise<number> => {
    const stepped = running.then(step)
    running = stepped.catch(() => {})
    return stepped
  }
  return {
    step: next,
    async end() {
      const timer = setTimeout(() => patience.abort(), END_MS)
      await next().catch(() => {})
      clearTimeout(timer)
    },
  }
}

/** Whole lines, as many as a pipe takes in one piece. */
function* piecesOf(text: string): Generator<string> {
  let piece = ''
  for (const line of text.match(/[^\n]*\n/g) ?? []) {
    if (piece !== '' && Buffer.byteLength(piece) + Buffer.byteLength(line) > PIPE_BYTES) {
      yield piece
      piece = ''
    }
    piece += line
  }
  if (piece !== '') yield piece
}

function lastIdOf(piece: string): number {
  return readLine(piece.slice(piece.lastIndexOf('\n', piece.length - 2) + 1, -1))?.id ?? 0
}

/** Beside the event loop: a reader that does not read holds up nothing but the stream. */
async function writeAll(fd: number, bytes: Buffer, patience: AbortSignal): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(await writeSome(fd, rest))
    } catch (error) {
      if (!hasCode(error, 'EAGAIN') || patience.aborted) throw error
      await delay(FULL_PIPE_MS)
    }
  }
}

function writeSome(fd: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, (error, written) => (error === null ? resolve(written) : reject(error)))
  })
}
