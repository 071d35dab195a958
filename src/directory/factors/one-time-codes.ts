import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { prepare, type Transaction } from '../../../db/index.ts'
import { recordEvent } from '../../audit/index.ts'
import { type By, type EpochMs, LanyardError, type UserId } from '../../errors/index.ts'
import type { Context } from '../context.ts'
import { getUserById, targetOf } from '../user-rows.ts'
import { openSecret, sealSecret } from './sealed.ts'
import { tryFactor } from './trial.ts'
import type { OneTimeCodes } from './types.ts'
import { removeIdleRecoveryCodes } from './ways-in.ts'

/** RFC 4226 §4 R6. */
const SECRET_BYTES = 20
/** The one set of parameters that every authenticator app knows, and many know no other. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** Steps before and after now: clocks differ and people type (RFC 6238 §5.2). */
const WINDOW = 1

const selectSecret = prepare<{ userId: string }>()((db, param) =>
  db
    .selectFrom('one_time_codes')
    .select(['secret_jwe', 'confirmed_at'])
    .where('user_id', '=', param('userId')),
)

/** RFC 6238 §5.2: a code counts once, and none before it counts any more. */
const useStep = prepare<{ userId: string; jwe: string; step: number }>()((db, param) =>
  db
    .updateTable('one_time_codes')
    .set({ last_step: param('step') })
    .where('user_id', '=', param('userId'))
    .where('secret_jwe', '=', param('jwe'))
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', param('step')),
)

export function createOneTimeCodes(context: Context): OneTimeCodes {
  const { store, clock, factorKeys } = context
  return {
    begin: (userId) => begin(context, userId),
    confirm: (userId, code, by) => confirm(context, userId, code, by),
    async verify({ code, ...attempt }) {
      const { userId } = attempt
      const row = await store.first(selectSecret, { userId })
      const jwe = row === undefined || row.confirmed_at === null ? null : row.secret_jwe
      const secret = jwe === null ? null : await openSecret(factorKeys.wrapping, userId, jwe)
      return tryFactor(context, attempt, 'one-time code', async (tx) => {
        if (jwe === null || secret === null) return false
        const step = stepOf(secret, code, clock())
        return step !== null && (await tx.run(useStep, { userId, jwe, step })) > 0
      })
    },
    remove: (userId, by) =>
      store.write(async (tx) => {
        const user = await getUserById(tx.query, userId)
        if (!(await removeCodes(tx, userId))) {
          throw new LanyardError('ERR_CODE_UNKNOWN', 'one-time codes are not set up')
        }
        await removeIdleRecoveryCodes(tx, userId)
        await recordEvent(tx, clock, {
          type: 'factor.one_time_code_removed',
          by,
          target: targetOf(user),
        })
      }),
  }
}

async function begin(
  { store, clock, factorKeys, brandName }: Context,
  userId: UserId,
): ReturnType<OneTimeCodes['begin']> {
  const { username } = await getUserById(store.query, userId)
  const bytes = new Uint8Array(randomBytes(SECRET_BYTES))
  const values = {
    secret_jwe: await sealSecret(factorKeys.wrapping, userId, bytes),
    last_step: 0,
    created_at: clock(),
    confirmed_at: null,
  }
  const { numInsertedOrUpdatedRows } = await store.write((tx) =>
    tx.query
      .insertInto('one_time_codes')
      .values({ user_id: userId, ...values })
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet(values)
          // Beginning anew takes nothing away from those that count.
          .where('one_time_codes.confirmed_at', 'is', null),
      )
      .executeTakeFirst(),
  )
  if (numInsertedOrUpdatedRows === 0n) {
    throw new LanyardError('ERR_CODE_EXISTS', 'one-time codes are set up already', {
      hint: 'remove them first to set up another authenticator app',
    })
  }
  const secret = new Secret({ buffer: bytes.buffer })
  const totp = new TOTP({ ...PARAMETERS, issuer: brandName, label: username, secret })
  const uri = totp.toString()
  return { secret: secret.base32, uri, qr: await drawSquare(uri) }
}

async function confirm(
  { store, clock, factorKeys }: Context,
  userId: UserId,
  code: string,
  by: By,
): Promise<void> {
  const row = await store.first(selectSecret, { userId })
  if (row === undefined || row.confirmed_at !== null) throw notBegun()
  const jwe = row.secret_jwe
  const secret = await openSecret(factorKeys.wrapping, userId, jwe)
  await store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    const now = clock()
    const step = stepOf(secret, code, now)
    if (step === null) {
      throw new LanyardError('ERR_CODE_WRONG', 'one-time code is wrong', {
        hint: 'compare the clock of your phone with the time here; a code lasts half a minute',
      })
    }
    const { numUpdatedRows } = await tx.query
      .updateTable('one_time_codes')
      .set({ confirmed_at: now, last_step: step })
      .where('user_id', '=', userId)
      .where('secret_jwe', '=', jwe)
      .where('confirmed_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw notBegun()
    await recordEvent(tx, clock, { type: 'factor.one_time_code_added', by, target: targetOf(user) })
  })
}

/** @returns whether codes that counted went; those only begun go as well */
export async function removeCodes(tx: Transaction, userId: UserId): Promise<boolean> {
  const removed = await tx.query
    .deleteFrom('one_time_codes')
    .where('user_id', '=', userId)
    .returning('confirmed_at')
    .executeTakeFirst()
  return removed !== undefined && removed.confirmed_at !== null
}

/** The time step that `code` is of; null where it is of none near now. */
function stepOf(secret: Uint8Array, code: string, now: EpochMs): number | null {
  const token = code.normalize('NFKC').replaceAll(/[\s-]/g, '')
  if (!/^[0-9]{6}$/.test(token)) return null
  const key = new Secret({ buffer: new Uint8Array(secret).buffer })
  const delta = TOTP.validate({ ...PARAMETERS, token, secret: key, timestamp: now, window: WINDOW })
  return delta === null ? null : TOTP.counter({ period: PARAMETERS.period, timestamp: now }) + delta
}

async function drawSquare(uri: string): Promise<string> {
  const { default: qrcode } = await import('qrcode')
  return qrcode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M' })
}

function notBegun(): LanyardError {
  return new LanyardError('ERR_CODE_NOT_BEGUN', 'setting up one-time codes was not begun', {
    hint: 'begin again, and use the newest square in your authenticator app',
  })
}
