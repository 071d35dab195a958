import { type Selectable, sql } from 'kysely'
import { prepare, type Schema, type Transaction } from '../../../db/index.ts'
import { recordEvent } from '../../audit/index.ts'
import { type By, type EpochMs, LanyardError, type UserId } from '../../errors/index.ts'
import type { Context } from '../context.ts'
import { getUserById, targetOf } from '../user-rows.ts'
import type { Passkey } from './types.ts'
import { keepAWayIn, removeIdleRecoveryCodes } from './ways-in.ts'

const LONGEST_NAME = 64

export const selectPasskeys = prepare<{ userId: string }>()((db, param) =>
  db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', param('userId'))
    .orderBy('created_at')
    .orderBy('id'),
)

export function toPasskey(
  row: Omit<Selectable<Schema['passkeys']>, 'user_id' | 'public_key' | 'counter' | 'transports'>,
): Passkey {
  return {
    id: row.id,
    name: row.name,
    backedUp: row.backed_up === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}

/** As a browser is told of it: what it is reached by is a hint alone. */
export function toDescriptor({
  id,
  transports,
}: Pick<Selectable<Schema['passkeys']>, 'id' | 'transports'>): {
  id: string
  transports: string[]
} {
  return { id, transports: transports === '' ? [] : transports.split(' ') }
}

/** As a person may read it: no control or direction characters, 64 characters at most. */
export function cleanName(name: string): string {
  const clean = name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
  return Array.from(clean).slice(0, LONGEST_NAME).join('').trim()
}

/** WebAuthn §5.4.3: what a passkey tells of whose it is. */
export function handleOf(userId: UserId): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(userId)
}

export async function renamePasskey(
  { store, clock }: Context,
  passkey: { readonly userId: UserId; readonly id: string; readonly name: string },
  by: By,
): Promise<void> {
  const { userId, id } = passkey
  const name = cleanName(passkey.name)
  if (name === '') throw new LanyardError('ERR_PASSKEY_NAME', 'name of a passkey is empty')
  await store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    const before = await tx.query
      .selectFrom('passkeys')
      .select('name')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (before === undefined) throw unknownPasskey()
    if (before.name === name) return
    await tx.query.updateTable('passkeys').set({ name }).where('id', '=', id).execute()
    await recordEvent(tx, clock, {
      type: 'factor.passkey_renamed',
      by,
      target: targetOf(user),
      detail: { passkey: name, before: before.name },
    })
  })
}

export async function removePasskey(
  { store, clock }: Context,
  { userId, id }: { readonly userId: UserId; readonly id: string },
  by: By,
): Promise<void> {
  await store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    const removed = await tx.query
      .deleteFrom('passkeys')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .returning('name')
      .executeTakeFirst()
    if (removed === undefined) throw unknownPasskey()
    await keepAWayIn(tx, userId)
    await removeIdleRecoveryCodes(tx, userId)
    await recordEvent(tx, clock, {
      type: 'factor.passkey_removed',
      by,
      target: targetOf(user),
      detail: { passkey: removed.name },
    })
  })
}

/** A passkey that was used well. */
export interface PasskeyUse {
  readonly id: string
  readonly userId: UserId
  /** As its authenticator says. */
  readonly counter: number
  readonly backedUp: boolean
}

type UseValues = Pick<PasskeyUse, 'id' | 'userId' | 'counter'> & { backedUp: 0 | 1; now: EpochMs }

const updateUsed = prepare<UseValues>()((db, param) => {
  const counter = param('counter')
  return (
    db
      .updateTable('passkeys')
      .set({ counter, backed_up: param('backedUp'), last_used_at: param('now') })
      .where('id', '=', param('id'))
      .where('user_id', '=', param('userId'))
      // WebAuthn §7.2 step 22: a counter that does not grow is that of a copy; some authenticators never count.
      .where(sql<boolean>`(counter < ${counter} OR (counter = 0 AND ${counter} = 0))`)
  )
})

/** @returns false where the passkey went, or a later use of it came first */
export async function countUse(
  tx: Transaction,
  { id, userId, counter, backedUp }: PasskeyUse,
  now: EpochMs,
): Promise<boolean> {
  return (await tx.run(updateUsed, { id, userId, counter, backedUp: backedUp ? 1 : 0, now })) > 0
}

function unknownPasskey(): LanyardError {
  return new LanyardError('ERR_PASSKEY_UNKNOWN', 'this account has no such passkey')
}
