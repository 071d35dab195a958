import { prepare, type Reader } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID, type Target } from '../access/index.ts'
import type { ApplicationId, ClusterId } from '../errors/index.ts'
import type { Cluster } from './types.ts'

/** One row for each group that may enter, or one with none: no function of one store's JSON is needed. */
const selectTarget = prepare<{ clientId: string }>()((db, param) =>
  db
    .selectFrom('clusters')
    .leftJoin('cluster_groups', 'cluster_groups.cluster_id', 'clusters.id')
    .leftJoin('groups', 'groups.id', 'cluster_groups.group_id')
    .where('clusters.audience', '=', param('clientId'))
    .select((row) => [
      row.val('cluster').as('kind'),
      'clusters.id',
      'clusters.name',
      'clusters.everyone',
      'groups.name as group_name',
    ])
    .unionAll(
      db
        .selectFrom('applications')
        .leftJoin('application_groups', 'application_groups.application_id', 'applications.id')
        .leftJoin('groups', 'groups.id', 'application_groups.group_id')
        .where('applications.client_id', '=', param('clientId'))
        .select((row) => [
          row.val('application').as('kind'),
          'applications.id',
          'applications.name',
          'applications.everyone',
          'groups.name as group_name',
        ]),
    ),
)

/** What a client id stands for and who may enter there, read at the moment of asking. */
export async function readTarget(store: Reader, clientId: string): Promise<Target | undefined> {
  if (clientId === KUBECTL_CLIENT_ID) return { kind: 'kubectl' }
  const rows = await store.all(selectTarget, { clientId })
  const [first] = rows
  if (first === undefined) return undefined
  const { name } = first
  const everyone = first.everyone === 1
  const groups = rows.flatMap(({ group_name }) => (group_name === null ? [] : [group_name]))
  return first.kind === 'cluster'
    ? { kind: 'cluster', id: first.id as ClusterId, name, audience: clientId, everyone, groups }
    : { kind: 'application', id: first.id as ApplicationId, name, clientId, everyone, groups }
}

export function targetOf({ id, name, audience, everyone, groups }: Cluster): Target {
  return { kind: 'cluster', id, name, audience, everyone, groups }
}
