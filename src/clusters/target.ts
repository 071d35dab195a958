import { prepare, type Reader } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID, type Target } from '../access/index.ts'
import type { ApplicationId, ClusterId } from '../errors/index.ts'
import { readStrings } from './application-rows.ts'
import type { Cluster } from './types.ts'

/** One row whatever the number of groups: making rows is what a query costs here. */
const selectTarget = prepare<{ clientId: string }>()((db, param) =>
  db
    .selectFrom('clusters')
    .where('audience', '=', param('clientId'))
    .select((row) => [
      row.val('cluster').as('kind'),
      'id',
      'name',
      'everyone',
      'live_groups',
      'fallback_after',
      'factors',
      'max_age',
      'step_up',
      row
        .selectFrom('cluster_groups')
        .innerJoin('groups', 'groups.id', 'cluster_groups.group_id')
        .whereRef('cluster_groups.cluster_id', '=', 'clusters.id')
        .select((group) => group.fn<string>('json_group_array', ['groups.name']).as('names'))
        .as('groups'),
    ])
    .unionAll(
      db
        .selectFrom('applications')
        .where('client_id', '=', param('clientId'))
        .select((row) => [
          row.val('application').as('kind'),
          'id',
          'name',
          'everyone',
          row.val<number>(0).as('live_groups'),
          row.val<number | null>(null).as('fallback_after'),
          'factors',
          'max_age',
          'step_up',
          row
            .selectFrom('application_groups')
            .innerJoin('groups', 'groups.id', 'application_groups.group_id')
            .whereRef('application_groups.application_id', '=', 'applications.id')
            .select((group) => group.fn<string>('json_group_array', ['groups.name']).as('names'))
            .as('groups'),
        ]),
    ),
)

/** What a client id stands for and who may enter there, read at the moment of asking. */
export async function readTarget(store: Reader, clientId: string): Promise<Target | undefined> {
  if (clientId === KUBECTL_CLIENT_ID) return { kind: 'kubectl' }
  const row = await store.first(selectTarget, { clientId })
  if (row === undefined) return undefined
  const { name } = row
  const everyone = row.everyone === 1
  const groups = row.groups === null ? [] : readStrings(row.groups)
  const policy = { factors: row.factors, maxAge: row.max_age }
  const stepUp = row.step_up
  if (row.kind === 'application') {
    const id = row.id as ApplicationId
    return { kind: 'application', id, name, clientId, everyone, groups, policy, stepUp }
  }
  return {
    kind: 'cluster',
    id: row.id as ClusterId,
    name,
    audience: clientId,
    everyone,
    groups,
    liveGroups: row.live_groups === 1,
    fallbackAfter: row.fallback_after,
    policy,
    stepUp,
  }
}

export function targetOf(cluster: Cluster): Target {
  const { id, name, audience, everyone, groups, liveGroups, fallbackAfter } = cluster
  const { policy, stepUp } = cluster
  return {
    ...{ kind: 'cluster', id, name, audience, everyone, groups },
    ...{ liveGroups, fallbackAfter, policy, stepUp },
  }
}
