import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { type AuditHead, type AuditVerification, verifyLines } from '../audit/index.ts'
import { LanyardError, messageOf } from '../errors/index.ts'
import { exportShape, verificationShape } from './audit-shapes.ts'
import { momentsOf } from './audit-times.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import type { Answer } from './tell.ts'

interface VerifyOptions extends CommonOptions {
  readonly file?: string
  readonly head?: string
}

interface ExportOptions extends CommonOptions {
  readonly since?: string
  readonly until?: string
  readonly file?: string
  readonly follow?: boolean
}

/** lanyard audit verify, lanyard audit export */
export function addRecordCommands(audit: Command, session: Session): void {
  leaf(audit, 'verify', {
    summary: 'proves that no event was changed, removed, put in or moved',
    json: { shape: 'AuditVerification' },
  })
    .option('--file <file>', 'of an exported file, by itself: without database and key')
    .option('--head <id:hash>', 'a head noted before: whether all up to there is still the same')
    .action((options: VerifyOptions) => {
      const { file } = options
      const expected = options.head === undefined ? undefined : readHead(options.head)
      const how = expected === undefined ? {} : { expected }
      return file === undefined
        ? session.answer(options, async ({ audit: record }) => told(await record.verify(how)))
        : session.examine(options, async () => told(await verifyLines(linesOf(file), how)))
    })

  leaf(audit, 'export', {
    summary: 'writes events as lines of JSON that can be verified alone, the oldest first',
    json: { shape: 'AuditExport' },
  })
    .option('--since <when>', 'from then on: 30m, 24h, 7d, or an RFC 3339 time')
    .option('--until <when>', 'up to then')
    .option('--file <file>', 'appends to this file what it does not hold yet, instead of stdout')
    .option('--follow', 'goes on with what is recorded from then on, until Ctrl-C')
    .action((options: ExportOptions) =>
      session.answer(options, (rooms) => exportEvents(session, rooms, options)),
    )
}

async function exportEvents(
  session: Session,
  rooms: Rooms,
  options: ExportOptions,
): Promise<Answer> {
  const { file, follow } = options
  if (file === undefined && options.output === 'json') {
    throw new LanyardError('ERR_USAGE', 'the lines on stdout are JSON already', {
      hint: 'leave -o json out, or name a --file',
    })
  }
  if (follow === true && options.until !== undefined) {
    throw new LanyardError('ERR_USAGE', '--follow has no end: leave --until out')
  }
  using end = follow === true ? endOnSignal() : undefined
  const query = {
    ...momentsOf(options, rooms.clock()),
    ...(end === undefined ? {} : { follow: end.signal }),
  }
  if (file === undefined) {
    for await (const lines of rooms.audit.exportLines(query)) session.tell.plain(lines)
    return { json: null }
  }
  const done = await rooms.audit.exportTo(file, query)
  return {
    json: exportShape(file, done),
    notes: [`${countOf(done.events)} appended to ${file}`, ...headNote(done.head)],
  }
}

function told(found: AuditVerification): Answer {
  const { faults, faultCount, events, firstId, beganAt, olderUpTo, deletedUpTo } = found
  if (faultCount > 0) {
    const more = faultCount - faults.length
    return {
      json: verificationShape(found),
      text: [
        ...faults.map(({ sentence }) => sentence),
        ...(more > 0 ? [`and ${more} more`] : []),
      ].join('\n'),
      notes: ['error: the audit record was tampered with'],
      exitCode: 1,
    }
  }
  return {
    json: verificationShape(found),
    text:
      events === 0
        ? 'nothing is recorded'
        : `${countOf(events)}, ${firstId} to ${found.head?.id ?? '-'}, as recorded`,
    notes: [
      ...(beganAt === null ? [] : [`the chain began at ${rfc3339(beganAt)}`]),
      ...(olderUpTo === null
        ? []
        : [`events up to ${olderUpTo} are from before: proved since then alone`]),
      ...(deletedUpTo === null ? [] : [`events up to ${deletedUpTo} were deleted by retention`]),
      ...headNote(found.head),
    ],
  }
}

function headNote(head: AuditHead | null): string[] {
  return head === null ? [] : [`head ${head.id}:${head.hash}`]
}

function countOf(events: number): string {
  return events === 1 ? '1 event' : `${events} events`
}

function readHead(text: string): AuditHead {
  const [, id, hash] = /^(\d{1,15}):([\da-f]{64})$/.exec(text) ?? []
  if (id !== undefined && hash !== undefined) return { id, hash }
  throw new LanyardError('ERR_USAGE', `head "${text}" must be an id, a colon and 64 hex digits`, {
    hint: 'as lanyard audit verify and export print it',
  })
}

async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    if (!(await stat(file)).isFile()) throw new TypeError('it is no file')
    yield* createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw new LanyardError('ERR_USAGE', `cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Ctrl-C ends the export, not the process in the middle of a line. */
function endOnSignal(): Disposable & { readonly signal: AbortSignal } {
  const end = new AbortController()
  const stop = (): void => end.abort()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop)
  return {
    signal: end.signal,
    [Symbol.dispose]: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
    },
  }
}
