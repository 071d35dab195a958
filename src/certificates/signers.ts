import type { Queries } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { Cluster } from '../clusters/index.ts'
import { type By, type ClusterId, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { tryClusterSigner } from './cluster-signer.ts'
import type { CertificateRooms } from './rooms.ts'
import type { Sealed } from './sealed.ts'
import type { Certificates, SignerState } from './types.ts'

export interface Signers {
  readonly api: Certificates['signers']
  /** The token for the cluster's own signer; undefined where there is none. */
  token(clusterId: ClusterId): Promise<string | undefined>
}

export function createSigners(rooms: CertificateRooms, sealed: Sealed): Signers {
  const { store, clock, clusters, outbound } = rooms
  const sealedFor = (clusterId: ClusterId) => `signer ${clusterId}`

  async function set(name: string, token: string, by: By): Promise<SignerState> {
    const cluster = await clusters.get(name)
    refuseToken(token)
    await tryClusterSigner({ cluster, token, outbound })
    const credentials_jwe = await sealed.seal(Buffer.from(token), sealedFor(cluster.id))
    const row = { cluster_id: cluster.id, credentials_jwe, created_at: clock() }
    await store.write(async (tx) => {
      await refuseAuthority(tx.query, cluster)
      await tx.query
        .insertInto('cluster_signers')
        .values(row)
        .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(row))
        .execute()
      const target = { kind: 'cluster', id: cluster.id, name } as const
      await recordEvent(tx, clock, { type: 'cluster.signer_set', by, target })
    })
    return { createdAt: row.created_at }
  }

  async function remove(name: string, by: By): Promise<boolean> {
    const cluster = await clusters.get(name)
    return store.write(async (tx) => {
      const { numDeletedRows } = await tx.query
        .deleteFrom('cluster_signers')
        .where('cluster_id', '=', cluster.id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return false
      const target = { kind: 'cluster', id: cluster.id, name } as const
      await recordEvent(tx, clock, { type: 'cluster.signer_removed', by, target })
      return true
    })
  }

  function read(clusterId: ClusterId) {
    return store.query
      .selectFrom('cluster_signers')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .executeTakeFirst()
  }

  return {
    api: {
      async find(name) {
        const row = await read((await clusters.get(name)).id)
        return row === undefined ? undefined : { createdAt: row.created_at }
      },
      ...{ set, remove },
    },
    async token(clusterId) {
      const row = await read(clusterId)
      if (row === undefined) return undefined
      return Buffer.from(await sealed.open(row.credentials_jwe, sealedFor(clusterId))).toString()
    },
  }
}

/** It goes into a header as it is. */
function refuseToken(token: string): void {
  if (/^[\w.~+/=-]{16,8192}$/.test(token)) return
  throw new LanyardError('ERR_SIGNER_TOKEN', 'this is no bearer token of a service account', {
    hint: 'one line of letters, digits and dots, as `kubectl create token` prints it',
  })
}

async function refuseAuthority(
  query: Pick<Queries, 'selectFrom'>,
  { id, name }: Cluster,
): Promise<void> {
  const authority = await query
    .selectFrom('client_authorities')
    .select('id')
    .where('cluster_id', '=', id)
    .executeTakeFirst()
  if (authority === undefined) return
  throw new LanyardError(
    'ERR_CLIENT_CA_EXISTS',
    `a client CA of Lanyard's signs the client certificates of cluster ${quoteName(name)}`,
    { hint: `take it away first: lanyard cluster client-ca ${name} --remove` },
  )
}
