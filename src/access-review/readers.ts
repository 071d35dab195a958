import { recordEvent } from '../audit/index.ts'
import type { By, ClusterId } from '../errors/index.ts'
import { readKubeconfigToken } from '../kubernetes/index.ts'
import { refuseWideReader, tryReader } from './cluster-bindings.ts'
import type { ReviewRooms } from './rooms.ts'
import type { AccessReviews, RbacReader, ReaderDoor } from './types.ts'

/** What is kept of a kubeconfig. */
export type KeptReader = Pick<ReaderDoor, 'server' | 'certificateAuthority' | 'token'>

export interface Readers {
  readonly api: AccessReviews['readers']
  /** All of them, by cluster; what is kept of one is opened when it is used. */
  all(): Promise<ReadonlyMap<ClusterId, () => Promise<KeptReader>>>
}

export function createReaders(rooms: ReviewRooms): Readers {
  const { store, clock, clusters, sealed } = rooms
  const sealedFor = (clusterId: string) => `rbac reader ${clusterId}`

  async function find(name: string): Promise<RbacReader | undefined> {
    const { id } = await clusters.get(name)
    const row = await store.query
      .selectFrom('rbac_readers')
      .select(['server', 'created_at'])
      .where('cluster_id', '=', id)
      .executeTakeFirst()
    return row === undefined ? undefined : { server: row.server, createdAt: row.created_at }
  }

  async function set(name: string, kubeconfig: string, by: By): Promise<RbacReader> {
    const cluster = await clusters.get(name)
    const read = readKubeconfigToken(kubeconfig)
    const kept: KeptReader = {
      ...read,
      certificateAuthority: read.certificateAuthority ?? cluster.certificateAuthority,
    }
    const door = { ...kept, cluster: name, clusterId: cluster.id, outbound: rooms.outbound }
    await tryReader(door)
    await refuseWideReader(door)
    const credentials_jwe = await sealed.seal(
      Buffer.from(JSON.stringify(kept)),
      sealedFor(cluster.id),
    )
    const { server } = kept
    const row = { cluster_id: cluster.id, server, credentials_jwe, created_at: clock() }
    await store.write(async (tx) => {
      await tx.query
        .insertInto('rbac_readers')
        .values(row)
        .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(row))
        .execute()
      const target = { kind: 'cluster', id: cluster.id, name } as const
      await recordEvent(tx, clock, {
        ...{ type: 'cluster.rbac_reader_set', by, target, detail: { server } },
      })
    })
    return { server, createdAt: row.created_at }
  }

  async function remove(name: string, by: By): Promise<boolean> {
    const cluster = await clusters.get(name)
    return store.write(async (tx) => {
      const { numDeletedRows } = await tx.query
        .deleteFrom('rbac_readers')
        .where('cluster_id', '=', cluster.id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return false
      const target = { kind: 'cluster', id: cluster.id, name } as const
      await recordEvent(tx, clock, { type: 'cluster.rbac_reader_removed', by, target })
      return true
    })
  }

  return {
    api: { find, set, remove },
    async all() {
      const rows = await store.query.selectFrom('rbac_readers').selectAll().execute()
      return new Map(
        rows.map((row) => [
          row.cluster_id as ClusterId,
          async () =>
            JSON.parse(
              Buffer.from(
                await sealed.open(row.credentials_jwe, sealedFor(row.cluster_id)),
              ).toString(),
            ) as KeptReader,
        ]),
      )
    },
  }
}
