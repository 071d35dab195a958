import type { Queries, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, type EpochMs, LanyardError, networkOf, type UserId } from '../errors/index.ts'
import { canonicaliseName } from '../kubernetes/index.ts'
import { isDeliverable, resetLetter } from '../mail/index.ts'
import { refuseWayIntoAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { boundUnproved, budgetOf, takeAttempt } from './failure-budget.ts'
import { hashOfCode, linkGone, randomCode } from './link-code.ts'
import { sendNotice } from './notices.ts'
import { endSessions, hashNewPassword, storePassword } from './passwords.ts'
import type { User } from './types.ts'
import { findUser, getUser, getUserById, targetOf } from './user-rows.ts'

const SELF_MS = 30 * 60_000
const ADMIN_MS = 24 * 3_600_000
/** RFC 2606 §2: nobody's. What is written to it is sealed, to cost the same, and thrown away. */
const NOBODY = 'nobody@example.invalid'

export interface ResetLinks {
  /**
   * Sends a link to the proved address of whoever is named, for 30 minutes. The answer and the work are the same for everybody: nothing tells
   * who exists, or has an address. @throws LanyardError ERR_MAIL_OFF
   */
  request(
    request: { readonly username: string; readonly address: string | null },
    by: By,
  ): Promise<
    { readonly kind: 'taken' } | { readonly kind: 'limited'; readonly retryAfterMs: number }
  >
  /**
   * An admin's link for somebody, for 24 hours; every older one of theirs dies. The admin neither learns nor chooses the password.
   * @throws LanyardError ERR_USER_UNKNOWN, ERR_USER_DISABLED, ERR_FORBIDDEN
   */
  make(username: string, by: By): Promise<MadeResetLink>
  /** Whose password a link sets, while it may. */
  find(
    code: string,
  ): Promise<{ readonly username: string; readonly displayName: string } | undefined>
  /**
   * Sets the password, once, and ends every session and login of the user. It is no sign-in: a second factor is asked for as ever.
   * @throws LanyardError ERR_RESET_CODE, ERR_PASSWORD, ERR_BUSY
   */
  complete(reset: { readonly code: string; readonly password: string }, by: By): Promise<User>
}

export interface MadeResetLink {
  /** Said once: only its hash is kept. */
  readonly code: string
  readonly link: string
  readonly expiresAt: EpochMs
}

export function createResetLinks(context: Context): ResetLinks {
  const { store, clock } = context
  return {
    request: (request, by) => requestReset(context, request, by),
    make: (username, by) => makeLink(context, username, by),
    async find(code) {
      const userId = await findOpen(store.query, code, clock())
      if (userId === undefined) return undefined
      const { username, displayName } = await getUserById(store.query, userId)
      return { username, displayName }
    },
    complete: (reset, by) => completeReset(context, reset, by),
  }
}

async function requestReset(
  context: Context,
  { username: input, address }: Parameters<ResetLinks['request']>[0],
  by: By,
): ReturnType<ResetLinks['request']> {
  const { store, clock, mail } = context
  if (!mail.enabled) {
    throw new LanyardError('ERR_MAIL_OFF', 'no mail is sent from here', {
      hint: 'ask your admin for a link',
    })
  }
  const username = canonicaliseName(input)
  const code = randomCode()
  const known = reachable(await findUser(store.query, username))
  const sealed = await mail.seal(
    resetLetter(mail.site, {
      ...{ to: known?.email ?? NOBODY, username: known?.username ?? 'nobody' },
      ...{ link: linkTo(context, code), expiresAt: clock() + SELF_MS },
    }),
  )
  return store.write(async (tx) => {
    const now = clock()
    const user = await findUser(tx.query, username)
    const waitMs = await takeRequest(tx, context, { username, address })
    if (waitMs !== null) return { kind: 'limited', retryAfterMs: waitMs }
    const person = reachable(user)
    // The address must be the one that the letter was sealed for.
    if (person === undefined || person.id !== known?.id || person.email !== known.email) {
      return { kind: 'taken' }
    }
    // One that is not sent replaces none that was: whoever fills a mailbox would take the last link away.
    if (await mail.queue(tx, sealed)) {
      await insertLink(tx, person.id, { code, madeBy: 'self', now, expiresAt: now + SELF_MS })
    }
    await recordEvent(tx, clock, { type: 'user.reset_requested', by, target: targetOf(person) })
    return { kind: 'taken' }
  })
}

/** Counts a request. @returns how long to wait, in milliseconds, or null where it may go on */
async function takeRequest(
  tx: Transaction,
  { secret, clock }: Context,
  who: { readonly username: string; readonly address: string | null },
): Promise<number | null> {
  // Apart from sign-ins: whoever asks for links keeps nobody from signing in.
  const network = `links ${who.address === null ? 'unknown' : networkOf(who.address)}`
  const budgets = [
    // The network first: one that must wait cannot spend anybody's account.
    budgetOf(secret, 'network', network, { proved: false }),
    // Never proved: what a flood drives out must tell nobody who exists. The mailbox has a bound of its own.
    budgetOf(secret, 'reset', who.username, { proved: false }),
  ]
  for (const budget of budgets) {
    const taken = await takeAttempt(tx, budget, clock())
    if (typeof taken === 'number') return taken
  }
  await boundUnproved(tx)
  return null
}

/**
 * Threat 13: only a proved address is somebody's. Whoever has no password signs in by something stronger than a mailbox, and is not made
 * weaker by one.
 */
function reachable(user: User | undefined): (User & { readonly email: string }) | undefined {
  if (user?.status !== 'active' || !user.emailVerified || !user.hasPassword) return undefined
  const { email } = user
  return email !== null && isDeliverable(email) ? { ...user, email } : undefined
}

async function makeLink(context: Context, username: string, by: By): Promise<MadeResetLink> {
  const { store, clock } = context
  const code = randomCode()
  return store.write(async (tx) => {
    const user = await getUser(tx.query, username)
    await refuseWayIntoAdmin(tx, context, user.id, by)
    if (user.status !== 'active') {
      throw new LanyardError('ERR_USER_DISABLED', `user ${user.username} is disabled`, {
        hint: `enable the user first: lanyard user enable ${user.username}`,
      })
    }
    const now = clock()
    const expiresAt = now + ADMIN_MS
    await insertLink(tx, user.id, { code, madeBy: 'admin', now, expiresAt })
    await recordEvent(tx, clock, { type: 'user.reset_link_made', by, target: targetOf(user) })
    return { code, link: linkTo(context, code), expiresAt }
  })
}

/** An admin's link kills every older one; one that anybody may ask for kills only its like, so that nobody can undo an admin's. */
async function insertLink(
  tx: Transaction,
  userId: UserId,
  link: { code: string; madeBy: 'admin' | 'self'; now: EpochMs; expiresAt: EpochMs },
): Promise<void> {
  let older = tx.query.deleteFrom('reset_links').where('user_id', '=', userId)
  if (link.madeBy === 'self') older = older.where('made_by', '=', 'self')
  await older.execute()
  await tx.query
    .insertInto('reset_links')
    .values({
      ...{ code_hash: hashOfCode(link.code), user_id: userId, made_by: link.madeBy },
      ...{ created_at: link.now, expires_at: link.expiresAt, consumed_at: null },
    })
    .execute()
}

async function completeReset(
  context: Context,
  { code, password }: Parameters<ResetLinks['complete']>[0],
  by: By,
): Promise<User> {
  const { store, clock } = context
  // Asked before anything is hashed, and again where it counts.
  const userId = await findOpen(store.query, code, clock())
  if (userId === undefined) throw linkGone('reset')
  const hash = await hashNewPassword(context, password, await getUserById(store.query, userId))
  return store.write(async (tx) => {
    const now = clock()
    await consumeLink(tx, code, userId, now)
    const user = await getUserById(tx.query, userId)
    await storePassword(tx, { userId, hash, mustChange: false, now })
    await endSessions(tx, userId, now)
    await recordEvent(tx, clock, { type: 'user.password_reset', by, target: targetOf(user) })
    await sendNotice(tx, context, { kind: 'password_reset', userId, by })
    return getUserById(tx.query, userId)
  })
}

async function findOpen(query: Queries, code: string, now: EpochMs): Promise<UserId | undefined> {
  const link = await query
    .selectFrom('reset_links')
    .innerJoin('users', 'users.id', 'reset_links.user_id')
    .select('reset_links.user_id')
    .where('reset_links.code_hash', '=', hashOfCode(code))
    .where('reset_links.consumed_at', 'is', null)
    .where('reset_links.expires_at', '>', now)
    .where('users.status', '=', 'active')
    .executeTakeFirst()
  return link?.user_id as UserId | undefined
}

/** Single use: one conditional statement. */
async function consumeLink(
  tx: Transaction,
  code: string,
  userId: UserId,
  now: EpochMs,
): Promise<void> {
  const { numUpdatedRows } = await tx.query
    .updateTable('reset_links')
    .set({ consumed_at: now })
    .where('code_hash', '=', hashOfCode(code))
    .where('user_id', '=', userId)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now)
    .where('user_id', 'in', (row) =>
      row.selectFrom('users').select('id').where('status', '=', 'active'),
    )
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw linkGone('reset')
}

/** From the issuer alone (threat 14): no request has a word in it. */
function linkTo({ mail }: Context, code: string): string {
  return `${mail.site.issuer}/reset/${code}`
}
