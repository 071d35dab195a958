import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What is counted, in Prometheus' text format. Labels are bounded: no user, no name of anything. */
export interface Metrics {
  readonly text: () => Promise<string>
  readonly contentType: string
  request(cluster: string, verb: string, status: number): void
  /** Of requests that end by themselves; a watch would say how long somebody watched. */
  took(cluster: string, seconds: number): void
  /** By the proxy itself, before a user was known or a request passed on. */
  refused(reason: string): void
  cut(cluster: string, reason: string): void
}

const VERBS = new Set([
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  'connect',
])

export function createMetrics(openRequests: () => ReadonlyMap<string, number>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Counter({
    ...{
      name: 'lanyard_proxy_requests_total',
      help: 'Requests passed on, by the answer',
      registers,
    },
    labelNames: ['cluster', 'verb', 'code'],
  })
  const seconds = new Histogram({
    ...{
      name: 'lanyard_proxy_request_duration_seconds',
      help: 'Without watches and streams',
      registers,
    },
    ...{ labelNames: ['cluster'], buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30] },
  })
  const refusals = new Counter({
    ...{ name: 'lanyard_proxy_refused_total', help: 'Requests not passed on', registers },
    labelNames: ['reason'],
  })
  const cuts = new Counter({
    ...{ name: 'lanyard_proxy_cut_total', help: 'Open requests that were ended', registers },
    labelNames: ['cluster', 'reason'],
  })
  const open = new Gauge({
    ...{ name: 'lanyard_proxy_open_requests', help: 'Now, watches included', registers },
    labelNames: ['cluster'],
    collect() {
      for (const [cluster, count] of openRequests()) open.set({ cluster }, count)
    },
  })
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    request: (cluster, verb, status) =>
      requests.inc({ cluster, verb: VERBS.has(verb) ? verb : 'other', code: String(status) }),
    took: (cluster, value) => seconds.observe({ cluster }, value),
    refused: (reason) => refusals.inc({ reason }),
    cut: (cluster, reason) => cuts.inc({ cluster, reason }),
  }
}
