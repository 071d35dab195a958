import type { Context } from 'koa'
import {
  type ClusterHealth,
  type ClusterView,
  clusterPage,
  type EntryRow,
  type Words,
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

const notes = ({ t }: Words) => ({
  added: t`The cluster is added. Paste what stands under “API server configuration” into its kube-apiserver, then run the doctor.`,
  changed: t`The cluster is changed.`,
  allowed: t`The group may enter, from the next token on.`,
  disallowed: t`The group may enter no more.`,
  everyone: t`Who may enter is changed.`,
  policy: t`The sign-in policy is saved. It is asked of every token from now on.`,
  groups: t`Groups in tokens are changed. Paste the API server’s configuration again.`,
  revoked: t`The credentials are revoked: whoever shows one is answered no more.`,
  doctor: t`The doctor ran.`,
})

/** The page of a cluster, after a form that was refused too. */
export async function showCluster(
  ctx: Context,
  web: Web,
  person: Person,
  name: string,
  fault: Mendable | null = null,
): Promise<void> {
  const site = web.languages.siteFor(ctx)
  const { words } = site
  const cluster = await web.clusters.get(name)
  const now = web.clock()
  const [config, entries, traffic, credentials, reader] = await Promise.all([
    configView(web, words, cluster, distributionOf(ctx.query['for'])),
    web.clusters.entries(name, MOST_ENTRIES),
    web.clusters.traffic(now - DAY_MS, cluster.id),
    web.clusters.gateways.list(name),
    web.accessReviews.readers.find(name),
  ])
  const own = traffic.get(cluster.id)
  const view: ClusterView = {
    ...adminView(ctx, web, person, notes),
    ...{ name, everyone: cluster.everyone, groups: cluster.groups, fault, config },
    health: healthOf(web, words, cluster, own),
    facts: factsOf(web, words, cluster),
    rbacReader: reader === undefined ? null : { since: reader.createdAt },
    policy: policyView(cluster),
    liveGroups: cluster.liveGroups,
    fallbackAfter: cluster.fallbackAfter,
    tokenLifetime: words.span(web.config.lifetimes.idToken * 1000),
    doctor: doctorView(web, words, cluster),
    entries: entries.map((entry) => entryRow(entry, now)),
    entered: own?.entered ?? 0,
    credentials: credentials.map(({ kind, createdAt }) => ({ kind, at: createdAt })),
  }
  show(ctx, clusterPage(site, view), {
    status: fault?.status ?? 200,
  })
}

/** What is known of how it works: the last word of its apiservers, then the doctor's. */
export function healthOf(
  web: Web,
  words: Words,
  cluster: Cluster,
  traffic: ClusterTraffic | undefined,
): ClusterHealth {
  const { t } = words
  const now = web.clock()
  const probes = cluster.liveGroups
    ? (traffic?.probes ?? []).filter(({ probedAt }) => now - probedAt < FRESH_MS)
    : []
  if (probes.some(({ outcome }) => outcome === 'refused'))
    return { state: 'bad', words: t`refusing` }
  const examined = doctorView(web, words, cluster)
  const failed = examined.findings.filter(({ state }) => state === 'bad').length
  if (failed > 0) return { state: 'bad', words: t`${failed} failed` }
  if (probes.some(({ outcome }) => outcome === 'unreachable')) {
    return { state: 'warn', words: t`not reached` }
  }
  const warnings = examined.findings.filter(({ state }) => state === 'warn').length
  if (warnings > 0) return { state: 'warn', words: t`${warnings} to look at` }
  if (probes.length > 0 || examined.at !== null) return { state: 'ok', words: t`healthy` }
  if ((traffic?.entered ?? 0) > 0) return { state: 'ok', words: t`in use` }
  return { state: 'plain', words: t`not seen lately` }
}

function factsOf({ config }: Web, words: Words, cluster: Cluster): ClusterView['facts'] {
  const { t } = words
  const { replicas, proxyServer, usernamePrefix, groupsPrefix } = cluster
  return [
    [t`API server`, cluster.server],
    ...replicas.map((url) => [t`Behind it`, url] as const),
    ...(proxyServer === null ? [] : [[t`Proxy`, proxyServer] as const]),
    [t`Audience`, cluster.audience],
    [t`Issuer`, config.issuer],
    ['Kubernetes', cluster.kubernetesVersion ?? t`not said: the newest that is known`],
    [t`Signed with`, cluster.signingAlg],
    ...(usernamePrefix === '' ? [] : [[t`Username prefix`, usernamePrefix] as const]),
    ...(groupsPrefix === '' ? [] : [[t`Groups prefix`, groupsPrefix] as const]),
    [t`Token life`, words.span(config.lifetimes.idToken * 1000)],
  ]
}

function entryRow(entry: Entry, now: EpochMs): EntryRow {
  const { username, device, enteredAt, address, revokedAt, endsAt } = entry
  const state = revokedAt !== null ? 'revoked' : endsAt <= now ? 'ended' : 'signed in'
  return { username, device, enteredAt, address, state }
}
