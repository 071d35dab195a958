import { prepare, type Store, type Transaction } from '../../db/index.ts'
import { type EpochMs, networkOf } from '../errors/index.ts'
import type { AuditDetail, AuditType } from './events.ts'

const MINUTE_MS = 60_000
/** Accounts and networks told apart within one minute; the rest of that minute is counted together. */
const KEYS_PER_MINUTE = 200
const ROWS_KEPT = 20_000
const KEPT_MS = 90 * 24 * 60 * MINUTE_MS
const ACCOUNT_CHARACTERS_KEPT = 128

export type RefusalType = Extract<AuditType, `${string}.refused`>

export interface Refusal {
  readonly type: RefusalType
  /** The account that exists under the name given; left out otherwise, for people type passwords into that field. */
  readonly account?: string
  readonly address: string | null
  readonly requestId: string | null
  readonly detail?: AuditDetail
}

interface RowValues {
  key: string
  minute: number
  type: string
  account: string | null
  address: string | null
  requestId: string | null
  detail: string
}

const countAgain = prepare<RowValues>()((db, param) =>
  db
    .updateTable('audit_refusals')
    .set((row) => ({
      count: row('count', '+', 1),
      address: param('address'),
      request_id: param('requestId'),
      detail: param('detail'),
    }))
    .where('minute_at', '=', param('minute'))
    .where('key', '=', param('key')),
)

const insertRow = prepare<RowValues>()((db, param) =>
  db.insertInto('audit_refusals').values({
    key: param('key'),
    minute_at: param('minute'),
    type: param('type'),
    target_name: param('account'),
    address: param('address'),
    request_id: param('requestId'),
    detail: param('detail'),
    count: 1,
  }),
)

const countKeys = prepare<{ minute: number }>()((db, param) =>
  db
    .selectFrom('audit_refusals')
    .select((row) => row.fn.countAll<number>().as('keys'))
    .where('minute_at', '=', param('minute')),
)

/** Adds one to its row of this minute. Address, request and detail are those of the latest. */
export async function countRefusal(
  tx: Transaction,
  now: EpochMs,
  { type, account, address, requestId, detail = {} }: Refusal,
): Promise<void> {
  const name = account?.slice(0, ACCOUNT_CHARACTERS_KEPT) ?? null
  const row: RowValues = {
    key:
      name === null
        ? `${type} network ${address === null ? 'unknown' : networkOf(address)}`
        : `${type} account ${name}`,
    minute: now - (now % MINUTE_MS),
    type,
    account: name,
    address,
    requestId,
    detail: JSON.stringify(detail),
  }
  if ((await tx.run(countAgain, row)) > 0) return
  const keys = (await tx.first(countKeys, { minute: row.minute }))?.keys ?? 0
  if (keys === 0) await pruneRefusals(tx, now)
  if (keys < KEYS_PER_MINUTE) {
    await tx.run(insertRow, row)
    return
  }
  const rest: RowValues = {
    ...row,
    key: `${type} many`,
    account: null,
    address: null,
    detail: '{}',
  }
  if ((await tx.run(countAgain, rest)) === 0) await tx.run(insertRow, rest)
}

/** How often somebody was refused so since then. */
export async function countSince(store: Store, type: RefusalType, since: EpochMs): Promise<number> {
  const { count } = await store.query
    .selectFrom('audit_refusals')
    .select((row) => row.fn.coalesce(row.fn.sum<number>('count'), row.val(0)).as('count'))
    .where('minute_at', '>=', since)
    .where('type', '=', type)
    .executeTakeFirstOrThrow()
  return count
}

/** Deletes the oldest minutes beyond what is kept. */
export async function pruneRefusals(tx: Transaction, now: EpochMs): Promise<number> {
  const surplus = await tx.query
    .selectFrom('audit_refusals')
    .select('minute_at')
    .orderBy('minute_at', 'desc')
    .orderBy('key', 'desc')
    .offset(ROWS_KEPT)
    .limit(1)
    .executeTakeFirst()
  const oldest = Math.max(now - KEPT_MS, (surplus?.minute_at ?? -1) + 1)
  const { numDeletedRows } = await tx.query
    .deleteFrom('audit_refusals')
    .where('minute_at', '<', oldest)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
