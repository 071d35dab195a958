import { createHmac, hash, type KeyObject } from 'node:crypto'
import { prepare, type Reader } from '../../db/index.ts'
import type { DeviceId, EpochMs, UserId } from '../errors/index.ts'

/** How a bearer value stands in `engine_rows.id`: the value itself is nowhere in the database. */
export function rowId(model: string, bearer: string): string {
  return hash('sha256', `${model}:${bearer}`, 'base64url')
}

/** Bearer values are 43 characters of base64url; anything much longer is not one and is not hashed. */
export const MAX_BEARER_LENGTH = 256

/**
 * The successor of a rotated refresh token is derived from it with a key that only the server holds: parallel callers within
 * the grace get the same value, after a restart too, and it is kept nowhere.
 */
export function successorOf(key: KeyObject, presented: string): string {
  return createHmac('sha256', key).update(presented).digest('base64url')
}

export interface RefreshTokenRow {
  readonly deviceId: DeviceId
  readonly userId: UserId
  readonly clientId: string
  readonly expiresAt: EpochMs
  readonly consumedAt: EpochMs | null
}

const selectRefreshToken = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('engine_rows')
    .select([
      'grant_id as deviceId',
      'account_id as userId',
      'client_id as clientId',
      'expires_at as expiresAt',
      'consumed_at as consumedAt',
    ])
    .where('id', '=', param('id'))
    .where('model', '=', 'RefreshToken'),
)

/** A refresh token's row, whether living, consumed or expired; whoever asks judges. */
export async function findRefreshToken(
  reader: Reader,
  value: string,
): Promise<RefreshTokenRow | undefined> {
  if (value.length > MAX_BEARER_LENGTH) return undefined
  const row = await reader.first(selectRefreshToken, { id: rowId('RefreshToken', value) })
  if (row === undefined || row.deviceId === null || row.userId === null || row.clientId === null) {
    return undefined
  }
  return row as RefreshTokenRow
}
