import type { Transaction } from '../../db/index.ts'
import type { EpochMs } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'

/** What a mail is about; it chooses nothing but what the outbox says of it, and which budget it is counted in. */
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

/** A mail as the outbox keeps it. */
export interface SealedMessage {
  readonly kind: MailKind
  readonly to: string
  readonly jwe: string
  readonly expiresAt: EpochMs
}

export type NoticeKind =
  | 'device_signed_in'
  | 'email_changed'
  | 'factor_added'
  | 'factor_removed'
  | 'password_changed'
  | 'password_reset'
  | 'password_set'

/** What somebody is told of their own account. It holds no secret, so it needs no sealing, and is written out when it is sent. */
export interface Notice {
  readonly kind: NoticeKind
  readonly to: string
  readonly username: string
  /** The device, the factor or the new address, where the kind has one. */
  readonly about: string | null
  /** Where it was done from. */
  readonly address: string | null
  readonly at: EpochMs
}

/** What every mail names: whose it is, and where its links lead. */
export interface MailSite {
  readonly name: string
  /** Links are made from this alone, never from a request. */
  readonly issuer: string
}

/** How the server of the installation is reached. */
export interface MailSettings {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (`smtps`). */
  readonly implicitTls: boolean
  /** For `smtp`: whether TLS must begin before anything is said, or is not used at all. */
  readonly startTls: 'required' | 'never'
  readonly from: string
  readonly username: string | null
  /** A function, so that no print of the settings can show it. */
  readonly password: (() => string) | null
  /** A PEM file that the server's certificate is verified with, in place of the public ones. */
  readonly certificateAuthority: string | null
}

export interface Mail {
  /** False where no SMTP server is set: then links are handed over by hand, and notices are not sent. */
  readonly enabled: boolean
  readonly site: MailSite
  /**
   * Puts a mail into the outbox in somebody else's write. Resolves with false where it was not taken: mail is off, the outbox is full, or
   * this recipient has had enough for an hour. The mail is sealed before: see `seal`.
   */
  queue(tx: Transaction, sealed: SealedMessage): Promise<boolean>
  /**
   * Encrypts a mail for the outbox: it may hold a link that signs somebody in. Await it before the write.
   * @throws LanyardError ERR_MAIL_ADDRESS
   */
  seal(message: MailMessage): Promise<SealedMessage>
  /** `queue` for a notice; one whose address cannot be written to is not taken. */
  notify(tx: Transaction, notice: Notice): Promise<boolean>
  /** Sends what is due; resolves with how many were delivered. A refusal for now or an outage is tried again later, with longer pauses. */
  deliver(log: Pick<Log, 'info' | 'warn'>): Promise<number>
  /** Tries the server now: for `lanyard mail test`. @throws LanyardError ERR_MAIL, ERR_MAIL_OFF, ERR_MAIL_ADDRESS */
  send(message: MailMessage): Promise<void>
}
