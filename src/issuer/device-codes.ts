import { hash, randomBytes } from 'node:crypto'
import type Koa from 'koa'
import type { Provider } from 'oidc-provider'
import { prepare, type Store, type Transaction } from '../../db/index.ts'
import { acrOf } from '../access/index.ts'
import { type Audit, recordEvent } from '../audit/index.ts'
import type { ClientDefinition, Clusters } from '../clusters/index.ts'
import { type Clock, type DeviceId, type EpochMs, LanyardError } from '../errors/index.ts'
import { byOfRequest } from '../http/index.ts'
import type { Admissions } from './context.ts'
import type { Devices } from './devices.ts'
import { deviceNameOf, type MakeGrant } from './grants.ts'
import { countRefusedEntry } from './refused-entry.ts'
import type { RequestWrites } from './request-writes.ts'
import { type Demands, weaknessOf } from './sign-in-demand.ts'
import type { Issuer, IssuerConfig, PendingDevice } from './types.ts'
import type { UnprovedRows } from './unproved-rows.ts'

/** What of the engine's DeviceCode we read and write. */
interface CodePayload {
  readonly iat: number
  readonly clientId: string
  readonly params: Readonly<Record<string, unknown>>
  readonly deviceInfo?: { readonly address?: string }
  readonly accountId?: string
  readonly error?: string
  /** SHA-256 of the cookie of the browser that claimed it; ours. */
  readonly claimedBy?: string
}

interface PendingRow {
  readonly id: string
  readonly text: string
  readonly payload: CodePayload
  readonly expiresAt: EpochMs
}

const selectByUserCode = prepare<{ userCode: string }>()((db, param) =>
  db
    .selectFrom('engine_rows')
    .select(['id', 'payload', 'expires_at', 'consumed_at'])
    .where('user_code', '=', param('userCode'))
    .where('model', '=', 'DeviceCode'),
)

/** The user's half of the device flow (RFC 8628 §3.3), in place of the engine's own pages. */
export function createDeviceCodes(rooms: {
  engine: { provider(): Provider }
  store: Store
  clock: Clock
  audit: Audit
  config: IssuerConfig
  admissions: Admissions
  clusters: Pick<Clusters, 'target'>
  devices: Devices
  writes: RequestWrites
  unproved: UnprovedRows
  makeGrant: MakeGrant
  demands: Demands
  /** The issuer's own path, without a trailing slash. */
  basePath: string
  clientOf: (clientId: string) => ClientDefinition | undefined
}): Issuer['deviceCodes'] {
  const { engine, store, clock, audit, admissions, demands, writes } = rooms
  const claimCookie = `${rooms.config.issuer.startsWith('https:') ? '__Secure-' : ''}lanyard-device`

  /** Unknown, expired, used and refused codes are one and the same to whoever asks. */
  async function findRow(userCode: string): Promise<PendingRow | undefined> {
    const normal = normaliseUserCode(userCode)
    if (normal === undefined) return undefined
    const row = await store.first(selectByUserCode, { userCode: normal })
    if (row === undefined || row.consumed_at !== null || row.expires_at <= clock()) return undefined
    const payload = JSON.parse(row.payload) as CodePayload
    if (payload.accountId !== undefined || payload.error !== undefined) return undefined
    return { id: row.id, text: row.payload, payload, expiresAt: row.expires_at }
  }

  /** Changes the code only if nobody else did since it was read. */
  async function change(
    tx: Transaction,
    { id, text, payload }: PendingRow,
    changes: Readonly<Record<string, unknown>>,
    columns: { readonly grant_id?: string; readonly account_id?: string } = {},
  ): Promise<boolean> {
    const result = await tx.query
      .updateTable('engine_rows')
      .set({ payload: JSON.stringify({ ...payload, ...changes }), ...columns })
      .where('id', '=', id)
      .where('payload', '=', text)
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', clock())
      .executeTakeFirst()
    return result.numUpdatedRows === 1n
  }

  function cookies(ctx: Koa.Context): Koa.Context['cookies'] {
    return engine.provider().createContext(ctx.req, ctx.res).cookies
  }

  return {
    async find(userCode) {
      const row = await findRow(userCode)
      if (row === undefined) return undefined
      const { clientId, params, deviceInfo, iat } = row.payload
      const client = rooms.clientOf(clientId)
      const [target, demand] = await Promise.all([
        rooms.clusters.target(clientId),
        demands.of(clientId, wishesOf(params)),
      ])
      if (client === undefined || target === undefined) return undefined
      const pending: PendingDevice = {
        userCode: shown(normaliseUserCode(userCode) ?? ''),
        clientId,
        target,
        clientName: client.name,
        deviceName: deviceNameOf(params['device_name'], client.name),
        demand,
        requestAddress: deviceInfo?.address ?? null,
        requestedAt: iat * 1000,
        expiresAt: row.expiresAt,
      }
      return pending
    },

    async claim(ctx, userCode) {
      const row = await findRow(userCode)
      if (row === undefined) return false
      const held = cookies(ctx).get(claimCookie, { signed: true })
      if (row.payload.claimedBy !== undefined) return isClaimant(row, held)
      const claim = held ?? randomBytes(32).toString('base64url')
      if (held === undefined) {
        cookies(ctx).set(claimCookie, claim, {
          httpOnly: true,
          sameSite: 'lax',
          signed: true,
          path: `${rooms.basePath}/device`,
        })
      }
      return store.write((tx) => change(tx, row, { claimedBy: hash('sha256', claim, 'base64url') }))
    },

    async approve(ctx, userCode, { subject, amr, authenticatedAt }) {
      const row = await findRow(userCode)
      const held = cookies(ctx).get(claimCookie, { signed: true })
      // Threat 2: whoever did not claim the code in this browser is told what an unknown code is told.
      if (row === undefined || !isClaimant(row, held)) throw codeGone()
      const { clientId, params } = row.payload
      const client = rooms.clientOf(clientId)
      const by = byOfRequest(ctx.req, subject)
      const { userId } = subject
      const authentication = { at: authenticatedAt, amr, acr: acrOf(amr) }
      const [decision, demand] = await Promise.all([
        admissions.admit({ userId, clientId, device: 'new', authentication }),
        demands.of(clientId, wishesOf(params)),
      ])
      // One after the program asked is as new as can be, as in a browser's own request.
      const isNew = authenticatedAt >= row.payload.iat * 1000
      const signIn = { authentication, isNew, now: clock() }
      const weak = weaknessOf(decision, demand, signIn)
      if (decision.kind === 'refused' || client === undefined || weak !== null) {
        const sentence = decision.kind === 'refused' ? decision.sentence : 'it is gone'
        const reason = decision.kind === 'refused' ? decision.reason : 'target_unknown'
        const account = subject.username
        if (decision.kind === 'refused' || client === undefined) {
          await countRefusedEntry(audit, ctx.req, { account, reason, client: clientId })
        }
        return { kind: 'refused', sentence: weak?.message ?? sentence, needs: weak?.needs ?? null }
      }
      const until = await demands.elevatedUntil({ clientId, params, userId, authentication })
      const deviceId = await writes.run(async () => {
        const scope = typeof params['scope'] === 'string' ? params['scope'] : 'openid'
        const grant = await rooms.makeGrant({
          provider: engine.provider(),
          userId: subject.userId,
          clientId,
          clientName: client.name,
          scope,
          deviceName: params['device_name'],
          authentication,
          until,
          by,
        })
        const changes = {
          accountId: subject.userId,
          grantId: grant.jti,
          scope,
          amr,
          acr: authentication.acr,
          authTime: authentication.at / 1000,
        }
        await writes.add('success', async (tx) => {
          const columns = { grant_id: grant.jti, account_id: subject.userId }
          if (!(await change(tx, row, changes, columns))) throw codeGone()
          rooms.unproved.forget(row.id)
          await recordEvent(tx, clock, {
            type: 'device.approved',
            by,
            target: { kind: 'device', id: grant.jti },
            clientId,
            deviceId: grant.jti as DeviceId,
          })
        })
        return grant.jti as DeviceId
      })
      const device = (await rooms.devices.list(subject.userId)).find(({ id }) => id === deviceId)
      if (device === undefined) throw codeGone()
      return { kind: 'approved', device }
    },

    async refuse(ctx, userCode, by) {
      const row = await findRow(userCode)
      if (row === undefined) return false
      // Once somebody looks at it, nobody else takes it out of their hands.
      const held = cookies(ctx).get(claimCookie, { signed: true })
      if (row.payload.claimedBy !== undefined && !isClaimant(row, held)) return false
      const changes = { error: 'access_denied', errorDescription: 'the request was refused' }
      return store.write(async (tx) => {
        if (!(await change(tx, row, changes))) return false
        await recordEvent(tx, clock, { type: 'device.refused', by, clientId: row.payload.clientId })
        return true
      })
    },
  }
}

function isClaimant({ payload }: PendingRow, held: string | undefined): boolean {
  return held !== undefined && payload.claimedBy === hash('sha256', held, 'base64url')
}

/** RFC 8628 §6.1: case and separators do not matter; what cannot be a code is looked up nowhere. */
function normaliseUserCode(input: string): string | undefined {
  if (input.length > 64) return undefined
  const normal = input.replace(/[\s-]/g, '').toUpperCase()
  return /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(normal) ? normal : undefined
}

/** The engine writes `max_age` 0 as `prompt` login, which it would ask for at its own pages. */
function wishesOf(params: CodePayload['params']): CodePayload['params'] {
  const now = params['prompt'] === 'login'
  return now ? { ...params, max_age: 0 } : params
}

function shown(normal: string): string {
  return `${normal.slice(0, 4)}-${normal.slice(4)}`
}

function codeGone(): LanyardError {
  return new LanyardError('ERR_DEVICE_CODE', 'this code is unknown, used or expired', {
    hint: 'look at the program that showed it, or start its sign-in again',
  })
}
