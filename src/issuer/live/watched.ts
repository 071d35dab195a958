import { addressesOf, type ProbedCluster, type ProbeResult } from './probe.ts'
import { mayBeCold, STARTING_MS, type Trigger } from './schedule.ts'

/** A cluster with live groups, and what its admin wants of an outage. */
export type LiveCluster = ProbedCluster & { readonly fallbackAfter: number | null }

/** What an apiserver last said, and since when it says so; milliseconds of the warm-up's own clock. */
export interface Seen extends ProbeResult {
  readonly probedAt: number
  readonly since: number
}

/** One cluster under the warm-up's eyes. */
export interface Watched {
  readonly cluster: LiveCluster
  /** The newest few of each kind. */
  triggers: readonly Trigger[]
  readonly replicas: ReadonlyMap<string, Replica>
  /** Each looks again whether a held answer may go. */
  readonly held: Set<() => void>
  fallsBack: boolean
}

/** One apiserver of a cluster; times in milliseconds of the warm-up's own clock. */
export interface Replica {
  readonly address: string
  inFlight: number
  startedAt: number
  acceptedAt: number | null
  /** When the last probe that was accepted had begun. */
  acceptedFrom: number
  seen: Seen | null
  recordedAt: number
}

/** As many as can be within the time to a reload's swap, so that none of them pushes out one that still waits for it. */
const MAX_TRIGGERS = 16
/** What comes again within this time is the same event, or a flood that must cost what one request costs. */
const SAME_EVENT_MS = { this: 1_000, somebody: STARTING_MS, ourselves: 0 } as const
/** Where an apiserver does not warm up, people are told so rather than kept waiting. */
const HOLD_MS = 2_000
/** One that hangs must not keep the next ones from warming the apiserver. */
const MAX_IN_FLIGHT = 6
/** For one that did not answer last: a few dead clusters must not take all the places of those that live. */
const MAX_IN_FLIGHT_UNREACHABLE = 2

/** A change of its definition begins anew, but what people were promised goes on until a probe says otherwise. */
export function newWatched(cluster: LiveCluster, before: Watched | undefined): Watched {
  const replicas = addressesOf(cluster).map((address) => [address, newReplica(address)] as const)
  return {
    cluster,
    triggers: [],
    replicas: new Map(replicas),
    held: new Set(),
    fallsBack: before?.fallsBack ?? false,
  }
}

export function addTrigger(each: Watched, from: Trigger['from'], at: number): void {
  const alike = each.triggers.filter((other) => other.from === from)
  if (alike.some((other) => at - other.at < SAME_EVENT_MS[from])) return
  // Each kind apart: nobody's request may push out what an apiserver's own began.
  const others = each.triggers.filter((other) => other.from !== from)
  each.triggers = [...others, ...[...alike, { at, from }].slice(-MAX_TRIGGERS)]
}

export function isBusy({ inFlight, seen }: Replica): boolean {
  return inFlight >= (seen?.outcome === 'unreachable' ? MAX_IN_FLIGHT_UNREACHABLE : MAX_IN_FLIGHT)
}

/**
 * Resolves at once, but while an apiserver of this cluster may be cold: then when each has accepted a probe that began after
 * `asked`, or after two seconds. kube-apiserver looks for the verifier that it may lack only once it has the groups.
 */
export function untilWarm({ replicas, triggers, held }: Watched, asked: number): Promise<void> {
  const cold = [...replicas.values()].filter(({ acceptedAt }) =>
    triggers.some((trigger) => mayBeCold(trigger, acceptedAt, asked)),
  )
  if (cold.length === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const release = (): void => {
      clearTimeout(timeout)
      held.delete(look)
      resolve()
    }
    const look = (): void => {
      if (cold.every(({ acceptedFrom }) => acceptedFrom >= asked)) release()
    }
    const timeout = setTimeout(release, HOLD_MS).unref()
    held.add(look)
  })
}

/** A probe that began at `began` was accepted: what it was waited for may go. */
export function noteAccepted({ held }: Watched, replica: Replica, began: number): void {
  replica.acceptedFrom = Math.max(replica.acceptedFrom, began)
  for (const look of [...held]) look()
}

/**
 * True where the admin wants new tokens to carry groups now. Where an apiserver cannot be reached, nobody knows whether it can
 * ask: only a refusal is an outage of live groups.
 */
export function isDown({ cluster, replicas }: Watched, at: number): boolean {
  const after = cluster.fallbackAfter
  if (after === null) return false
  return [...replicas.values()].some(
    ({ seen }) => seen?.outcome === 'refused' && at - seen.since >= after * 1000,
  )
}

function newReplica(address: string): Replica {
  return {
    address,
    inFlight: 0,
    startedAt: Number.NEGATIVE_INFINITY,
    acceptedAt: null,
    acceptedFrom: Number.NEGATIVE_INFINITY,
    seen: null,
    recordedAt: Number.NEGATIVE_INFINITY,
  }
}
