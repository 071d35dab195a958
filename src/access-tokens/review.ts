import { prepare, type Store } from '../../db/index.ts'
import { decideAccessToken } from '../access/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AccessTokenId, Clock, ClusterId, UserId } from '../errors/index.ts'
import { hashTokenValue } from './token-value.ts'
import type { AccessTokenReview, FoundToken } from './types.ts'

/** A token file of Kubernetes may hold anything, but no header carries more. */
const MAX_LENGTH = 8_192
/** Writing at every use would make a read of every TokenReview a write. */
const TOUCH_EVERY_MS = 3_600_000

/** One row whatever the number of clusters. */
const selectToken = prepare<{ hash: string }>()((db, param) =>
  db
    .selectFrom('access_tokens')
    .where('hash', '=', param('hash'))
    .select((row) => [
      'id',
      'user_id',
      'name',
      'imported_uid',
      'groups',
      'every_cluster',
      'expires_at',
      'revoked_at',
      'last_used_at',
      row
        .selectFrom('access_token_clusters')
        .whereRef('access_token_clusters.token_id', '=', 'access_tokens.id')
        .select((scope) => scope.fn<string>('json_group_array', ['cluster_id']).as('ids'))
        .as('clusters'),
    ]),
)

const touchToken = prepare<{ id: string; now: number; address: string | null }>()((db, param) =>
  db
    .updateTable('access_tokens')
    .set({ last_used_at: param('now'), last_address: param('address') })
    .where('id', '=', param('id')),
)

export interface ReviewRooms {
  readonly store: Store
  readonly clock: Clock
  readonly directory: Pick<Directory, 'subject'>
  readonly clusters: Pick<Clusters, 'target'>
}

async function findToken(store: Store, value: string): Promise<FoundToken | undefined> {
  const row = await store.first(selectToken, { hash: hashTokenValue(value) })
  if (row === undefined) return undefined
  return {
    id: row.id as AccessTokenId,
    userId: row.user_id as UserId,
    name: row.name,
    everyCluster: row.every_cluster === 1,
    clusters: row.clusters === null ? [] : (JSON.parse(row.clusters) as ClusterId[]),
    groups: row.groups === null ? null : (JSON.parse(row.groups) as string[]),
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    importedUid: row.imported_uid,
    lastUsedAt: row.last_used_at,
  }
}

/** Reads token, owner and cluster as they are committed now, and decides. */
export function createReview({ store, clock, directory, clusters }: ReviewRooms) {
  return async (
    value: string,
    audience: string,
    address: string | null,
  ): Promise<AccessTokenReview | undefined> => {
    if (value.length > MAX_LENGTH) return undefined
    const token = await findToken(store, value)
    if (token === undefined) return undefined
    const [subject, target] = await Promise.all([
      directory.subject(token.userId),
      clusters.target(audience),
    ])
    const now = clock()
    const decision = decideAccessToken({ token, subject, target, now })
    if (decision.kind === 'refused') return { kind: 'refused', sentence: decision.sentence }
    if (now - (token.lastUsedAt ?? 0) >= TOUCH_EVERY_MS) {
      await store.write((tx) => tx.run(touchToken, { id: token.id, now, address }))
    }
    const { username, userId, until } = decision.admission
    return {
      ...{ kind: 'authenticated', tokenId: token.id, username, groups: decision.groups },
      uid: token.importedUid ?? userId,
      expiresAt: Math.min(token.expiresAt, until ?? token.expiresAt),
    }
  }
}
