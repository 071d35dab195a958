import { prepare } from '../../db/index.ts'
import {
  type Admission,
  type Authentication,
  type DeviceState,
  decide,
  WeakSignIn,
} from '../access/index.ts'
import type { Cluster } from '../clusters/index.ts'
import { type DeviceId, LanyardError, type UserId } from '../errors/index.ts'
import { isReservedAtCluster, nameFault, prefixFault, quoteName } from '../kubernetes/index.ts'
import type { CertificateRooms } from './rooms.ts'
import type { CertificateSubject, EntryAsk } from './types.ts'

/** Leave to sign for one person at one cluster, and until when at most. */
export interface Entry {
  readonly admission: Admission
  readonly cluster: Cluster
  readonly device: DeviceState
}

const NEVER: Authentication = { at: 0, amr: [], acr: '' }

const selectDevice = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('devices')
    .select([
      ...(['user_id', 'client_id', 'amr', 'acr', 'authenticated_at'] as const),
      ...(['expires_at', 'revoked_at'] as const),
    ])
    .where('id', '=', param('id')),
)

/**
 * Reads person, login and cluster as they are committed now and asks the one decision.
 * @throws LanyardError ERR_CERTIFICATE_REFUSED, ERR_SIGN_IN_WEAK
 */
export async function enter(rooms: CertificateRooms, ask: EntryAsk): Promise<Entry> {
  const [cluster, subject, login] = await Promise.all([
    findCluster(rooms, ask.cluster),
    rooms.directory.subject(ask.userId),
    findLogin(rooms, ask.deviceId),
  ])
  const target = cluster === undefined ? undefined : await rooms.clusters.target(cluster.audience)
  const decision = decide({
    ...{ subject, target, device: login?.device ?? null },
    ...{ authentication: login?.authentication ?? NEVER, now: rooms.clock() },
  })
  if (decision.kind === 'refused') {
    await rooms.audit.countRefusal({
      ...{ type: 'access.refused', account: subject?.username ?? ask.userId },
      ...{ address: ask.by.address, requestId: ask.by.requestId },
      detail: { reason: decision.reason, client: cluster?.audience ?? '', by: 'certificate' },
    })
    const { sentence, needs } = decision
    if (needs !== undefined) throw new WeakSignIn(sentence, needs)
    throw new LanyardError('ERR_CERTIFICATE_REFUSED', sentence)
  }
  const { admission } = decision
  if (cluster === undefined || login === undefined || admission.target.kind !== 'cluster') {
    throw new TypeError('what was admitted is no login at a cluster')
  }
  return { admission, cluster, device: login.device }
}

async function findCluster(
  { clusters }: CertificateRooms,
  asked: EntryAsk['cluster'],
): Promise<Cluster | undefined> {
  if ('name' in asked) return clusters.find(asked.name)
  return (await clusters.list()).find(({ audience }) => audience === asked.audience)
}

async function findLogin({ store }: CertificateRooms, id: DeviceId) {
  const row = await store.first(selectDevice, { id })
  if (row === undefined) return undefined
  const device: DeviceState = {
    ...{ id, userId: row.user_id as UserId, clientId: row.client_id },
    ...{ expiresAt: row.expires_at, revokedAt: row.revoked_at },
  }
  const amr = row.amr === '' ? [] : row.amr.split(' ')
  return { device, authentication: { at: row.authenticated_at, amr, acr: row.acr } }
}

/**
 * Who a certificate says somebody is: the last look before it is signed. A cluster's own signer would sign `system:nodes`, and a CA
 * of Lanyard's anything at all: nobody stands behind this.
 * @throws LanyardError ERR_NAME_INVALID, ERR_NAME_RESERVED
 */
export function subjectOf({ admission, cluster }: Entry): Omit<CertificateSubject, 'uid'> {
  const { username, groups } = admission
  const { usernamePrefix, groupsPrefix } = cluster
  const whole = [
    `${usernamePrefix}${username}`,
    ...groups.map((group) => `${groupsPrefix}${group}`),
  ] as const
  const fault =
    nameFault('user', username) ??
    groups.map((group) => nameFault('group', group)).find((found) => found !== null) ??
    prefixFault(usernamePrefix) ??
    prefixFault(groupsPrefix)
  if (fault) throw new LanyardError(fault.code, fault.message)
  const reserved = whole.find(isReservedAtCluster)
  if (reserved !== undefined) {
    throw new LanyardError('ERR_NAME_RESERVED', `${quoteName(reserved)} is never signed for`)
  }
  return { username: whole[0], groups: whole.slice(1).sort() }
}
