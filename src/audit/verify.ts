import type { Schema, Store } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'
import { hashOf } from './canonical.ts'
import { isSealed, readChain } from './chain.ts'
import { type Link, type Position, walk } from './walk.ts'

type Chain = Schema['audit_chain']

const FAULTS_TOLD = 100
/** How often a look is begun anew because retention moved the anchor under it. */
const LOOKS = 3

export interface AuditFault {
  /** `changed`: also where it stands. `inserted`: put in or moved. `rewritten`: sound in itself, and not what Lanyard wrote. */
  readonly kind: 'changed' | 'removed' | 'inserted' | 'rewritten' | 'unsealed'
  /** Of the event, of the first that is missing, or of the last that is meant. */
  readonly id: string | null
  readonly sentence: string
}

/** An event by its id and its hash: whoever has noted one can tell later whether all up to there is still the same. */
export interface AuditHead {
  readonly id: string
  readonly hash: string
}

export interface AuditVerification {
  /** The first hundred. */
  readonly faults: readonly AuditFault[]
  readonly faultCount: number
  /** How many events were looked at. */
  readonly events: number
  readonly firstId: string | null
  readonly head: AuditHead | null
  /** The last event that retention has deleted. */
  readonly deletedUpTo: string | null
  /** When the chain began: events from before are proved from then on. */
  readonly beganAt: EpochMs | null
  /** The last event from before, where it is still kept. */
  readonly olderUpTo: string | null
}

export interface VerifyOptions {
  /** A head that was noted before. */
  readonly expected?: AuditHead
}

/** Looks at every event that is kept. */
export async function verifyStore(
  store: Store,
  { expected }: VerifyOptions = {},
): Promise<AuditVerification> {
  for (let look = 1; ; look++) {
    const chain = await readChain(store)
    const found = await verifyChain(store, chain, expected)
    const moved = (await readChain(store)).anchor_id !== chain.anchor_id
    if (found.faultCount === 0 || !moved || look === LOOKS) return found
  }
}

async function verifyChain(
  store: Store,
  chain: Chain,
  expected: AuditHead | undefined,
): Promise<AuditVerification> {
  const report = createReport()
  const begun = chain.began_at !== null
  if (begun && isSealed(store, chain) === false) report.add(unsealed(chain))
  const look = createLook(chain, report)
  const meet = createMeeting(expected, report)
  meet(chain.anchor_id, chain.anchor_hash)
  let events = 0
  let firstId: number | null = null
  for await (const link of walk(store, chain, { breathe: true, beyondHead: !begun })) {
    firstId ??= link.row.id
    events++
    if (begun) look.at(link)
    meet(link.row.id, link.hash)
  }
  if (begun) {
    look.end()
    await addStrangers(store, report)
  }
  meet(null, null, chain)
  return {
    ...report.result(),
    events,
    firstId: firstId === null ? null : String(firstId),
    head: chain.head_id === 0 ? null : { id: String(chain.head_id), hash: chain.head_hash },
    deletedUpTo: chain.anchor_id === 0 ? null : String(chain.anchor_id),
    beganAt: chain.began_at,
    olderUpTo: chain.adopted_id > chain.anchor_id ? String(chain.adopted_id) : null,
  }
}

interface Report {
  add(fault: AuditFault): void
  /** Says something better of an event that was told of last. */
  replaceLast(id: string, fault: AuditFault): void
  result(): Pick<AuditVerification, 'faults' | 'faultCount'>
}

export function createReport(): Report {
  const faults: AuditFault[] = []
  let faultCount = 0
  const add = (fault: AuditFault): void => {
    faultCount++
    if (faults.length < FAULTS_TOLD) faults.push(fault)
  }
  return {
    add,
    replaceLast(id, fault) {
      if (faults.at(-1)?.id !== id) return add(fault)
      faults.splice(-1, 1, fault)
    },
    result: () => ({ faults, faultCount }),
  }
}

interface Look {
  at(link: Link): void
  end(): void
}

/** Each event must follow from the one before; after a fault it goes on from what stands there, so that each fault is told once. */
function createLook(chain: Chain, report: Report): Look {
  let last: Position = { id: chain.anchor_id, hash: chain.anchor_hash }
  let beforeLast = last
  const step = (to: Position): void => {
    beforeLast = last
    last = to
  }
  /** Behind the last event from before the chain. */
  const endOlder = (): void => {
    if (last.id > chain.adopted_id || chain.adopted_id <= chain.anchor_id) return
    if (last.hash !== chain.adopted_hash) report.add(olderChanged(chain))
    last = { id: chain.adopted_id, hash: chain.adopted_hash }
    beforeLast = last
  }
  return {
    at({ row, hash }) {
      if (row.id <= chain.adopted_id) {
        // No row of that time holds a hash.
        if (row.hash === null) step({ id: row.id, hash })
        else report.add(inserted(row.id))
        return
      }
      if (last.id <= chain.adopted_id) endOlder()
      if (row.hash === null) return report.add(inserted(row.id))
      if (hashOf(row, last.hash) !== row.hash) {
        if (row.id > last.id + 1) report.add(removed(last.id + 1, row.id - 1))
        else if (hashOf(row, beforeLast.hash) === row.hash && beforeLast !== last) {
          report.replaceLast(String(last.id), inserted(last.id))
        } else report.add(changed(row.id))
      }
      step({ id: row.id, hash: row.hash })
    },
    end() {
      if (last.id <= chain.adopted_id) endOlder()
      if (last.id < chain.head_id) report.add(removed(last.id + 1, chain.head_id))
      else if (last.hash !== chain.head_hash) report.add(rewritten(chain.head_id))
    },
  }
}

/** Compares a head that was noted before when its event is met. */
function createMeeting(expected: AuditHead | undefined, report: Report) {
  let met = false
  return (id: number | null, hash: string | null, chain?: Chain): void => {
    if (expected === undefined || met) return
    if (chain !== undefined) {
      const deleted = Number(expected.id) < chain.anchor_id
      report.add(deleted ? beyondReach(expected.id) : removed(Number(expected.id), chain.head_id))
    } else if (String(id) === expected.id) {
      met = true
      if (hash !== expected.hash) report.add(rewritten(expected.id))
    }
  }
}

/** What stands behind the head was put there by somebody else; head and rows are read as of one moment. */
async function addStrangers(store: Store, report: Report): Promise<void> {
  const rows = await store.query
    .selectFrom('audit_events')
    .select('id')
    .where('id', '>', (row) => row.selectFrom('audit_chain').select('head_id'))
    .orderBy('id')
    .limit(FAULTS_TOLD)
    .execute()
  for (const { id } of rows) report.add(inserted(id))
}

export function changed(id: number): AuditFault {
  return {
    kind: 'changed',
    id: String(id),
    sentence: `event ${id} was changed or moved, or the one before it`,
  }
}

export function inserted(id: number): AuditFault {
  return { kind: 'inserted', id: String(id), sentence: `event ${id} was put in or moved` }
}

export function removed(from: number, to: number): AuditFault {
  const which = to <= from ? `event ${from} is` : `events ${from} to ${to} are`
  return { kind: 'removed', id: String(from), sentence: `${which} missing` }
}

export function rewritten(id: number | string): AuditFault {
  const sentence = `event ${id} is not the one that was recorded: what leads up to it was written anew`
  return { kind: 'rewritten', id: String(id), sentence }
}

function olderChanged({ anchor_id, adopted_id }: Chain): AuditFault {
  return {
    kind: 'changed',
    id: String(adopted_id),
    sentence: `events ${anchor_id + 1} to ${adopted_id}, from before the chain, are not what they were when it began`,
  }
}

function unsealed({ head_id }: Chain): AuditFault {
  return {
    kind: 'unsealed',
    id: String(head_id),
    sentence: `the head of the record, event ${head_id}, was not written with Lanyard's key`,
  }
}

function beyondReach(id: string): AuditFault {
  return {
    kind: 'removed',
    id,
    sentence: `event ${id} is older than what is kept: nothing can be said of it`,
  }
}
