import type { Transaction } from '../../db/index.ts'
import type { By, UserId } from '../errors/index.ts'
import type { NoticeKind } from '../mail/index.ts'
import type { Context } from './context.ts'

export interface NewNotice {
  readonly kind: NoticeKind
  readonly userId: UserId
  /** The device, the factor or the new address, where the kind has one. */
  readonly about?: string
  readonly by: By
}

export interface Notices {
  /**
   * Tells a person by mail what has happened to their account, in the write that it happens in. Nothing is sent where mail is off, and
   * nothing to an address that nobody has proved: it may be a stranger's.
   */
  send(tx: Transaction, notice: NewNotice): Promise<void>
}

export function createNotices(context: Context): Notices {
  return { send: (tx, notice) => sendNotice(tx, context, notice) }
}

export async function sendNotice(
  tx: Transaction,
  { mail, clock }: Context,
  { kind, userId, about, by }: NewNotice,
): Promise<void> {
  if (!mail.enabled) return
  const user = await tx.query
    .selectFrom('users')
    .select(['username', 'email', 'email_verified'])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (user === undefined || user.email === null || user.email_verified !== 1) return
  const { actor } = by
  // Where an admin sits is no business of theirs.
  const isOwn = actor.kind === 'visitor' || (actor.kind === 'user' && actor.userId === userId)
  await mail.notify(tx, {
    ...{ kind, to: user.email, username: user.username, about: about ?? null },
    ...{ address: isOwn ? by.address : null, at: clock() },
  })
}
