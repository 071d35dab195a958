import type { Selectable } from 'kysely'
import type { Queries, Schema } from '../../db/index.ts'
import { type ClusterId, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { readStrings } from './application-rows.ts'
import type { Cluster } from './types.ts'

type Row = Selectable<Schema['clusters']> & { readonly group_name: string | null }

/** All clusters, or the one of this name, with their groups, by name. One statement, so one moment. */
export async function readClusters(
  query: Pick<Queries, 'selectFrom'>,
  name?: string,
): Promise<Cluster[]> {
  let select = query
    .selectFrom('clusters')
    .leftJoin('cluster_groups', 'cluster_groups.cluster_id', 'clusters.id')
    .leftJoin('groups', 'groups.id', 'cluster_groups.group_id')
    .selectAll('clusters')
    .select('groups.name as group_name')
    .orderBy('clusters.name')
    .orderBy('groups.name')
  if (name !== undefined) select = select.where('clusters.name', '=', name)
  const byId = Map.groupBy(await select.execute(), (row) => row.id)
  return [...byId.values()].flatMap((rows) => {
    const [first] = rows
    return first === undefined ? [] : [clusterOf(first, rows)]
  })
}

/** Throws ERR_CLUSTER_UNKNOWN. */
export async function getCluster(
  query: Pick<Queries, 'selectFrom'>,
  name: string,
): Promise<Cluster> {
  const [cluster] = await readClusters(query, name)
  if (cluster !== undefined) return cluster
  throw new LanyardError('ERR_CLUSTER_UNKNOWN', `no cluster is named ${quoteName(name)}`, {
    hint: 'lanyard cluster list shows them all',
  })
}

function clusterOf(row: Row, rows: readonly Row[]): Cluster {
  return {
    id: row.id as ClusterId,
    name: row.name,
    audience: row.audience,
    server: row.server,
    certificateAuthority: row.certificate_authority,
    proxyServer: row.proxy_server,
    proxyCertificateAuthority: row.proxy_certificate_authority,
    signingAlg: row.signing_alg,
    usernamePrefix: row.username_prefix,
    groupsPrefix: row.groups_prefix,
    everyone: row.everyone === 1,
    liveGroups: row.live_groups === 1,
    fallbackAfter: row.fallback_after,
    kubernetesVersion: row.kubernetes_version,
    replicas: readStrings(row.replicas),
    groups: rows.flatMap(({ group_name }) => (group_name === null ? [] : [group_name])),
    policy: { factors: row.factors, maxAge: row.max_age },
    stepUp: row.step_up,
    createdAt: row.created_at,
  }
}
