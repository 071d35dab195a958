import pLimit from 'p-limit'
import type { Log } from '../../telemetry/index.ts'
import type { ProbeResult, Prober } from './probe.ts'
import { LOOK_EVERY_MS, probeEvery } from './schedule.ts'
import { createSources, type Sources } from './sources.ts'
import {
  addTrigger,
  isBusy,
  isDown,
  type LiveCluster,
  newWatched,
  noteAccepted,
  type Replica,
  type Seen,
  untilWarm,
  type Watched,
} from './watched.ts'

export interface WarmUp extends Pick<Sources, 'asked' | 'wasAsked'> {
  /** Clusters with live groups, as they are now. New and changed ones are probed. */
  use(clusters: readonly LiveCluster[]): void
  /** Somebody at this address, a Go program, fetched the discovery document: an apiserver may just have started or reloaded. */
  discoverySeen(address: string): void
  /** Holds what a person's token asks for while an apiserver of this cluster may be cold; two seconds at most. */
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

const PROBE_TIMEOUT_MS = 2_000
const MAX_IN_FLIGHT_IN_ALL = 64
const RECORD_EVERY_MS = 60_000
/** A cluster that falls back is asked all the time: that is how it comes back. */
const FALLBACK_PROBE_EVERY_MS = 10_000

/**
 * Kubernetes refuses the first live token after every start of an apiserver and every reload of its configuration. Lanyard sees
 * the discovery request that comes before, and takes that refusal itself.
 */
export function createWarmUp(rooms: WarmUpRooms): WarmUp {
  const { now } = rooms
  const watched = new Map<string, Watched>()
  const sources = createSources()
  const probes = createProbes(rooms, watched)
  const trigger = (each: Watched, from: Parameters<typeof addTrigger>[1]): void => {
    addTrigger(each, from, now())
    probes.schedule()
  }

  return {
    use(clusters) {
      const living = new Set(clusters.map(({ audience }) => audience))
      for (const [audience, each] of watched) {
        if (living.has(audience)) continue
        watched.delete(audience)
        void endFallback(rooms, each)
      }
      for (const cluster of clusters) {
        const before = watched.get(cluster.audience)
        const isSame = JSON.stringify(before?.cluster) === JSON.stringify(cluster)
        if (isSame) continue
        const each = newWatched(cluster, before)
        watched.set(cluster.audience, each)
        trigger(each, 'ourselves')
      }
    },
    discoverySeen(address) {
      const known = sources.clustersAt(address)
      for (const each of watched.values()) {
        if (known === undefined) trigger(each, 'somebody')
        else if (known.has(each.cluster.audience)) trigger(each, 'this')
      }
    },
    asked: sources.asked,
    wasAsked: sources.wasAsked,
    async untilWarm(audience) {
      const each = watched.get(audience)
      if (each !== undefined) await untilWarm(each, now())
    },
    fallsBack: (audience) => watched.get(audience)?.fallsBack ?? false,
    close: probes.close,
  }
}

/** The probes that run, and those that are due. */
function createProbes(rooms: WarmUpRooms, watched: ReadonlyMap<string, Watched>) {
  const { log, now } = rooms
  const limit = pLimit(MAX_IN_FLIGHT_IN_ALL)
  const closing = new AbortController()
  const running = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  /** Begins every probe that is due, and comes back for the next; ends when none will be. */
  function step(): void {
    let shortest = Number.POSITIVE_INFINITY
    for (const each of watched.values()) {
      for (const replica of each.replicas.values()) {
        const every = everyMs(each, replica)
        if (every === null) continue
        shortest = Math.min(shortest, every)
        if (now() - replica.startedAt >= every && !isBusy(replica)) begin(each, replica)
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

  function begin(each: Watched, replica: Replica): void {
    replica.startedAt = now()
    replica.inFlight += 1
    const run = limit(() => probe(each, replica)).finally(() => {
      replica.inFlight -= 1
      running.delete(run)
    })
    running.add(run)
  }

  async function probe(each: Watched, replica: Replica): Promise<void> {
    if (closing.signal.aborted || watched.get(each.cluster.audience) !== each) return
    const { cluster } = each
    const began = now()
    try {
      const options = { timeoutMs: PROBE_TIMEOUT_MS, signal: closing.signal }
      const result = await rooms.prober().probe(cluster, replica.address, options)
      if (closing.signal.aborted) return
      if (result.outcome === 'accepted') noteAccepted(each, replica, began)
      await conclude(rooms, each, replica, result)
    } catch (error) {
      log.error({ err: error, cluster: cluster.name }, 'warming an apiserver failed')
    }
  }

  return {
    schedule(): void {
      if (timer === undefined && !closing.signal.aborted) step()
    },
    async close(): Promise<void> {
      closing.abort()
      clearTimeout(timer)
      await Promise.allSettled(running)
    },
  }
}

/** A cluster that goes, or wants its groups embedded, has nothing to fall back from any more. */
async function endFallback(rooms: WarmUpRooms, each: Watched): Promise<void> {
  if (!each.fallsBack) return
  each.fallsBack = false
  try {
    await rooms.recordFallback(each.cluster, false)
  } catch (error) {
    rooms.log.error(
      { err: error, cluster: each.cluster.name },
      'the end of a fallback is not recorded',
    )
  }
}

async function conclude(
  rooms: WarmUpRooms,
  each: Watched,
  replica: Replica,
  result: ProbeResult,
): Promise<void> {
  const { log } = rooms
  const { cluster } = each
  const { address, seen: before } = replica
  const at = rooms.now()
  const changed = before?.outcome !== result.outcome
  const seen = { ...result, probedAt: at, since: changed ? at : before.since }
  replica.seen = seen
  if (result.outcome === 'accepted') replica.acceptedAt = at
  if (changed) {
    const facts = { cluster: cluster.name, address, outcome: result.outcome }
    if (result.outcome === 'accepted') log.info(facts, 'live groups work')
    else log.info({ ...facts, reason: result.detail }, 'live groups do not work yet')
  }
  await judgeFallback(rooms, each, at)
  if (!changed && at - replica.recordedAt < RECORD_EVERY_MS) return
  replica.recordedAt = at
  await rooms.record(cluster, address, seen, at)
}

async function judgeFallback(rooms: WarmUpRooms, each: Watched, at: number): Promise<void> {
  const { cluster } = each
  const down = isDown(each, at)
  if (down === each.fallsBack) return
  each.fallsBack = down
  rooms.log.warn(
    { cluster: cluster.name },
    down
      ? 'live groups have failed for too long: new tokens carry their groups'
      : 'live groups work again: new tokens carry none',
  )
  await rooms.recordFallback(cluster, down)
}
