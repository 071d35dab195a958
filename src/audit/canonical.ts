import { hash } from 'node:crypto'
import type { EpochMs } from '../errors/index.ts'

/** The columns of an event that its hash covers: all of them. */
export interface EventColumns {
  readonly id: number
  readonly at: EpochMs
  readonly type: string
  readonly actor_kind: string
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly target_kind: string | null
  readonly target_id: string | null
  readonly target_name: string | null
  readonly client_id: string | null
  readonly device_id: string | null
  readonly address: string | null
  readonly request_id: string | null
  readonly detail: string
}

/**
 * The text that is hashed: the exported line up to its hash, so that `sha256sum` alone can check a line. Members and their order are for ever;
 * `detail` is the text of its column.
 */
function hashedText(row: EventColumns, previous: string): string {
  const { target_kind, target_id, target_name } = row
  const untargeted = target_kind === null && target_id === null && target_name === null
  const line = JSON.stringify({
    v: 1,
    previous,
    id: row.id,
    at: timeOf(row.at),
    type: row.type,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    target: untargeted ? null : { kind: target_kind, id: target_id, name: target_name },
    clientId: row.client_id,
    deviceId: row.device_id,
    address: row.address,
    requestId: row.request_id,
  })
  return `${line.slice(0, -1)},"detail":${row.detail}`
}

export function hashOf(row: EventColumns, previous: string): string {
  return sha256(hashedText(row, previous))
}

/** The event as one line of JSON, with the end of the line. */
export function lineOf(row: EventColumns, previous: string, hash: string): string {
  return `${hashedText(row, previous)},"hash":"${hash}"}\n`
}

/** What a line says of itself; undefined for what is no line of an export. */
export interface ReadLine {
  readonly id: number
  readonly at: string
  readonly previous: string
  readonly hash: string
  /** Whether its hash is that of its text. */
  readonly intact: boolean
}

export function readLine(line: string): ReadLine | undefined {
  const [, text, hash] = /^(.*),"hash":"([\da-f]{64})"\}$/s.exec(line) ?? []
  if (text === undefined || hash === undefined) return undefined
  try {
    const { id, at, previous } = JSON.parse(`${text}}`) as Record<string, unknown>
    if (!Number.isSafeInteger(id) || typeof at !== 'string' || typeof previous !== 'string') {
      return undefined
    }
    return { id: Number(id), at, previous, hash, intact: sha256(text) === hash }
  } catch {
    return undefined
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

/** A time that no clock shows was written by nobody honest: it must not stop whoever looks for it. */
function timeOf(at: EpochMs): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at)
}
