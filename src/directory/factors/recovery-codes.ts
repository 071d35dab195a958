import { createHmac, randomBytes } from 'node:crypto'
import { prepare, type Transaction } from '../../../db/index.ts'
import { recordEvent } from '../../audit/index.ts'
import type { By, EpochMs, UserId } from '../../errors/index.ts'
import type { Context } from '../context.ts'
import { getUserById, targetOf } from '../user-rows.ts'
import { tryFactor } from './trial.ts'
import type { FactorAttempt, RecoveryCodes } from './types.ts'

const CODES = 10
/** No l, o, 0 or 1: they are read from paper. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
/** 12 of them hold 60 random bits. */
const CHARACTERS = 12

/** Single use: one conditional statement. */
const useCode = prepare<{ hash: string; userId: string; now: EpochMs }>()((db, param) =>
  db
    .updateTable('recovery_codes')
    .set({ consumed_at: param('now') })
    .where('hash', '=', param('hash'))
    .where('user_id', '=', param('userId'))
    .where('consumed_at', 'is', null),
)

const countLeft = prepare<{ userId: string }>()((db, param) =>
  db
    .selectFrom('recovery_codes')
    .select((row) => row.fn.countAll<number>().as('left'))
    .where('user_id', '=', param('userId'))
    .where('consumed_at', 'is', null),
)

export function createRecoveryCodes(context: Context): RecoveryCodes {
  return {
    renew: (userId, by) => renew(context, userId, by),
    verify: ({ code, ...attempt }) =>
      tryFactor(context, attempt, 'recovery code', (tx, username) =>
        useUp(tx, context, { ...attempt, code, username }),
      ),
  }
}

async function renew(context: Context, userId: UserId, by: By): Promise<readonly string[]> {
  const { store, clock } = context
  const codes = Array.from({ length: CODES }, randomCode)
  await store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    await tx.query.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
    const now = clock()
    await tx.query
      .insertInto('recovery_codes')
      .values(
        codes.map((code) => ({
          hash: hashOf(context, userId, code),
          user_id: userId,
          created_at: now,
          consumed_at: null,
        })),
      )
      .execute()
    await recordEvent(tx, clock, {
      type: 'factor.recovery_codes_made',
      by,
      target: targetOf(user),
      detail: { codes: CODES },
    })
  })
  return codes
}

async function useUp(
  tx: Transaction,
  context: Context,
  {
    userId,
    username,
    code,
    address,
    requestId = null,
  }: FactorAttempt & {
    readonly code: string
    readonly username: string
  },
): Promise<boolean> {
  const { clock } = context
  const used = await tx.run(useCode, {
    hash: hashOf(context, userId, code),
    userId,
    now: clock(),
  })
  if (used === 0) return false
  await recordEvent(tx, clock, {
    type: 'factor.recovery_code_used',
    by: { actor: { kind: 'user', userId, username }, address, requestId },
    target: targetOf({ id: userId, username }),
    detail: { left: (await tx.first(countLeft, { userId }))?.left ?? 0 },
  })
  return true
}

function randomCode(): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('')
  return (characters.match(/.{4}/g) ?? []).join('-')
}

/** Of the code as somebody typed it: without its dashes, in any case and width. Keyed: 60 bits alone could be tried out by whoever has the rows. */
function hashOf({ factorKeys }: Context, userId: UserId, code: string): string {
  const typed = code.normalize('NFKC').toLowerCase().replaceAll(/[\s-]/g, '')
  return createHmac('sha256', factorKeys.recoveryCodes)
    .update(`${userId}:${typed}`)
    .digest('base64url')
}
