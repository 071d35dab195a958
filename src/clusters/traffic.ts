import type { Queries } from '../../db/index.ts'
import type { ClusterId, EpochMs } from '../errors/index.ts'
import type { GatewayKind } from './types.ts'

/** Counting stops here. */
const MOST = 1_000

type Query = Pick<Queries, 'selectFrom'>

/** What an apiserver last made of a live token. */
export interface Probe {
  /** URL of the apiserver. */
  readonly address: string
  readonly outcome: 'accepted' | 'refused' | 'unreachable'
  /** Why, for people; empty where it was accepted. */
  readonly detail: string
  readonly probedAt: EpochMs
  /** When the outcome last changed. */
  readonly sinceAt: EpochMs
}

/** How one cluster is used. */
export interface ClusterTraffic {
  /** Logins that entered it for the first time since then; 1,001 for more than 1,000. */
  readonly entered: number
  readonly probes: readonly Probe[]
}

/** One login's first entry into a cluster. */
export interface Entry {
  readonly username: string
  /** As the machine named itself at the login. */
  readonly device: string
  readonly enteredAt: EpochMs
  readonly lastUsedAt: EpochMs
  readonly address: string | null
  readonly endsAt: EpochMs
  readonly revokedAt: EpochMs | null
}

/** What is shown to a gateway; the value itself is nobody's to see again. */
export interface GatewayCredentialFacts {
  readonly kind: GatewayKind
  readonly createdAt: EpochMs
}

/** Of all clusters, or of one, from indexes alone: it is read for a list. */
export async function readTraffic(
  query: Query,
  since: EpochMs,
  only?: ClusterId,
): Promise<ReadonlyMap<ClusterId, ClusterTraffic>> {
  let select = query.selectFrom('clusters').select('id')
  if (only !== undefined) select = select.where('id', '=', only)
  const probes = await query
    .selectFrom('cluster_probes')
    .selectAll()
    .orderBy('cluster_id')
    .orderBy('address')
    .execute()
  const traffic = new Map<ClusterId, ClusterTraffic>()
  for (const { id } of await select.execute()) {
    const { entered } = await query
      .selectFrom((row) =>
        row
          .selectFrom('device_clusters')
          .select('device_id')
          .where('cluster_id', '=', id)
          .where('entered_at', '>=', since)
          .limit(MOST + 1)
          .as('recent'),
      )
      .select(({ fn }) => fn.countAll<number>().as('entered'))
      .executeTakeFirstOrThrow()
    traffic.set(id as ClusterId, {
      entered,
      probes: probes
        .filter(({ cluster_id }) => cluster_id === id)
        .map(({ address, outcome, detail, probed_at, since_at }) => ({
          ...{ address, outcome, detail, probedAt: probed_at, sinceAt: since_at },
        })),
    })
  }
  return traffic
}

/** The last logins that entered a cluster, the newest first. */
export async function readEntries(
  query: Query,
  clusterId: string,
  limit: number,
): Promise<Entry[]> {
  const rows = await query
    .selectFrom('device_clusters')
    .innerJoin('devices', 'devices.id', 'device_clusters.device_id')
    .innerJoin('users', 'users.id', 'devices.user_id')
    .select(['users.username', 'devices.name', 'device_clusters.entered_at'])
    .select(['devices.last_used_at', 'devices.last_address'])
    .select(['devices.expires_at', 'devices.revoked_at'])
    .where('device_clusters.cluster_id', '=', clusterId)
    .orderBy('device_clusters.entered_at', 'desc')
    .orderBy('device_clusters.device_id', 'desc')
    .limit(Math.min(limit, MOST))
    .execute()
  return rows.map((row) => ({
    ...{ username: row.username, device: row.name, enteredAt: row.entered_at },
    ...{ lastUsedAt: row.last_used_at, address: row.last_address },
    ...{ endsAt: row.expires_at, revokedAt: row.revoked_at },
  }))
}

/** When somebody last signed in to each application, by its client id. */
export async function readLastSignIns(query: Query): Promise<ReadonlyMap<string, EpochMs>> {
  const rows = await query
    .selectFrom('applications')
    .select((row) => [
      'client_id',
      row
        .selectFrom('devices')
        .whereRef('devices.client_id', '=', 'applications.client_id')
        .select(({ fn }) => fn.max('devices.authenticated_at').as('at'))
        .as('at'),
    ])
    .execute()
  return new Map(rows.flatMap(({ client_id, at }) => (at === null ? [] : [[client_id, at]])))
}

/** The credentials of a cluster's gateways that are good, the newest first. */
export async function readCredentials(
  query: Query,
  clusterId: string,
): Promise<GatewayCredentialFacts[]> {
  const rows = await query
    .selectFrom('gateway_credentials')
    .select(['kind', 'created_at'])
    .where('cluster_id', '=', clusterId)
    .orderBy('created_at', 'desc')
    .limit(MOST)
    .execute()
  return rows.map(({ kind, created_at }) => ({ kind, createdAt: created_at }))
}
