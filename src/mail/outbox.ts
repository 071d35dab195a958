import { sql } from 'kysely'
import type { Schema, Store, Transaction } from '../../db/index.ts'
import { type EpochMs, LanyardError } from '../errors/index.ts'
import type { MailKind, Notice, SealedMessage } from './types.ts'

/** Mails that wait, in all: enough for a day without a server, and no more than a flood may fill. */
const MOST_WAITING = 10_000
const HOUR_MS = 3_600_000
/** What one recipient gets in an hour. Links and notices are counted apart: a flood of one leaves room for the other. */
const MOST_AN_HOUR = { links: 10, notices: 20 } as const
/** Longer than any server is waited for: another process takes up what this one has left. */
const LEASE_MS = 5 * 60_000
const FIRST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 10 * 60_000
/** Stands for the text of a mail that was sent: the row stays an hour, to be counted. */
const SENT = ''

export interface WaitingMail {
  readonly id: number
  readonly kind: MailKind
  readonly to: string
  readonly expiresAt: EpochMs
  readonly attempts: number
  readonly lastFault: string | null
  readonly body: { readonly jwe: string } | { readonly notice: Notice }
}

/** Puts a mail in; resolves with false where there is no room for it. */
export async function putMail(
  tx: Transaction,
  now: EpochMs,
  mail: Pick<SealedMessage, 'kind' | 'to' | 'expiresAt'> & { readonly body: WaitingMail['body'] },
): Promise<boolean> {
  if (!(await hasRoom(tx, now, mail))) return false
  await tx.query
    .insertInto('mail_outbox')
    .values({
      recipient: mail.to,
      kind: mail.kind,
      // A notice holds no secret; a JWE never begins with a brace.
      message_jwe: 'jwe' in mail.body ? mail.body.jwe : JSON.stringify(mail.body.notice),
      created_at: now,
      next_attempt_at: now,
      attempts: 0,
      last_fault: null,
      expires_at: mail.expiresAt,
    })
    .execute()
  return true
}

async function hasRoom(
  tx: Transaction,
  now: EpochMs,
  { kind, to }: { kind: MailKind; to: string },
): Promise<boolean> {
  const isNotice = kind === 'notice'
  const { waiting, recent } = await tx.query
    .selectFrom('mail_outbox')
    .select((row) => [
      row.fn.countAll<number>().filterWhere('message_jwe', '!=', SENT).as('waiting'),
      row.fn
        .countAll<number>()
        .filterWhere(sql<string>`lower(recipient)`, '=', to.toLowerCase())
        .filterWhere('created_at', '>', now - HOUR_MS)
        .filterWhere('kind', isNotice ? '=' : '!=', 'notice')
        .as('recent'),
    ])
    .executeTakeFirstOrThrow()
  return waiting < MOST_WAITING && recent < MOST_AN_HOUR[isNotice ? 'notices' : 'links']
}

/** Whether there is nothing at all: it is asked every few seconds, and a read costs less than a write. */
export async function isEmpty(store: Store): Promise<boolean> {
  const row = await store.query.selectFrom('mail_outbox').select('id').limit(1).executeTakeFirst()
  return row === undefined
}

/** Takes the next mail that is due, for a while: two processes never hold the same one. */
export function takeMail(store: Store, now: EpochMs): Promise<WaitingMail | undefined> {
  return store.write(async (tx) => {
    const row = await tx.query
      .updateTable('mail_outbox')
      .set((each) => ({ next_attempt_at: now + LEASE_MS, attempts: each('attempts', '+', 1) }))
      .where('id', '=', (each) =>
        each
          .selectFrom('mail_outbox as due')
          .select('due.id')
          .where('due.next_attempt_at', '<=', now)
          .where('due.message_jwe', '!=', SENT)
          .where('due.expires_at', '>', now)
          .orderBy('due.next_attempt_at')
          .orderBy('due.id')
          .limit(1),
      )
      .returningAll()
      .executeTakeFirst()
    return row === undefined ? undefined : toWaiting(row)
  })
}

type Row = Omit<Schema['mail_outbox'], 'id'> & { readonly id: number }

function toWaiting(row: Row): WaitingMail {
  const { message_jwe: text } = row
  return {
    id: row.id,
    kind: row.kind as MailKind,
    to: row.recipient,
    expiresAt: row.expires_at,
    attempts: row.attempts,
    lastFault: row.last_fault,
    body: text.startsWith('{') ? { notice: JSON.parse(text) as Notice } : { jwe: text },
  }
}

/** It was delivered. */
export async function markSent(store: Store, id: number): Promise<void> {
  await store.write((tx) =>
    tx.query
      .updateTable('mail_outbox')
      .set({ message_jwe: SENT, last_fault: null })
      .where('id', '=', id)
      .execute(),
  )
}

/** It is tried again, after a pause that doubles each time. */
export async function postpone(
  store: Store,
  now: EpochMs,
  { id, attempts }: Pick<WaitingMail, 'id' | 'attempts'>,
  fault: string,
): Promise<void> {
  await store.write((tx) =>
    tx.query
      .updateTable('mail_outbox')
      .set({ next_attempt_at: now + pauseAfter(attempts), last_fault: fault })
      .where('id', '=', id)
      .execute(),
  )
}

/** Milliseconds: 10 seconds, doubled with each failure, at most 10 minutes. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS)
}

export async function dropMail(tx: Transaction, id: number): Promise<void> {
  await tx.query.deleteFrom('mail_outbox').where('id', '=', id).execute()
}

/** Deletes what is over; resolves with those that were never delivered. */
export async function dropExpired(tx: Transaction, now: EpochMs): Promise<WaitingMail[]> {
  await tx.query
    .deleteFrom('mail_outbox')
    .where('message_jwe', '=', SENT)
    .where('created_at', '<=', now - HOUR_MS)
    .execute()
  const rows = await tx.query
    .deleteFrom('mail_outbox')
    .where('message_jwe', '!=', SENT)
    .where('expires_at', '<=', now)
    .returningAll()
    .execute()
  return rows.map(toWaiting)
}

export function mailOff(): LanyardError {
  return new LanyardError('ERR_MAIL_OFF', 'no mail server is set', {
    hint: 'set mail.server and mail.from, as docs/how-to/send-mail.md says',
  })
}
