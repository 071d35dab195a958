import type { Clock } from '../errors/index.ts'
import { listen } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import { ensureTls, type TlsSettings, watchTls } from '../tls/index.ts'
import { type ClusterRoom, createAdmit } from './admit.ts'
import type { ClusterConfig, ProxyConfig } from './config.ts'
import { createForward } from './forward.ts'
import { createHealth } from './health.ts'
import { createLanyard } from './lanyard.ts'
import { createBudgets } from './limits.ts'
import { createListener } from './listener.ts'
import { createMetrics } from './metrics.ts'
import { createOpenRequests } from './open-requests.ts'
import { createReviewer } from './reviewer.ts'
import { createRouter } from './route.ts'
import { createUpstream } from './upstream.ts'

export interface ProxyOptions {
  readonly config: ProxyConfig
  readonly log: Log
  readonly clock: Clock
  /** How long requests in flight may take at the end; watches and streams never end by themselves. */
  readonly drainMs?: number
  /** The clock that only goes forward, in milliseconds. */
  readonly now?: () => number
  readonly askEveryMs?: number
  readonly reloadEveryMs?: number
}

export interface RunningProxy {
  readonly port: number
  readonly healthPort: number
  close(): Promise<void>
}

/** With it, whoever is disabled is gone after two questions at most, and well within ten seconds. */
const ASK_EVERY_MS = 3_000
const RELOAD_EVERY_MS = 5_000
const EXPIRE_EVERY_MS = 1_000
const DRAIN_MS = 5_000

/**
 * Starts the proxy; resolves when it listens.
 * @throws LanyardError ERR_TLS_FILE, ERR_PORT_IN_USE, ERR_LISTEN
 */
export async function startProxy({
  config,
  log,
  clock,
  drainMs = DRAIN_MS,
  now = () => performance.now(),
  askEveryMs = ASK_EVERY_MS,
  reloadEveryMs = RELOAD_EVERY_MS,
}: ProxyOptions): Promise<RunningProxy> {
  await using cleanup = new AsyncDisposableStack()
  const settings = tlsSettings(config)
  const tls = await ensureTls({ config: settings, clock })
  const clusters = config.clusters.map((cluster) =>
    openCluster(cluster, { log, clock, now, cleanup }),
  )
  const counts = () => new Map(clusters.map(({ name, open }) => [name, open.size]))
  const metrics = createMetrics(counts)
  const admit = createAdmit({
    route: createRouter(clusters),
    budgets: createBudgets(config.limits),
    openPerUser: config.limits.openPerUser,
  })
  const listener = createListener({
    ...{ admit, forward: createForward(log), log, metrics, now },
    ...{ connections: config.limits.connections, key: tls.key, cert: tls.cert },
  })
  const port = await listen(listener.server, config.listen, "listen in the proxy's configuration")
  cleanup.defer(() => listener.drain(drainMs))
  let closing = false
  const health = createHealth(clusters, metrics, () => closing)
  const healthPort = await listen(health, config.health, "health in the proxy's configuration")
  cleanup.defer(() => void health.close())
  const told = new Map<string, string | null>()
  cleanup.use(startTimers(clusters, { told, log, askEveryMs, reloadEveryMs }))
  cleanup.use(
    watchTls({
      ...{ config: settings, clock, log },
      onChange: ({ key, cert }) =>
        listener.server.setSecureContext({ key, cert, minVersion: 'TLSv1.2' }),
    }),
  )
  await Promise.all(clusters.map(({ open }) => open.tick()))
  noteFaults(clusters, told, log)
  const owned = cleanup.move()
  return {
    ...{ port, healthPort },
    close: async () => {
      closing = true
      await owned.disposeAsync()
    },
  }
}

function openCluster(
  config: ClusterConfig,
  {
    log,
    clock,
    now,
    cleanup,
  }: { log: Log; clock: Clock; now: () => number; cleanup: AsyncDisposableStack },
): ClusterRoom {
  const lanyard = cleanup.use(createLanyard(config))
  const upstream = createUpstream(config.upstream, log.child({ cluster: config.name }))
  cleanup.defer(() => upstream.close())
  const reviewer = createReviewer(lanyard, { clock, now })
  const open = createOpenRequests(reviewer, now)
  return { name: config.name, hosts: config.hosts, config, reviewer, upstream, open }
}

function tlsSettings({ tls, listen }: ProxyConfig): TlsSettings {
  return { data: '', issuer: null, listen, tls: { kind: 'files', ...tls } }
}

function startTimers(
  clusters: readonly ClusterRoom[],
  {
    told,
    log,
    askEveryMs,
    reloadEveryMs,
  }: {
    readonly told: Map<string, string | null>
    readonly log: Log
    readonly askEveryMs: number
    readonly reloadEveryMs: number
  },
): Disposable {
  const busy = new Set<string>()
  const ask = setInterval(() => {
    for (const { name, open } of clusters) {
      if (busy.has(name)) continue
      busy.add(name)
      open
        .tick()
        .catch((error: unknown) => log.error({ err: error }, 'asking about open requests failed'))
        .finally(() => {
          busy.delete(name)
          noteFaults(clusters, told, log)
        })
    }
  }, askEveryMs)
  const expire = setInterval(
    () => {
      for (const { open } of clusters) open.expire()
    },
    Math.min(EXPIRE_EVERY_MS, askEveryMs),
  )
  const reload = setInterval(() => {
    for (const { upstream } of clusters) upstream.reload()
  }, reloadEveryMs)
  const timers = [ask, expire, reload]
  for (const timer of timers) timer.unref()
  return {
    [Symbol.dispose]() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** Once when it begins, once when it is over. */
function noteFaults(
  clusters: readonly ClusterRoom[],
  told: Map<string, string | null>,
  log: Log,
): void {
  for (const { name, reviewer } of clusters) {
    const fault = reviewer.fault ?? null
    const before = told.get(name) ?? null
    if (fault === before) continue
    told.set(name, fault)
    if (fault === null) log.info({ cluster: name }, 'Lanyard answers again')
    else log.error({ cluster: name, fault }, 'Lanyard gives no answer: new requests are refused')
  }
}
