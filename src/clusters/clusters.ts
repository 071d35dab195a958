import { randomBytes } from 'node:crypto'
import type { Store, Transaction } from '../../db/index.ts'
import { ANY_SIGN_IN, mayEnter } from '../access/index.ts'
import type { AuditDetail, AuditType } from '../audit/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { changeAllowed, type GroupList } from './allowed-groups.ts'
import { createApplications } from './applications.ts'
import { buryClientId, findGroups, refuseTakenClientId } from './client-ids.ts'
import { readClients } from './clients.ts'
import { type ClusterProxy, mergeProxy, parseProxy } from './cluster-proxy.ts'
import { getCluster, readClusters } from './cluster-rows.ts'
import {
  parseAudience,
  parseCertificateAuthority,
  parseFallbackAfter,
  parseKubernetesVersion,
  parseLabel,
  parsePrefix,
  parseReplicas,
  parseServer,
  parseSigningAlg,
} from './cluster-values.ts'
import { configOf } from './config.ts'
import { createGatewayCredentials } from './gateway-credentials.ts'
import { readHolders } from './holders.ts'
import { parsePolicy, policyColumns } from './sign-in-policy.ts'
import { readTarget, targetOf } from './target.ts'
import { readEntries, readTraffic } from './traffic.ts'
import type { Cluster, ClusterChange, Clusters, NewCluster } from './types.ts'
import { concludeChange, writeUnits } from './write-unit.ts'

export interface ClustersOptions {
  readonly store: Store
  readonly clock: Clock
}

/** Opens the register on a store. Every change moves the revision `clients` and is recorded in its own transaction. */
export function createClusters({ store, clock }: ClustersOptions): Clusters {
  const unit = writeUnits({ store, clock })
  return {
    applications: createApplications({ store, clock }),
    gateways: createGatewayCredentials({ store, clock }),
    add: unit(addCluster),
    change: unit(changeCluster),
    delete: unit(deleteCluster),
    allow: unit(changeAllowed(allowedGroups, 'allowed')),
    disallow: unit(changeAllowed(allowedGroups, 'disallowed')),
    list: () => readClusters(store.query),
    find: async (name) => (await readClusters(store.query, name))[0],
    get: (name) => getCluster(store.query, name),
    holders: async (name, limit) =>
      readHolders(store.query, (await getCluster(store.query, name)).id, limit),
    entries: async (name, limit) =>
      readEntries(store.query, (await getCluster(store.query, name)).id, limit),
    traffic: (since, only) => readTraffic(store.query, since, only),
    target: (clientId) => readTarget(store, clientId),
    forSubject: async (groups) =>
      (await readClusters(store.query)).filter((cluster) => mayEnter(groups, targetOf(cluster))),
    clients: () => readClients(store.query),
    config: async (name, request) => configOf(await getCluster(store.query, name), request),
  }
}

async function addCluster(
  tx: Transaction,
  clock: Clock,
  cluster: NewCluster,
  by: By,
): Promise<Cluster> {
  const name = parseLabel('cluster', cluster.name)
  const audience = parseAudience(cluster.audience ?? name)
  await refuseTakenName(tx, name)
  await refuseTakenClientId(tx, audience)
  const groups = await findGroups(tx, cluster.groups ?? [])
  const id = randomBytes(16).toString('hex')
  const { certificateAuthority: ca, kubernetesVersion: version, liveGroups = true } = cluster
  await tx.query
    .insertInto('clusters')
    .values({
      id,
      name,
      audience,
      server: parseServer(cluster.server),
      certificate_authority: ca === undefined ? null : parseCertificateAuthority(ca),
      ...proxyColumns(parseProxy(cluster.proxyServer ?? null, cluster.proxyCertificateAuthority)),
      signing_alg: parseSigningAlg(cluster.signingAlg ?? 'RS256'),
      username_prefix: parsePrefix(cluster.usernamePrefix ?? ''),
      groups_prefix: parsePrefix(cluster.groupsPrefix ?? ''),
      everyone: cluster.everyone === true ? 1 : 0,
      live_groups: liveGroups ? 1 : 0,
      fallback_after: parseFallbackAfter(cluster.fallbackAfter ?? null, liveGroups),
      kubernetes_version: version === undefined ? null : parseKubernetesVersion(version),
      replicas: JSON.stringify(parseReplicas(cluster.replicas ?? [])),
      ...policyColumns({
        policy: parsePolicy(cluster.policy ?? ANY_SIGN_IN),
        stepUp: cluster.stepUp ?? 'withhold',
      }),
      created_at: clock(),
    })
    .execute()
  for (const group of groups) await insertGroup(tx, id, group.id)
  const added = await getCluster(tx.query, name)
  const { server, everyone } = added
  const detail = { audience, server, everyone, groups: added.groups, liveGroups }
  await conclude(tx, clock, 'cluster.added', added, by, detail)
  return added
}

async function changeCluster(
  tx: Transaction,
  clock: Clock,
  name: string,
  change: ClusterChange,
  by: By,
): Promise<Cluster> {
  const before = await getCluster(tx.query, name)
  const after = merge(before, change)
  const changed = (Object.keys(change) as (keyof ClusterChange)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )
  if (changed.length === 0) return before
  if (after.name !== before.name) await refuseTakenName(tx, after.name)
  await tx.query
    .updateTable('clusters')
    .set({
      name: after.name,
      server: after.server,
      certificate_authority: after.certificateAuthority,
      ...proxyColumns(after),
      signing_alg: after.signingAlg,
      username_prefix: after.usernamePrefix,
      groups_prefix: after.groupsPrefix,
      everyone: after.everyone ? 1 : 0,
      live_groups: after.liveGroups ? 1 : 0,
      fallback_after: after.fallbackAfter,
      kubernetes_version: after.kubernetesVersion,
      replicas: JSON.stringify(after.replicas),
      ...policyColumns(after),
    })
    .where('id', '=', before.id)
    .execute()
  await conclude(tx, clock, 'cluster.changed', after, by, {
    changed,
    ...(after.name === before.name ? {} : { formerName: before.name }),
  })
  return after
}

function merge(before: Cluster, change: ClusterChange): Cluster {
  const { certificateAuthority: ca } = change
  const kept = ca === null ? null : before.certificateAuthority
  const version = change.kubernetesVersion
  const liveGroups = change.liveGroups ?? before.liveGroups
  // Tokens that carry their groups need no fallback: it goes with what it was for.
  const fallbackBefore = liveGroups ? before.fallbackAfter : null
  const fallback = change.fallbackAfter === undefined ? fallbackBefore : change.fallbackAfter
  return {
    ...before,
    name: change.name === undefined ? before.name : parseLabel('cluster', change.name),
    server: change.server === undefined ? before.server : parseServer(change.server),
    certificateAuthority: typeof ca === 'string' ? parseCertificateAuthority(ca) : kept,
    ...mergeProxy(before, change),
    signingAlg: parseSigningAlg(change.signingAlg ?? before.signingAlg),
    usernamePrefix: parsePrefix(change.usernamePrefix ?? before.usernamePrefix),
    groupsPrefix: parsePrefix(change.groupsPrefix ?? before.groupsPrefix),
    everyone: change.everyone ?? before.everyone,
    liveGroups,
    fallbackAfter: parseFallbackAfter(fallback, liveGroups),
    kubernetesVersion:
      version === undefined ? before.kubernetesVersion : parseKubernetesVersion(version),
    replicas: change.replicas === undefined ? before.replicas : parseReplicas(change.replicas),
    policy: parsePolicy(change.policy ?? before.policy),
    stepUp: change.stepUp ?? before.stepUp,
  }
}

function proxyColumns(proxy: ClusterProxy) {
  return {
    proxy_server: proxy.proxyServer,
    proxy_certificate_authority: proxy.proxyCertificateAuthority,
  }
}

async function deleteCluster(tx: Transaction, clock: Clock, name: string, by: By): Promise<void> {
  const cluster = await getCluster(tx.query, name)
  await tx.query.deleteFrom('clusters').where('id', '=', cluster.id).execute()
  await buryClientId(tx, cluster.audience, clock())
  await conclude(tx, clock, 'cluster.deleted', cluster, by, { audience: cluster.audience })
}

const allowedGroups: GroupList<Cluster> = {
  get: getCluster,
  insert: insertGroup,
  remove: (tx, id, groupId) =>
    tx.query
      .deleteFrom('cluster_groups')
      .where('cluster_id', '=', id)
      .where('group_id', '=', groupId)
      .execute(),
  conclude: (tx, clock, cluster, by, detail) =>
    conclude(tx, clock, 'cluster.changed', cluster, by, detail),
}

async function insertGroup(tx: Transaction, id: string, groupId: string): Promise<void> {
  await tx.query
    .insertInto('cluster_groups')
    .values({ cluster_id: id, group_id: groupId })
    .execute()
}

function conclude(
  tx: Transaction,
  clock: Clock,
  type: AuditType,
  { id, name, audience }: Cluster,
  by: By,
  detail: AuditDetail,
): Promise<void> {
  const target = { kind: 'cluster', id, name } as const
  return concludeChange(tx, clock, { type, by, target, clientId: audience, detail })
}

async function refuseTakenName(tx: Transaction, name: string): Promise<void> {
  const [cluster] = await readClusters(tx.query, name)
  if (cluster === undefined) return
  throw new LanyardError('ERR_CLUSTER_EXISTS', `cluster ${quoteName(name)} exists already`)
}
