import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider'
import { type Param, prepare, type Store, type Transaction } from '../../db/index.ts'
import { type Clock, type DeviceId, type EpochMs, LanyardError } from '../errors/index.ts'
import type { Devices } from './devices.ts'
import { useProof, verifiedProof } from './dpop.ts'
import { addressOf, byOf } from './engine-context.ts'
import type { Polling } from './polling.ts'
import { MAX_BEARER_LENGTH, rowId } from './refresh-tokens.ts'
import type { RequestWrites } from './request-writes.ts'
import type { UnprovedModel, UnprovedRows } from './unproved-rows.ts'

export interface AdapterRooms {
  readonly store: Store
  readonly clock: Clock
  readonly writes: RequestWrites
  readonly devices: Devices
  readonly unproved: UnprovedRows
  readonly polling: Polling
  readonly rotationGraceMs: number
  /** Clusters need no userinfo, so their access tokens are kept nowhere. */
  readonly keepsAccessTokens: (clientId: string) => boolean
}

interface RowValues {
  id: string
  model: string
  payload: string
  grantId: string | null
  uid: string | null
  userCode: string | null
  accountId: string | null
  clientId: string | null
  expiresAt: EpochMs
}

const COLUMNS = ['payload', 'expires_at', 'consumed_at'] as const

const selectById = prepare<{ id: string; model: string }>()((db, param) =>
  db
    .selectFrom('engine_rows')
    .select(COLUMNS)
    .where('id', '=', param('id'))
    .where('model', '=', param('model')),
)

const selectByUid = prepare<{ uid: string; model: string }>()((db, param) =>
  db
    .selectFrom('engine_rows')
    .select(COLUMNS)
    .where('uid', '=', param('uid'))
    .where('model', '=', param('model')),
)

const insertRow = prepare<RowValues>()((db, param) =>
  db
    .insertInto('engine_rows')
    .values(rowValues(param))
    .onConflict((conflict) => conflict.doNothing()),
)

/** `consumed_at` is left as it is: a code that is saved again is no fresh code. */
const upsertRow = prepare<RowValues>()((db, param) =>
  db
    .insertInto('engine_rows')
    .values(rowValues(param))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({
        payload: row.ref('excluded.payload'),
        grant_id: row.ref('excluded.grant_id'),
        uid: row.ref('excluded.uid'),
        account_id: row.ref('excluded.account_id'),
        expires_at: row.ref('excluded.expires_at'),
      })),
    ),
)

const deleteRow = prepare<{ id: string; model: string }>()((db, param) =>
  db.deleteFrom('engine_rows').where('id', '=', param('id')).where('model', '=', param('model')),
)

/** The first use keeps its time: a grace is counted from it. */
const consumeRow = prepare<{ id: string; now: EpochMs; graceFrom: EpochMs }>()((db, param) =>
  db
    .updateTable('engine_rows')
    .set((row) => ({ consumed_at: row.fn.coalesce('consumed_at', row.val(param('now'))) }))
    .where('id', '=', param('id'))
    .where(({ or, eb }) =>
      or([eb('consumed_at', 'is', null), eb('consumed_at', '>', param('graceFrom'))]),
    ),
)

function rowValues(param: Param<RowValues>) {
  return {
    id: param('id'),
    model: param('model'),
    payload: param('payload'),
    grant_id: param('grantId'),
    uid: param('uid'),
    user_code: param('userCode'),
    account_id: param('accountId'),
    client_id: param('clientId'),
    expires_at: param('expiresAt'),
    consumed_at: null,
  }
}

const UNPROVED: ReadonlySet<string> = new Set<UnprovedModel>([
  'Interaction',
  'Session',
  'DeviceCode',
])

/** Threat 22: rows of visitors are bounded in number, so they must be in size; the longest real request is a quarter of this. */
const LARGEST_UNPROVED = 8_192

/** The engine's models as rows of one table. Bearer ids are stored as SHA-256; what is consumed is consumed once. */
export function createAdapter(rooms: AdapterRooms): (model: string) => Adapter {
  const { store, clock, writes, devices, unproved, polling } = rooms

  return (model) => {
    // RFC 9700 §4.14.2: rotation has a grace for parallel callers; codes have none.
    const graceMs = model === 'RefreshToken' ? rooms.rotationGraceMs : 0
    const isToken = model === 'RefreshToken'

    function toPayload(
      row: { payload: string; consumed_at: EpochMs | null } | undefined,
      jti?: string,
    ): AdapterPayload | undefined {
      if (row === undefined) return undefined
      const payload = JSON.parse(row.payload) as AdapterPayload
      if (jti !== undefined) payload.jti = jti
      if (row.consumed_at !== null && row.consumed_at <= clock() - graceMs) {
        payload.consumed = Math.floor(row.consumed_at / 1000)
      }
      return payload
    }

    async function write(tx: Transaction, values: RowValues): Promise<void> {
      await tx.run(isToken ? insertRow : upsertRow, values)
      if (!UNPROVED.has(model)) return
      if (values.accountId !== null) return unproved.forget(values.id)
      const victim = unproved.note(model as UnprovedModel, values.id, {
        address: addressOf(),
        expiresAt: values.expiresAt,
      })
      if (victim !== undefined) await tx.run(deleteRow, { id: victim, model })
    }

    return {
      async upsert(jti, payload, expiresIn = 0) {
        const expiresAt = clock() + expiresIn * 1000
        if (model === 'ReplayDetection') return spendProof()
        if (model === 'AccessToken' && !rooms.keepsAccessTokens(payload.clientId ?? '')) return
        const values: RowValues = {
          id: rowId(model, jti),
          model,
          payload: JSON.stringify({ ...payload, jti: undefined }),
          grantId: payload.grantId ?? null,
          uid: model === 'Session' ? (payload.uid ?? null) : null,
          userCode: payload.userCode ?? null,
          accountId: accountOf(payload),
          clientId: payload.clientId ?? null,
          expiresAt,
        }
        if (
          UNPROVED.has(model) &&
          values.accountId === null &&
          values.payload.length > LARGEST_UNPROVED
        ) {
          throw new errors.InvalidRequest('the request is too large')
        }
        await writes.add('success', (tx) => write(tx, values))
        const { jkt, grantId, rotations } = payload
        if (isToken && typeof jkt === 'string' && grantId !== undefined && !rotations) {
          await writes.add('success', (tx) => devices.bind(tx, grantId as DeviceId, jkt))
        }
      },

      async find(jti) {
        // A replayed proof is found by the insert of its row, which is one read less and no race.
        if (model === 'ReplayDetection' || jti.length > MAX_BEARER_LENGTH) return undefined
        const id = rowId(model, jti)
        const row = await store.first(selectById, { id, model })
        if (model === 'DeviceCode' && row?.consumed_at === null && polledTooSoon(id)) {
          throw new errors.SlowDown()
        }
        return toPayload(row, jti)
      },

      async findByUid(uid) {
        return toPayload(await store.first(selectByUid, { uid, model }))
      },

      /** Only the engine's own code page asks; ours answers there. */
      async findByUserCode() {
        return undefined
      },

      async consume(jti) {
        const id = rowId(model, jti)
        await writes.add(isToken ? 'success' : 'always', async (tx, failed) => {
          const now = clock()
          const changed = await tx.run(consumeRow, { id, now, graceFrom: now - graceMs })
          if (changed === 0 && !failed) throw new errors.InvalidGrant('it was used already')
        })
      },

      async destroy(jti) {
        const id = rowId(model, jti)
        const by = byOf()
        if (model === 'Grant') {
          // At the token endpoint the engine revokes for one reason: something came a second time (RFC 9700 §4.14.2).
          const reused = Provider.ctx?.oidc.route === 'token'
          const reason = reused ? 'device.reuse_detected' : 'device.revoked'
          await writes.add('always', async (tx) => {
            await devices.end(tx, jti as DeviceId, reason, by)
          })
          return
        }
        await writes.add('always', async (tx) => {
          unproved.forget(id)
          await tx.run(deleteRow, { id, model })
        })
      },

      async revokeByGrantId(grantId) {
        await writes.add('always', async (tx) => {
          await tx.query
            .deleteFrom('engine_rows')
            .where('grant_id', '=', grantId)
            .where('model', '=', model)
            .execute()
        })
      },
    }

    /** Client authentication here never uses a JWT, so the only thing the engine sees once is a DPoP proof. */
    async function spendProof(): Promise<void> {
      const header = Provider.ctx?.get('DPoP') ?? ''
      const proof = await verifiedProof(header, clock()).catch(throwAsOAuth)
      await writes.add('always', (tx, failed) =>
        useProof(tx, proof).catch((error: unknown) => {
          if (!failed) throwAsOAuth(error)
        }),
      )
    }

    function polledTooSoon(id: string): boolean {
      return Provider.ctx?.oidc.route === 'token' && polling.tooSoon(id)
    }
  }
}

function accountOf(payload: AdapterPayload): string | null {
  // An interaction counts as proved once a person has signed in for it.
  const result = payload.result as { login?: { accountId?: string } } | undefined
  return payload.accountId ?? result?.login?.accountId ?? null
}

function throwAsOAuth(error: unknown): never {
  if (!(error instanceof LanyardError)) throw error
  throw new errors.CustomOIDCProviderError('invalid_dpop_proof', error.message, { cause: error })
}
