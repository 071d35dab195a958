import type { Selectable } from 'kysely'
import type { Queries, Schema, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, LanyardError, type UserId } from '../errors/index.ts'
import { newAddressLetter, oldAddressLetter, type SealedMessage } from '../mail/index.ts'
import type { Context } from './context.ts'
import { budgetOf, takeAttempt } from './failure-budget.ts'
import { endPendingLinks, hashOfCode, linkGone, randomCode } from './link-code.ts'
import { parseEmail } from './names.ts'
import { sendNotice } from './notices.ts'
import type { User } from './types.ts'
import { getUserById, targetOf } from './user-rows.ts'

const LIFETIME_MS = 24 * 3_600_000

export interface PendingEmailChange {
  readonly email: string
  readonly newProved: boolean
  /** Null where no proved address is given up. */
  readonly oldProved: boolean | null
  readonly expiresAt: EpochMs
}

/** What whoever opened a link is asked to confirm. */
export interface EmailProof {
  readonly username: string
  readonly email: string
  /** Whose mailbox the link was read in. */
  readonly side: 'new' | 'old'
}

export interface EmailChanges {
  /**
   * Sends a link to the new address and, where the present one is proved, one to that: the address changes when both were confirmed. A newer
   * request replaces an older one.
   * @throws LanyardError ERR_MAIL_OFF, ERR_EMAIL, ERR_MAIL_ADDRESS, ERR_EMAIL_SAME, ERR_EMAIL_LIMITED
   */
  request(userId: UserId, email: string, by: By): Promise<PendingEmailChange>
  pending(userId: UserId): Promise<PendingEmailChange | undefined>
  /** Resolves with false when there was none. */
  cancel(userId: UserId): Promise<boolean>
  find(code: string): Promise<EmailProof | undefined>
  /** Confirms one side, once. `changed` says whether it was the last. @throws LanyardError ERR_EMAIL_CODE */
  prove(code: string, by: By): Promise<EmailProof & { readonly changed: boolean }>
}

type Row = Selectable<Schema['email_changes']>

export function createEmailChanges(context: Context): EmailChanges {
  const { store, clock } = context
  return {
    request: (userId, email, by) => requestChange(context, userId, email, by),
    async pending(userId) {
      const row = await store.query
        .selectFrom('email_changes')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', clock())
        .executeTakeFirst()
      return row === undefined ? undefined : toPending(row)
    },
    cancel: (userId) =>
      store.write(async (tx) => {
        const { numDeletedRows } = await tx.query
          .deleteFrom('email_changes')
          .where('user_id', '=', userId)
          .executeTakeFirst()
        return numDeletedRows > 0n
      }),
    find: (code) => findProof(store.query, code, clock()),
    prove: (code, by) => store.write((tx) => proveSide(tx, context, code, by)),
  }
}

function toPending(row: Row): PendingEmailChange {
  return {
    email: row.email,
    newProved: row.new_proved_at !== null,
    oldProved: row.old_code_hash === null ? null : row.old_proved_at !== null,
    expiresAt: row.expires_at,
  }
}

async function requestChange(
  context: Context,
  userId: UserId,
  input: string,
  by: By,
): Promise<PendingEmailChange> {
  const { store, clock, mail, secret } = context
  if (!mail.enabled) {
    throw new LanyardError('ERR_MAIL_OFF', 'no mail is sent from here', {
      hint: 'ask your admin to set the address',
    })
  }
  const email = parseEmail(input.trim())
  const user = await getUserById(store.query, userId)
  if (user.email === email && user.emailVerified) throw sameAddress()
  const codes = { new: randomCode(), old: provedAddress(user) === null ? null : randomCode() }
  const letters = await sealLetters(context, user, email, codes)
  return store.write(async (tx) => {
    const now = clock()
    const present = await getUserById(tx.query, userId)
    // Only what the letters were written for.
    if (provedAddress(present) !== provedAddress(user)) throw sameAddress()
    const taken = await takeAttempt(
      tx,
      budgetOf(secret, 'reset', `e-mail ${userId}`, { proved: true }),
      now,
    )
    if (typeof taken === 'number') throw limited(taken)
    const row: Row = {
      ...{ user_id: userId, email, new_code_hash: hashOfCode(codes.new) },
      old_code_hash: codes.old === null ? null : hashOfCode(codes.old),
      ...{ new_proved_at: null, old_proved_at: null },
      ...{ created_at: now, expires_at: now + LIFETIME_MS },
    }
    await tx.query.deleteFrom('email_changes').where('user_id', '=', userId).execute()
    await tx.query.insertInto('email_changes').values(row).execute()
    for (const letter of letters) await mail.queue(tx, letter)
    await recordEvent(tx, clock, {
      ...{ type: 'user.email_change_requested', by, target: targetOf(present) },
      detail: { to: email },
    })
    return toPending(row)
  })
}

const provedAddress = ({ email, emailVerified }: User) => (emailVerified ? email : null)

function sealLetters(
  { mail, clock }: Context,
  user: User,
  email: string,
  codes: { readonly new: string; readonly old: string | null },
): Promise<SealedMessage[]> {
  const old = provedAddress(user)
  const common = { username: user.username, expiresAt: clock() + LIFETIME_MS }
  const linkTo = (code: string) => `${mail.site.issuer}/email/${code}`
  return Promise.all(
    [
      newAddressLetter(mail.site, { ...common, to: email, link: linkTo(codes.new) }),
      ...(old === null || codes.old === null
        ? []
        : [
            oldAddressLetter(mail.site, {
              ...{ ...common, to: old, link: linkTo(codes.old), newAddress: email },
            }),
          ]),
    ].map((letter) => mail.seal(letter)),
  )
}

async function findProof(
  query: Queries,
  code: string,
  now: EpochMs,
): Promise<EmailProof | undefined> {
  const hash = hashOfCode(code)
  const row = await query
    .selectFrom('email_changes')
    .innerJoin('users', 'users.id', 'email_changes.user_id')
    .select(['users.username', 'email_changes.email', 'email_changes.new_code_hash'])
    .where((each) =>
      each.or([
        each.and([each('new_code_hash', '=', hash), each('new_proved_at', 'is', null)]),
        each.and([each('old_code_hash', '=', hash), each('old_proved_at', 'is', null)]),
      ]),
    )
    .where('email_changes.expires_at', '>', now)
    .where('users.status', '=', 'active')
    .executeTakeFirst()
  if (row === undefined) return undefined
  const side = row.new_code_hash === hash ? 'new' : 'old'
  return { username: row.username, email: row.email, side }
}

async function proveSide(
  tx: Transaction,
  context: Context,
  code: string,
  by: By,
): Promise<EmailProof & { changed: boolean }> {
  const now = context.clock()
  const proof = await findProof(tx.query, code, now)
  if (proof === undefined) throw linkGone('email')
  // Single use: one conditional statement for each side.
  const column = `${proof.side}_proved_at` as const
  const row = await tx.query
    .updateTable('email_changes')
    .set({ [column]: now })
    .where(`${proof.side}_code_hash`, '=', hashOfCode(code))
    .where(column, 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw linkGone('email')
  const isWhole =
    row.new_proved_at !== null && (row.old_code_hash === null || row.old_proved_at !== null)
  if (isWhole) await finishChange(tx, context, row, by)
  return { ...proof, changed: isWhole }
}

/** The one place where an address becomes proved by itself (threat 13). The old mailbox is told as well as the new one. */
async function finishChange(
  tx: Transaction,
  context: Context,
  { user_id: id, email }: Row,
  by: By,
): Promise<void> {
  const userId = id as UserId
  const notice = { kind: 'email_changed', userId, about: email, by } as const
  const user = await getUserById(tx.query, userId)
  if (user.email !== email) await sendNotice(tx, context, notice)
  await tx.query
    .updateTable('users')
    .set({ email, email_verified: 1 })
    .where('id', '=', userId)
    .execute()
  await sendNotice(tx, context, notice)
  await endPendingLinks(tx, userId)
  await recordEvent(tx, context.clock, {
    ...{ type: 'user.email_changed', by, target: targetOf(user) },
    detail: { to: email, ...(user.email === null ? {} : { from: user.email }) },
  })
}

function sameAddress(): LanyardError {
  return new LanyardError('ERR_EMAIL_SAME', 'this is your address already')
}

function limited(waitMs: number): LanyardError {
  const minutes = Math.ceil(waitMs / 60_000)
  return new LanyardError('ERR_EMAIL_LIMITED', 'too many addresses were asked for', {
    hint: `try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
  })
}
