import { randomBytes } from 'node:crypto'
import type { Queries, Store, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory, Subject } from '../directory/index.ts'
import {
  type AccessTokenId,
  type By,
  type Clock,
  LanyardError,
  type UserId,
} from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { hashTokenValue, hintOf, makeTokenValue } from './token-value.ts'
import type { AccessToken, AccessTokenPolicy, NewAccessToken } from './types.ts'

/** Living ones of one person. */
const MAX_TOKENS = 50
const DAY_SECONDS = 86_400

export interface KeepRooms {
  readonly store: Store
  readonly clock: Clock
  readonly directory: Pick<Directory, 'subject'>
  readonly clusters: Pick<Clusters, 'forSubject'>
  readonly policy: AccessTokenPolicy
}

/** A token that is about to be stored; everything in it was checked. */
export interface TokenRow {
  readonly userId: UserId
  readonly name: string
  readonly value: string
  readonly importedUid: string | null
  readonly imported: boolean
  readonly groups: readonly string[] | null
  readonly clusterIds: readonly string[] | null
  readonly expiresAt: number
}

export async function createToken(
  rooms: KeepRooms,
  token: NewAccessToken,
  by: By,
): Promise<{ token: AccessToken; value: string }> {
  const { store, clock, directory, clusters, policy } = rooms
  if (!policy.allowed) {
    throw new LanyardError('ERR_FORBIDDEN', 'access tokens are not allowed here', {
      hint: 'log in with kubectl-lanyard, or ask your admin to set accessTokens.mode to allowed',
    })
  }
  const subject = await directory.subject(token.userId)
  if (subject === undefined) throw new LanyardError('ERR_USER_UNKNOWN', 'this user does not exist')
  const name = parseName(token.name)
  const expiresAt = clock() + parseLifetime(policy, token.lifetime) * 1000
  const groups = parseGroups(subject, token.groups)
  const clusterIds = await findClusters(clusters, subject, token.clusters)
  const value = makeTokenValue()
  const row = { ...{ userId: token.userId, name, value, groups, clusterIds, expiresAt } }
  const id = await store.write(async (tx) => {
    await refuseFull(tx, token.userId, clock())
    return insertToken(tx, clock, { ...row, importedUid: null, imported: false }, by)
  })
  const [made] = await readTokens(store.query, { id, now: clock() })
  if (made === undefined) throw new TypeError('the access token that was made is not there')
  return { token: made, value }
}

/** Stores a token and records that it was made, in the write of whoever calls. */
export async function insertToken(
  tx: Transaction,
  clock: Clock,
  row: TokenRow,
  by: By,
): Promise<AccessTokenId> {
  const id = randomBytes(8).toString('hex') as AccessTokenId
  const { userId, name, groups, clusterIds, imported } = row
  await tx.query
    .insertInto('access_tokens')
    .values({
      ...{ id, name, user_id: userId, hash: hashTokenValue(row.value), hint: hintOf(row.value) },
      ...{ imported: imported ? 1 : 0, imported_uid: row.importedUid },
      ...{ groups: groups === null ? null : JSON.stringify(groups), expires_at: row.expiresAt },
      ...{ every_cluster: clusterIds === null ? 1 : 0, created_at: clock() },
      created_address: by.address,
    })
    .execute()
  for (const clusterId of clusterIds ?? []) {
    await tx.query
      .insertInto('access_token_clusters')
      .values({ token_id: id, cluster_id: clusterId })
      .execute()
  }
  await recordEvent(tx, clock, {
    type: imported ? 'access_token.imported' : 'access_token.created',
    by,
    target: { kind: 'access_token', id, name },
    detail: { user: userId, expires: new Date(row.expiresAt).toISOString() },
  })
  return id
}

export async function revokeToken(
  { store, clock }: Pick<KeepRooms, 'store' | 'clock'>,
  id: string,
  by: By,
  owner?: UserId,
): Promise<boolean> {
  return store.write(async (tx) => {
    const now = clock()
    let update = tx.query
      .updateTable('access_tokens')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
    if (owner !== undefined) update = update.where('user_id', '=', owner)
    const row = await update.returning(['name', 'user_id']).executeTakeFirst()
    if (row === undefined) return false
    await recordEvent(tx, clock, {
      type: 'access_token.revoked',
      by,
      target: { kind: 'access_token', id, name: row.name },
      detail: { user: row.user_id },
    })
    return true
  })
}

export async function readTokens(
  query: Pick<Queries, 'selectFrom'>,
  filter: { readonly userId?: UserId; readonly id?: string; readonly now: number },
): Promise<AccessToken[]> {
  let select = query
    .selectFrom('access_tokens')
    .innerJoin('users', 'users.id', 'access_tokens.user_id')
    .selectAll('access_tokens')
    .select('users.username')
    .where('access_tokens.revoked_at', 'is', null)
    .where('access_tokens.expires_at', '>', filter.now)
    .orderBy('access_tokens.created_at', 'desc')
    .orderBy('access_tokens.id')
  if (filter.userId !== undefined)
    select = select.where('access_tokens.user_id', '=', filter.userId)
  if (filter.id !== undefined) select = select.where('access_tokens.id', '=', filter.id)
  const rows = await select.execute()
  const scopes = await query
    .selectFrom('access_token_clusters')
    .innerJoin('clusters', 'clusters.id', 'access_token_clusters.cluster_id')
    .select(['access_token_clusters.token_id', 'clusters.name'])
    .where(
      'access_token_clusters.token_id',
      'in',
      rows.length === 0 ? [''] : rows.map(({ id }) => id),
    )
    .orderBy('clusters.name')
    .execute()
  const names = Map.groupBy(scopes, ({ token_id }) => token_id)
  return rows.map((row) => ({
    ...{ id: row.id as AccessTokenId, userId: row.user_id as UserId, username: row.username },
    ...{ name: row.name, hint: row.hint, imported: row.imported === 1 },
    clusters: row.every_cluster === 1 ? null : (names.get(row.id) ?? []).map(({ name }) => name),
    groups: row.groups === null ? null : (JSON.parse(row.groups) as string[]),
    ...{ createdAt: row.created_at, expiresAt: row.expires_at, revokedAt: row.revoked_at },
    ...{ lastUsedAt: row.last_used_at, lastAddress: row.last_address },
  }))
}

async function refuseFull(tx: Transaction, userId: UserId, now: number): Promise<void> {
  const { count } = await tx.query
    .selectFrom('access_tokens')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  if (count >= MAX_TOKENS) {
    throw new LanyardError(
      'ERR_TOKENS_FULL',
      `there are ${MAX_TOKENS} living access tokens already`,
      {
        hint: 'revoke those that nothing uses any more',
      },
    )
  }
}

/** As a device's: what people read in lists, without anything that could disturb one. */
export function parseName(name: string): string {
  if (!/^(?!\s)[^\p{C}\p{Zl}\p{Zp}]{1,64}(?<!\s)$/u.test(name)) {
    throw new LanyardError(
      'ERR_TOKEN_NAME',
      `token name ${quoteName(name)} must be a text of 1 to 64 characters`,
      {
        hint: 'name the program that will use it, such as "backup job"',
      },
    )
  }
  return name
}

/** @throws LanyardError ERR_TOKEN_LIFETIME */
export function parseLifetime({ maxLifetime }: AccessTokenPolicy, lifetime = maxLifetime): number {
  if (Number.isSafeInteger(lifetime) && lifetime >= 1 && lifetime <= maxLifetime) return lifetime
  const most = `${Math.floor(maxLifetime / DAY_SECONDS)} days`
  throw new LanyardError('ERR_TOKEN_LIFETIME', `an access token cannot last ${lifetime} seconds`, {
    hint: `ask for 1 second to ${most} (accessTokens.maxLifetime)`,
  })
}

function parseGroups(subject: Subject, groups: readonly string[] | null): readonly string[] | null {
  const lacks = (groups ?? []).filter((name) => !subject.groups.includes(name))
  if (lacks.length === 0) return groups === null ? null : [...new Set(groups)].sort()
  throw new LanyardError(
    'ERR_TOKEN_GROUPS',
    `the owner, ${subject.username}, is not in ${lacks.map(quoteName).join(', ')}`,
    { hint: 'a token carries at most the groups of its owner' },
  )
}

async function findClusters(
  clusters: Pick<Clusters, 'forSubject'>,
  subject: Subject,
  names: readonly string[] | null,
): Promise<readonly string[] | null> {
  if (names === null) return null
  const open = new Map(
    (await clusters.forSubject(subject.groups)).map(({ name, id }) => [name, id] as const),
  )
  const lacks = names.filter((name) => !open.has(name))
  if (lacks.length > 0 || names.length === 0) {
    const which =
      names.length === 0
        ? 'no cluster was named'
        : `${lacks.map(quoteName).join(', ')}: no cluster that ${subject.username} may enter`
    throw new LanyardError('ERR_TOKEN_CLUSTERS', which, {
      hint:
        open.size === 0
          ? 'ask your admin for a group'
          : `name some of ${[...open.keys()].join(', ')}`,
    })
  }
  return [...new Set(names)].map((name) => open.get(name) ?? '')
}
