import { randomBytes } from 'node:crypto'
import { prepare, type Schema, type Store, type Transaction } from '../../db/index.ts'
import type { Authentication, DeviceState } from '../access/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { By, Clock, ClusterId, DeviceId, EpochMs, UserId } from '../errors/index.ts'
import { deviceOfJti } from './jti.ts'
import { rowId } from './refresh-tokens.ts'
import type { Device } from './types.ts'

/** Moving `last_used_at` at every refresh would double the writes of the hot path. */
const TOUCH_EVERY_MS = 3_600_000

/** A device with how its login was made. */
export interface LoginState extends DeviceState {
  readonly authentication: Authentication
  readonly jkt: string | null
  readonly lastUsedAt: EpochMs
}

export interface NewDevice {
  readonly id: DeviceId
  readonly userId: UserId
  readonly clientId: string
  readonly name: string
  readonly authentication: Authentication
  readonly expiresAt: EpochMs
}

export interface Devices {
  /** Hot: one prepared query by id. */
  state(deviceId: DeviceId): Promise<LoginState | undefined>
  list(userId: UserId): Promise<Device[]>
  /** Names of the clusters that each of somebody's devices has entered, in their order. */
  clustersOf(userId: UserId): Promise<ReadonlyMap<DeviceId, readonly string[]>>
  revoke(deviceId: DeviceId, by: By): Promise<boolean>
  revokeAll(
    userId: UserId,
    options: { readonly except?: DeviceId; readonly by: By },
  ): Promise<number>
  /** `revokeAll` inside somebody else's write. */
  endAll(
    tx: Transaction,
    userId: UserId,
    options: { readonly except?: DeviceId; readonly by: By },
  ): Promise<number>
  create(tx: Transaction, device: NewDevice, by: By): Promise<void>
  /** Remembers the DPoP key that the login was bound to. */
  bind(tx: Transaction, deviceId: DeviceId, jkt: string): Promise<void>
  /** Records a device's first entry into a cluster, with the token that was made for it; every later one costs one ignored insert. */
  entered(
    tx: Transaction,
    device: Pick<LoginState, 'id' | 'authentication'>,
    entry: {
      readonly cluster: { readonly id: ClusterId; readonly name: string }
      readonly jti: string
      readonly by: By
    },
  ): Promise<void>
  /** Moves `last_used_at`, at most once an hour. */
  touch(tx: Transaction, state: LoginState, address: string | null): Promise<void>
  isStale(state: Pick<LoginState, 'lastUsedAt'>): boolean
  /** Ends a device inside somebody else's write: its tokens go with it. Resolves with whether it was living. */
  end(
    tx: Transaction,
    deviceId: DeviceId,
    reason: 'device.revoked' | 'device.reuse_detected',
    by: By,
  ): Promise<boolean>
  who(jti: string): Promise<Device | undefined>
}

const selectState = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('devices')
    .select([
      'id',
      'user_id',
      'client_id',
      'jkt',
      'amr',
      'acr',
      'authenticated_at',
      'last_used_at',
      'expires_at',
      'revoked_at',
    ])
    .where('id', '=', param('id')),
)

const insertEntry = prepare<{ deviceId: string; clusterId: string; at: number }>()((db, param) =>
  db
    .insertInto('device_clusters')
    .values({
      device_id: param('deviceId'),
      cluster_id: param('clusterId'),
      entered_at: param('at'),
    })
    .onConflict((conflict) => conflict.doNothing()),
)

const updateUse = prepare<{ id: string; at: number; address: string | null }>()((db, param) =>
  db
    .updateTable('devices')
    .set({ last_used_at: param('at'), last_address: param('address') })
    .where('id', '=', param('id')),
)

export function newDeviceId(): DeviceId {
  // 80 random bits in RFC 4648's lower-case base32: 16 characters, 5 bits each.
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join('') as DeviceId
}

/** As a person may read it: no control or direction characters, 64 characters at most. */
export function cleanDeviceName(name: string): string {
  const clean = name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
  return Array.from(clean).slice(0, 64).join('')
}

export function createDevices({ store, clock }: { store: Store; clock: Clock }): Devices {
  async function end(
    tx: Transaction,
    deviceId: DeviceId,
    reason: 'device.revoked' | 'device.reuse_detected',
    by: By,
  ): Promise<boolean> {
    const ended = await tx.query
      .updateTable('devices')
      .set({ revoked_at: clock() })
      .where('id', '=', deviceId)
      .where('revoked_at', 'is', null)
      .returning(['name', 'user_id', 'client_id'])
      .executeTakeFirst()
    await tx.query.deleteFrom('engine_rows').where('grant_id', '=', deviceId).execute()
    await tx.query.deleteFrom('engine_rows').where('id', '=', rowId('Grant', deviceId)).execute()
    if (ended === undefined) return false
    await recordEvent(tx, clock, {
      type: reason,
      by,
      target: { kind: 'device', id: deviceId, name: ended.name },
      clientId: ended.client_id,
      deviceId,
      detail: { user: ended.user_id },
    })
    return true
  }

  async function endAll(
    tx: Transaction,
    userId: UserId,
    { except, by }: { readonly except?: DeviceId; readonly by: By },
  ): Promise<number> {
    const living = await tx.query
      .selectFrom('devices')
      .select('id')
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', clock())
      .execute()
    const chosen = living.filter(({ id }) => id !== except)
    for (const { id } of chosen) await end(tx, id as DeviceId, 'device.revoked', by)
    return chosen.length
  }

  return {
    end,

    async state(deviceId) {
      const row = await store.first(selectState, { id: deviceId })
      return row === undefined
        ? undefined
        : {
            id: row.id as DeviceId,
            userId: row.user_id as UserId,
            clientId: row.client_id,
            expiresAt: row.expires_at,
            revokedAt: row.revoked_at,
            jkt: row.jkt,
            lastUsedAt: row.last_used_at,
            authentication: {
              at: row.authenticated_at,
              amr: row.amr === '' ? [] : row.amr.split(' '),
              acr: row.acr,
            },
          }
    },

    async list(userId) {
      const rows = await store.query
        .selectFrom('devices')
        .selectAll()
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', clock())
        .orderBy('created_at', 'desc')
        .execute()
      return rows.map(toDevice)
    },

    async clustersOf(userId) {
      const rows = await store.query
        .selectFrom('device_clusters')
        .innerJoin('devices', 'devices.id', 'device_clusters.device_id')
        .innerJoin('clusters', 'clusters.id', 'device_clusters.cluster_id')
        .select(['devices.id', 'clusters.name'])
        .where('devices.user_id', '=', userId)
        .where('devices.revoked_at', 'is', null)
        .orderBy('clusters.name')
        .execute()
      const byDevice = Map.groupBy(rows, ({ id }) => id as DeviceId)
      return new Map([...byDevice].map(([id, entries]) => [id, entries.map(({ name }) => name)]))
    },

    revoke: (deviceId, by) => store.write((tx) => end(tx, deviceId, 'device.revoked', by)),

    endAll,
    revokeAll: (userId, options) => store.write((tx) => endAll(tx, userId, options)),

    async create(tx, device, by) {
      const now = clock()
      await tx.query
        .insertInto('devices')
        .values({
          id: device.id,
          user_id: device.userId,
          client_id: device.clientId,
          name: device.name,
          jkt: null,
          amr: device.authentication.amr.join(' '),
          acr: device.authentication.acr,
          authenticated_at: device.authentication.at,
          created_at: now,
          created_address: by.address,
          last_used_at: now,
          last_address: by.address,
          expires_at: device.expiresAt,
          revoked_at: null,
          logout_told_at: null,
        })
        .execute()
      await recordEvent(tx, clock, {
        type: 'device.signed_in',
        by,
        target: { kind: 'device', id: device.id, name: device.name },
        clientId: device.clientId,
        deviceId: device.id,
        detail: { amr: device.authentication.amr },
      })
    },

    async bind(tx, deviceId, jkt) {
      await tx.query.updateTable('devices').set({ jkt }).where('id', '=', deviceId).execute()
    },

    async entered(tx, { id: deviceId, authentication }, { cluster, jti, by }) {
      const { id: clusterId, name } = cluster
      const inserted = await tx.run(insertEntry, { deviceId, clusterId, at: clock() })
      if (inserted === 0) return
      await recordEvent(tx, clock, {
        type: 'device.entered_cluster',
        by,
        target: { kind: 'cluster', id: clusterId, name },
        deviceId,
        detail: { amr: authentication.amr, jti },
      })
    },

    async touch(tx, state, address) {
      if (clock() - state.lastUsedAt < TOUCH_EVERY_MS) return
      await tx.run(updateUse, { id: state.id, at: clock(), address })
    },

    isStale: (state) => clock() - state.lastUsedAt >= TOUCH_EVERY_MS,

    async who(jti) {
      const id = deviceOfJti(jti)
      if (id === undefined) return undefined
      const row = await store.query
        .selectFrom('devices')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : toDevice(row)
    },
  }
}

function toDevice(row: Schema['devices']): Device {
  return {
    id: row.id as DeviceId,
    userId: row.user_id as UserId,
    clientId: row.client_id,
    name: row.name,
    jkt: row.jkt,
    amr: row.amr === '' ? [] : row.amr.split(' '),
    acr: row.acr,
    authenticatedAt: row.authenticated_at,
    createdAt: row.created_at,
    createdAddress: row.created_address,
    lastUsedAt: row.last_used_at,
    lastAddress: row.last_address,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
