import type { Transaction } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'

/** What a mail is about; it chooses nothing but what the outbox says of it. */
export type MailKind = 'invitation' | 'reset' | 'email_change' | 'notice' | 'request'

export interface MailMessage {
  readonly kind: MailKind
  /** One address. */
  readonly to: string
  readonly subject: string
  /** Plain text; links stand on lines of their own. */
  readonly text: string
  /** After this nobody is helped by it any more. */
  readonly expiresAt: EpochMs
}

export interface Mail {
  /** False where no SMTP server is set: then links are handed over by hand, and notices are not sent. */
  readonly enabled: boolean
  /** Puts a mail into the outbox in somebody else's write; does nothing where mail is off. The mail is sealed before: see `seal`. */
  queue(tx: Transaction, sealed: SealedMessage): Promise<void>
  /** Encrypts a mail for the outbox: it may hold a link that signs somebody in. Await it before the write. */
  seal(message: MailMessage): Promise<SealedMessage>
  /** Sends what is due; resolves with how many were delivered. A refusal or an outage is tried again later, with longer pauses. */
  deliver(): Promise<number>
  /** Tries the server now: for `lanyard mail test`. Throws ERR_MAIL. */
  send(message: MailMessage): Promise<void>
  close(): void
}

/** A mail as the outbox keeps it. */
export interface SealedMessage {
  readonly kind: MailKind
  readonly to: string
  readonly jwe: string
  readonly expiresAt: EpochMs
}
