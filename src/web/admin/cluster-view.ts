import type { Context } from 'koa'
import {
  type ClusterHealth,
  type ClusterView,
  clusterPage,
  type EntryRow,
} from '../../../views/index.ts'
import type { Cluster, ClusterTraffic, Entry } from '../../clusters/index.ts'
import type { EpochMs } from '../../errors/index.ts'
import { show } from '../answer.ts'
import type { Web } from '../options.ts'
import type { Person } from '../visitor.ts'
import { configView, distributionOf } from './cluster-config.ts'
import { doctorView } from './cluster-doctor.ts'
import { adminView } from './frame.ts'
import type { Mendable } from './mendable.ts'
import { policyView } from './sign-in-policy.ts'

export const DAY_MS = 86_400_000
const MOST_ENTRIES = 25
/** The warm-up asks live apiservers at least this often; what is older says nothing of now. */
const FRESH_MS = 60 * 60_000

const notes = {
  added:
    'The cluster is added. Paste what stands under “API server configuration” into its kube-apiserver, then run the doctor.',
  changed: 'The cluster is changed.',
  allowed: 'The group may enter, from the next token on.',
  disallowed: 'The group may enter no more.',
  everyone: 'Who may enter is changed.',
  policy: 'The sign-in policy is saved. It is asked of every token from now on.',
  groups: 'Groups in tokens are changed. Paste the API server’s configuration again.',
  revoked: 'The credentials are revoked: whoever shows one is answered no more.',
  doctor: 'The doctor ran.',
} as const

/** The page of a cluster, after a form that was refused too. */
export async function showCluster(
  ctx: Context,
  web: Web,
  person: Person,
  name: string,
  fault: Mendable | null = null,
): Promise<void> {
  const cluster = await web.clusters.get(name)
  const now = web.clock()
  const [config, entries, traffic, credentials, reader] = await Promise.all([
    configView(web, cluster, distributionOf(ctx.query['for'])),
    web.clusters.entries(name, MOST_ENTRIES),
    web.clusters.traffic(now - DAY_MS, cluster.id),
    web.clusters.gateways.list(name),
    web.accessReviews.readers.find(name),
  ])
  const own = traffic.get(cluster.id)
  const view: ClusterView = {
    ...adminView(ctx, web, person, notes),
    ...{ name, everyone: cluster.everyone, groups: cluster.groups, fault, config },
    health: healthOf(web, cluster, own),
    facts: factsOf(web, cluster),
    rbacReader: reader === undefined ? null : { since: reader.createdAt },
    policy: policyView(cluster),
    liveGroups: cluster.liveGroups,
    fallbackAfter: cluster.fallbackAfter,
    tokenLifetime: web.languages.siteFor(ctx).words.span(web.config.lifetimes.idToken * 1000),
    doctor: doctorView(web, cluster),
    entries: entries.map((entry) => entryRow(entry, now)),
    entered: own?.entered ?? 0,
    credentials: credentials.map(({ kind, createdAt }) => ({ kind, at: createdAt })),
  }
  show(ctx, clusterPage(web.languages.siteFor(ctx), view), {
    status: fault?.status ?? 200,
  })
}

/** What is known of how it works: the last word of its apiservers, then the doctor's. */
export function healthOf(
  web: Web,
  cluster: Cluster,
  traffic: ClusterTraffic | undefined,
): ClusterHealth {
  const now = web.clock()
  const probes = cluster.liveGroups
    ? (traffic?.probes ?? []).filter(({ probedAt }) => now - probedAt < FRESH_MS)
    : []
  if (probes.some(({ outcome }) => outcome === 'refused'))
    return { state: 'bad', words: 'refusing' }
  const examined = doctorView(web, cluster)
  const failed = examined.findings.filter(({ state }) => state === 'bad').length
  if (failed > 0) return { state: 'bad', words: `${failed} failed` }
  if (probes.some(({ outcome }) => outcome === 'unreachable')) {
    return { state: 'warn', words: 'not reached' }
  }
  const warnings = examined.findings.filter(({ state }) => state === 'warn').length
  if (warnings > 0) return { state: 'warn', words: `${warnings} to look at` }
  if (probes.length > 0 || examined.at !== null) return { state: 'ok', words: 'healthy' }
  if ((traffic?.entered ?? 0) > 0) return { state: 'ok', words: 'in use' }
  return { state: 'plain', words: 'not seen lately' }
}

function factsOf({ config, site }: Web, cluster: Cluster): ClusterView['facts'] {
  const { replicas, proxyServer, usernamePrefix, groupsPrefix } = cluster
  return [
    ['API server', cluster.server],
    ...replicas.map((url) => ['Behind it', url] as const),
    ...(proxyServer === null ? [] : [['Proxy', proxyServer] as const]),
    ['Audience', cluster.audience],
    ['Issuer', config.issuer],
    ['Kubernetes', cluster.kubernetesVersion ?? 'not said: the newest that is known'],
    ['Signed with', cluster.signingAlg],
    ...(usernamePrefix === '' ? [] : [['Username prefix', usernamePrefix] as const]),
    ...(groupsPrefix === '' ? [] : [['Groups prefix', groupsPrefix] as const]),
    ['Token life', site.words.span(config.lifetimes.idToken * 1000)],
  ]
}

function entryRow(entry: Entry, now: EpochMs): EntryRow {
  const { username, device, enteredAt, address, revokedAt, endsAt } = entry
  const state = revokedAt !== null ? 'revoked' : endsAt <= now ? 'ended' : 'signed in'
  return { username, device, enteredAt, address, state }
}
