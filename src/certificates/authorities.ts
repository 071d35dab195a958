import { randomBytes } from 'node:crypto'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { type AuditType, recordEvent } from '../audit/index.ts'
import type { Cluster } from '../clusters/index.ts'
import { type By, type ClusterId, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { type ClientAuthority, openClientCertificates } from '../tls/index.ts'
import type { CertificateRooms } from './rooms.ts'
import type { Sealed } from './sealed.ts'
import type { Authority, Certificates } from './types.ts'

const DAY_MS = 86_400_000
/** As Lanyard's own CA: an apiserver's file of client CAs is changed by hand. */
const LIFETIME_MS = 3652 * DAY_MS

type Row = Schema['client_authorities']

export interface Authorities {
  readonly api: Certificates['authorities']
  /** The CA that signs for a cluster, its key open; undefined where there is none. */
  signing(clusterId: ClusterId): Promise<ClientAuthority | undefined>
}

export function createAuthorities(rooms: CertificateRooms, sealed: Sealed): Authorities {
  const { store, clock, clusters } = rooms

  async function make(name: string, by: By): Promise<Authority> {
    const cluster = await clusters.get(name)
    const { makeClientAuthority } = await openClientCertificates()
    const now = clock()
    const made = await makeClientAuthority(name, { now, notAfter: now + LIFETIME_MS })
    const id = randomBytes(8).toString('hex')
    const values = {
      ...{ id, cluster_id: cluster.id, certificate: made.certificate, created_at: now },
      ...{ private_jwe: await sealed.seal(made.privateKey, id), expires_at: now + LIFETIME_MS },
    }
    return store.write(async (tx) => {
      await refuseSigner(tx, cluster)
      const rows = await select(tx.query, cluster.id)
      if (rows.some(({ state }) => state === 'next')) throw waits(cluster)
      const row: Row = { ...values, state: rows.length === 0 ? 'active' : 'next' }
      await tx.query.insertInto('client_authorities').values(row).execute()
      await record(tx, 'cluster.client_ca_made', cluster, row, by)
      return toAuthority(row)
    })
  }

  async function activate(name: string, by: By): Promise<Authority> {
    const cluster = await clusters.get(name)
    return store.write(async (tx) => {
      const rows = await select(tx.query, cluster.id)
      const next = rows.find(({ state }) => state === 'next')
      if (next === undefined) throw nothingWaits(cluster)
      await tx.query
        .deleteFrom('client_authorities')
        .where('cluster_id', '=', cluster.id)
        .where('state', '=', 'active')
        .execute()
      await tx.query
        .updateTable('client_authorities')
        .set({ state: 'active' })
        .where('id', '=', next.id)
        .execute()
      await record(tx, 'cluster.client_ca_activated', cluster, next, by)
      return toAuthority({ ...next, state: 'active' })
    })
  }

  async function remove(name: string, by: By): Promise<Authority[]> {
    const cluster = await clusters.get(name)
    return store.write(async (tx) => {
      const rows = await tx.query
        .deleteFrom('client_authorities')
        .where('cluster_id', '=', cluster.id)
        .returningAll()
        .execute()
      for (const row of rows) await record(tx, 'cluster.client_ca_removed', cluster, row, by)
      return rows.map(toAuthority)
    })
  }

  function record(
    tx: Transaction,
    type: Extract<AuditType, `cluster.client_ca_${string}`>,
    { id, name }: Cluster,
    row: Row,
    by: By,
  ): Promise<void> {
    const detail = { ca: row.id, expires: new Date(row.expires_at).toISOString() }
    return recordEvent(tx, clock, { type, by, target: { kind: 'cluster', id, name }, detail })
  }

  return {
    api: {
      list: async (name) =>
        (await select(store.query, (await clusters.get(name)).id)).map(toAuthority),
      ...{ make, activate, remove },
    },
    async signing(clusterId) {
      const rows = await select(store.query, clusterId)
      const row = rows.find(({ state }) => state === 'active')
      if (row === undefined) return undefined
      const privateKey = await sealed.open(row.private_jwe, row.id)
      return { certificate: row.certificate, privateKey }
    },
  }
}

/** The active one first. */
function select(query: Pick<Queries, 'selectFrom'>, clusterId: ClusterId): Promise<Row[]> {
  return query
    .selectFrom('client_authorities')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('state')
    .execute()
}

async function refuseSigner(tx: Transaction, { id, name }: Cluster): Promise<void> {
  const signer = await tx.query
    .selectFrom('cluster_signers')
    .select('cluster_id')
    .where('cluster_id', '=', id)
    .executeTakeFirst()
  if (signer === undefined) return
  throw new LanyardError(
    'ERR_SIGNER_EXISTS',
    `the own signer of cluster ${quoteName(name)} signs its client certificates`,
    { hint: `take it away first: lanyard cluster signer ${name} --remove` },
  )
}

function waits({ name }: Cluster): LanyardError {
  return new LanyardError(
    'ERR_CLIENT_CA_EXISTS',
    `the next client CA of cluster ${quoteName(name)} is made already and does not sign yet`,
    { hint: `when its apiservers trust it: lanyard cluster client-ca ${name} --activate` },
  )
}

function nothingWaits({ name }: Cluster): LanyardError {
  return new LanyardError(
    'ERR_CLIENT_CA_UNKNOWN',
    `no next client CA of cluster ${quoteName(name)} waits`,
    { hint: `make one first: lanyard cluster client-ca ${name} --rotate` },
  )
}

function toAuthority(row: Row): Authority {
  return {
    ...{ id: row.id, state: row.state, certificate: row.certificate },
    ...{ createdAt: row.created_at, expiresAt: row.expires_at },
  }
}
