import { prepare, type Store, type Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, Clock, ClusterId } from '../errors/index.ts'
import { hashSecret, makeSecret } from './client-secret.ts'
import { getCluster } from './cluster-rows.ts'
import { readCredentials } from './traffic.ts'
import type { GatewayCluster, GatewayCredentials, GatewayKind } from './types.ts'
import { writeUnits } from './write-unit.ts'

/** Read for every TokenReview: the credential and what an answer says of its cluster, in one row. */
const selectGateway = prepare<{ hash: string; kind: GatewayKind; name: string }>()((db, param) =>
  db
    .selectFrom('gateway_credentials')
    .innerJoin('clusters', 'clusters.id', 'gateway_credentials.cluster_id')
    .where('gateway_credentials.hash', '=', param('hash'))
    .where('gateway_credentials.kind', '=', param('kind'))
    .where('clusters.name', '=', param('name'))
    .select([
      'clusters.id',
      'clusters.name',
      'clusters.audience',
      'clusters.username_prefix',
      'clusters.groups_prefix',
    ]),
)

/** What a cluster's apiserver or proxy shows to Lanyard: random, stored as a hash, any number of them until they are revoked. */
export function createGatewayCredentials(rooms: {
  readonly store: Store
  readonly clock: Clock
}): GatewayCredentials {
  const { store } = rooms
  const unit = writeUnits(rooms)
  return {
    issue: unit(issueCredential),
    revokeAll: unit(revokeCredentials),
    list: async (name) => readCredentials(store.query, (await getCluster(store.query, name)).id),
    async find(name, kind, value) {
      const row = await store.first(selectGateway, { name, kind, hash: hashSecret(value) })
      if (row === undefined) return undefined
      const cluster: GatewayCluster = {
        id: row.id as ClusterId,
        name: row.name,
        audience: row.audience,
        usernamePrefix: row.username_prefix,
        groupsPrefix: row.groups_prefix,
      }
      return cluster
    },
  }
}

async function issueCredential(
  tx: Transaction,
  clock: Clock,
  name: string,
  kind: GatewayKind,
  by: By,
): Promise<string> {
  const cluster = await getCluster(tx.query, name)
  const { secret } = makeSecret()
  // Recognised by secret scanners, and by people who find one in a file.
  const value = `lanyard_${kind}_${secret}`
  await tx.query
    .insertInto('gateway_credentials')
    .values({ hash: hashSecret(value), cluster_id: cluster.id, kind, created_at: clock() })
    .execute()
  await recordEvent(tx, clock, {
    type: 'cluster.credential_issued',
    by,
    target: { kind: 'cluster', id: cluster.id, name: cluster.name },
    detail: { kind },
  })
  return value
}

async function revokeCredentials(
  tx: Transaction,
  clock: Clock,
  name: string,
  kind: GatewayKind,
  by: By,
): Promise<number> {
  const cluster = await getCluster(tx.query, name)
  const { numDeletedRows } = await tx.query
    .deleteFrom('gateway_credentials')
    .where('cluster_id', '=', cluster.id)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow()
  const revoked = Number(numDeletedRows)
  if (revoked > 0) {
    await recordEvent(tx, clock, {
      type: 'cluster.credentials_revoked',
      by,
      target: { kind: 'cluster', id: cluster.id, name: cluster.name },
      detail: { kind, revoked },
    })
  }
  return revoked
}
