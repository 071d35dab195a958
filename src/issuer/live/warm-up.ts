import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import type { Log } from '../../telemetry/index.ts'
import { addressesOf, type ProbedCluster, type ProbeResult, type Prober } from './probe.ts'
import { LOOK_EVERY_MS, mayBeCold, probeEvery, STARTING_MS, type Trigger } from './schedule.ts'

/** A cluster with live groups, and what its admin wants of an outage. */
export type LiveCluster = ProbedCluster & { readonly fallbackAfter: number | null }

/** What an apiserver last said, and since when it says so; milliseconds of the warm-up's own clock. */
export interface Seen extends ProbeResult {
  readonly probedAt: number
  readonly since: number
}

export interface WarmUp {
  /** Clusters with live groups, as they are now. New and changed ones are probed. */
  use(clusters: readonly LiveCluster[]): void
  /** Somebody at this address, a Go program, fetched the discovery document: an apiserver may just have started or reloaded. */
  discoverySeen(address: string): void
  /** Somebody asked for groups at this audience; with a probe's id it was an apiserver of the cluster, and this is its address. */
  asked(audience: string, address: string, probe: string | null): void
  wasAsked(probe: string): boolean
  /**
   * Resolves at once, but while an apiserver of this cluster may be cold: then when each has accepted a probe that began after this
   * call, or after two seconds. kube-apiserver looks for the verifier that it may lack only once it has the groups.
   */
  untilWarm(audience: string): Promise<void>
  /** True while the cluster's live groups have been refused for longer than its admin wants to wait. */
  fallsBack(audience: string): boolean
  close(): Promise<void>
}

export interface WarmUpRooms {
  readonly log: Log
  /** Milliseconds that only ever grow. */
  readonly now: () => number
  /** The prober needs what is made after this. */
  readonly prober: () => Prober
  /** An outcome changed, or a minute went by. */
  readonly record: (cluster: LiveCluster, address: string, seen: Seen, now: number) => Promise<void>
  readonly recordFallback: (cluster: LiveCluster, began: boolean) => Promise<void>
}

interface Watched {
  readonly cluster: LiveCluster
  /** The newest few of each kind. */
  triggers: readonly Trigger[]
  readonly replicas: ReadonlyMap<string, Replica>
  /** Looks again whether a held answer may go. */
  readonly held: Set<() => void>
  fallsBack: boolean
}

interface Replica {
  readonly address: string
  inFlight: number
  startedAt: number
  acceptedAt: number | null
  /** When the last probe that was accepted had begun. */
  acceptedFrom: number
  seen: Seen | null
  recordedAt: number
}

const PROBE_TIMEOUT_MS = 2_000
/** Where an apiserver does not warm up, people are told so rather than kept waiting. */
const HOLD_MS = 2_000
/** As many as can be within the time to a reload's swap, so that none of them pushes out one that still waits for it. */
const MAX_TRIGGERS = 16
/** What comes again within this time is the same event, or a flood that must cost what one request costs. */
const SAME_EVENT_MS = { this: 1_000, somebody: STARTING_MS, ourselves: 0 } as const
/** One that hangs must not keep the next ones from warming the apiserver. */
const MAX_IN_FLIGHT = 6
/** For one that did not answer last: a few dead clusters must not take all the places of those that live. */
const MAX_IN_FLIGHT_UNREACHABLE = 2
const MAX_IN_FLIGHT_IN_ALL = 64
const RECORD_EVERY_MS = 60_000
/** A cluster that falls back is asked all the time: that is how it comes back. */
const FALLBACK_PROBE_EVERY_MS = 10_000
const MAX_SOURCES = 1_000
const MAX_CLUSTERS_OF_A_SOURCE = 64

/**
 * Kubernetes refuses the first live token after every start of an apiserver and every reload of its configuration. Lanyard sees
 * the discovery request that comes before, and takes that refusal itself.
 */
export function createWarmUp(rooms: WarmUpRooms): WarmUp {
  const { log, now } = rooms
  const watched = new Map<string, Watched>()
  const sources = new LRUCache<string, Set<string>>({ max: MAX_SOURCES })
  const askedProbes = new LRUCache<string, true>({ max: 1_000 })
  const limit = pLimit(MAX_IN_FLIGHT_IN_ALL)
  const closing = new AbortController()
  const running = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  function trigger(each: Watched, from: Trigger['from']): void {
    const at = now()
    const alike = each.triggers.filter((other) => other.from === from)
    const isRepeated = alike.some((other) => at - other.at < SAME_EVENT_MS[from])
    if (!isRepeated) {
      // Each kind apart: nobody's request may push out what an apiserver's own began.
      const others = each.triggers.filter((other) => other.from !== from)
      each.triggers = [...others, ...[...alike, { at, from }].slice(-MAX_TRIGGERS)]
    }
    schedule()
  }

  function schedule(): void {
    if (timer === undefined && !closing.signal.aborted) step()
  }

  /** Begins every probe that is due, and comes back for the next; ends when none will be. */
  function step(): void {
    let shortest = Number.POSITIVE_INFINITY
    for (const each of watched.values()) {
      for (const replica of each.replicas.values()) {
        const every = everyMs(each, replica)
        if (every === null) continue
        shortest = Math.min(shortest, every)
        if (now() - replica.startedAt < every || isBusy(replica)) continue
        replica.startedAt = now()
        replica.inFlight += 1
        const run = limit(() => probe(each, replica)).finally(() => {
          replica.inFlight -= 1
          running.delete(run)
        })
        running.add(run)
      }
    }
    timer =
      shortest === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(step, Math.min(shortest, LOOK_EVERY_MS)).unref()
  }

  function everyMs({ cluster, triggers }: Watched, { acceptedAt }: Replica): number | null {
    const waits = triggers.flatMap((each) => probeEvery(each, acceptedAt, now()) ?? [])
    if (cluster.fallbackAfter !== null) waits.push(FALLBACK_PROBE_EVERY_MS)
    return waits.length === 0 ? null : Math.min(...waits)
  }

  async function probe(each: Watched, replica: Replica): Promise<void> {
    if (closing.signal.aborted || watched.get(each.cluster.audience) !== each) return
    const { cluster } = each
    const began = now()
    try {
      const options = { timeoutMs: PROBE_TIMEOUT_MS, signal: closing.signal }
      const result = await rooms.prober().probe(cluster, replica.address, options)
      if (closing.signal.aborted) return
      if (result.outcome === 'accepted') {
        replica.acceptedFrom = Math.max(replica.acceptedFrom, began)
        for (const look of [...each.held]) look()
      }
      await conclude(each, replica, result)
    } catch (error) {
      log.error({ err: error, cluster: cluster.name }, 'warming an apiserver failed')
    }
  }

  async function conclude(each: Watched, replica: Replica, result: ProbeResult): Promise<void> {
    const { cluster } = each
    const { address, seen: before } = replica
    const at = now()
    const changed = before?.outcome !== result.outcome
    const seen = { ...result, probedAt: at, since: changed ? at : before.since }
    replica.seen = seen
    if (result.outcome === 'accepted') replica.acceptedAt = at
    if (changed) {
      const facts = { cluster: cluster.name, address, outcome: result.outcome }
      if (result.outcome === 'accepted') log.info(facts, 'live groups work')
      else log.info({ ...facts, reason: result.detail }, 'live groups do not work yet')
    }
    await judgeFallback(each, at)
    if (!changed && at - replica.recordedAt < RECORD_EVERY_MS) return
    replica.recordedAt = at
    await rooms.record(cluster, address, seen, at)
  }

  async function untilWarm(audience: string): Promise<void> {
    const each = watched.get(audience)
    if (each === undefined) return
    const asked = now()
    const cold = [...each.replicas.values()].filter(({ acceptedAt }) =>
      each.triggers.some((trigger) => mayBeCold(trigger, acceptedAt, asked)),
    )
    if (cold.length === 0) return
    await new Promise<void>((resolve) => {
      const release = (): void => {
        clearTimeout(timeout)
        each.held.delete(look)
        resolve()
      }
      const look = (): void => {
        if (cold.every(({ acceptedFrom }) => acceptedFrom >= asked)) release()
      }
      const timeout = setTimeout(release, HOLD_MS).unref()
      each.held.add(look)
    })
  }

  async function judgeFallback(each: Watched, at: number): Promise<void> {
    const { cluster } = each
    const after = cluster.fallbackAfter
    // Where an apiserver cannot be reached, nobody knows whether it can ask: only a refusal is an outage of live groups.
    const down =
      after !== null &&
      [...each.replicas.values()].some(
        ({ seen }) => seen?.outcome === 'refused' && at - seen.since >= after * 1000,
      )
    if (down === each.fallsBack) return
    each.fallsBack = down
    log.warn(
      { cluster: cluster.name },
      down
        ? 'live groups have failed for too long: new tokens carry their groups'
        : 'live groups work again: new tokens carry none',
    )
    await rooms.recordFallback(cluster, down)
  }

  return {
    use(clusters) {
      const living = new Set(clusters.map(({ audience }) => audience))
      for (const audience of watched.keys()) if (!living.has(audience)) watched.delete(audience)
      for (const cluster of clusters) {
        const before = watched.get(cluster.audience)
        if (before !== undefined && JSON.stringify(before.cluster) === JSON.stringify(cluster)) {
          continue
        }
        const replicas = new Map(
          addressesOf(cluster).map((address) => [address, newReplica(address)]),
        )
        const fallsBack = before?.fallsBack ?? false
        const each = { cluster, triggers: [], replicas, held: new Set<() => void>(), fallsBack }
        watched.set(cluster.audience, each)
        trigger(each, 'ourselves')
      }
    },
    discoverySeen(address) {
      const known = sources.get(address)
      for (const each of watched.values()) {
        if (known === undefined) trigger(each, 'somebody')
        else if (known.has(each.cluster.audience)) trigger(each, 'this')
      }
    },
    asked(audience, address, probe) {
      // People can ask too, with what their own token carries: only an apiserver has what a probe carries.
      if (probe === null) return
      askedProbes.set(probe, true)
      const known = sources.get(address)
      if (known === undefined) sources.set(address, new Set([audience]))
      else if (known.size < MAX_CLUSTERS_OF_A_SOURCE) known.add(audience)
    },
    untilWarm,
    wasAsked: (probe) => askedProbes.has(probe),
    fallsBack: (audience) => watched.get(audience)?.fallsBack ?? false,
    async close() {
      closing.abort()
      clearTimeout(timer)
      await Promise.allSettled(running)
    },
  }
}

function isBusy({ inFlight, seen }: Replica): boolean {
  return inFlight >= (seen?.outcome === 'unreachable' ? MAX_IN_FLIGHT_UNREACHABLE : MAX_IN_FLIGHT)
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
