import { write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { prepare, type Store } from '../../db/index.ts'
import { type Clock, hasCode } from '../errors/index.ts'
import { readChain } from './chain.ts'
import { continuing, exportAfter } from './export.ts'
import { appendLines, lastLineOf } from './lines-file.ts'
import { type Position, positionAt } from './walk.ts'

/** POSIX writes no more than this to a pipe in one piece: lines of the log come between lines, never into one. */
const PIPE_BYTES = 4096
const RETRY_MS = 10_000
const FULL_PIPE_MS = 50

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
  let position: Position | undefined
  let retryAt = 0

  /** The file itself says how far it has come; where it was rotated away, and of a pipe, the database does. */
  async function find(): Promise<Position> {
    const kept = await readCursor(store)
    const held = target.kind === 'file' ? await lastLineOf(target.path) : undefined
    if (held !== undefined && held.id >= kept) return continuing(store, held)
    return positionAt(store, await readChain(store), kept)
  }

  async function step(): Promise<number> {
    position ??= await find()
    let count = 0
    for await (const lines of exportAfter(store, position)) {
      if (target.kind === 'file') await appendLines(target.path, lines.text)
      else await writeLines(target.fd, lines.text)
      const { id } = lines.end
      await store.write((tx) => tx.run(moveCursor, { id }))
      position = lines.end
      count += lines.count
    }
    return count
  }

  async function tryStep(): Promise<number> {
    if (clock() < retryAt) return 0
    try {
      return await step()
    } catch (error) {
      retryAt = clock() + RETRY_MS
      // Half a batch may be in the file: it is asked anew.
      position = undefined
      throw error
    }
  }

  let running: Promise<unknown> = Promise.resolve()
  return {
    step() {
      const next = running.then(tryStep)
      running = next.catch(() => {})
      return next
    },
  }
}

/** Beside the event loop: a reader that does not read holds up nothing but the stream. */
async function writeLines(fd: number, text: string): Promise<void> {
  let piece = ''
  for (const line of text.match(/[^\n]*\n/g) ?? []) {
    if (piece !== '' && Buffer.byteLength(piece) + Buffer.byteLength(line) > PIPE_BYTES) {
      await writeAll(fd, Buffer.from(piece))
      piece = ''
    }
    piece += line
  }
  await writeAll(fd, Buffer.from(piece))
}

async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    rest = rest.subarray(await writeSome(fd, rest))
  }
}

async function writeSome(fd: number, bytes: Buffer): Promise<number> {
  for (;;) {
    try {
      return await new Promise<number>((resolve, reject) => {
        write(fd, bytes, (error, written) => (error === null ? resolve(written) : reject(error)))
      })
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) throw error
      // It holds up no end: what is left goes out after the next start.
      await delay(FULL_PIPE_MS, undefined, { ref: false })
    }
  }
}
