import type { Queries } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

/** Somebody whose machine entered a cluster: their kubeconfig there has a context for it, as far as anybody can know. */
export interface Holder {
  readonly username: string
  /** As the machine named itself at the login. */
  readonly device: string
  /** `kubectl-lanyard`, or the cluster's audience for kubelogin and its likes. */
  readonly clientId: string
  /** When the last login there entered for the first time. */
  readonly enteredAt: EpochMs
}

export interface Holders {
  /** Who entered last comes first; at most as many as were asked for. */
  readonly holders: readonly Holder[]
  /** All people, and all machines of theirs, listed or not. */
  readonly people: number
  readonly devices: number
}

/**
 * Who entered the cluster with this id, ever: a login ends after hours, a context in a kubeconfig stays. One machine is one
 * entry however often it logged in. People who are deleted hold nothing that anybody could ask them to remove.
 */
export async function readHolders(
  query: Pick<Queries, 'selectFrom'>,
  clusterId: string,
  limit: number,
): Promise<Holders> {
  const entries = query
    .selectFrom('device_clusters')
    .innerJoin('devices', 'devices.id', 'device_clusters.device_id')
    .innerJoin('users', 'users.id', 'devices.user_id')
    .where('device_clusters.cluster_id', '=', clusterId)
    .groupBy(['devices.user_id', 'devices.name', 'devices.client_id'])
  const holders = await entries
    .select(['users.username', 'devices.name as device', 'devices.client_id as clientId'])
    .select(({ fn }) => fn.max('device_clusters.entered_at').as('enteredAt'))
    .orderBy('enteredAt', 'desc')
    .orderBy('users.username')
    .orderBy('devices.name')
    .orderBy('devices.client_id')
    .limit(limit)
    .execute()
  const total = await query
    .selectFrom(entries.select('devices.user_id as userId').as('entry'))
    .select(({ fn }) => [
      fn.count<number>('userId').distinct().as('people'),
      fn.countAll<number>().as('devices'),
    ])
    .executeTakeFirstOrThrow()
  return { holders, people: total.people, devices: total.devices }
}
