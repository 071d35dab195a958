import type { By, EpochMs, UserId } from '../errors/index.ts'
import type { User } from './types.ts'

export interface NewInvitation {
  /** Whoever accepts chooses one where it is left out. An invitation names a username or an address, or both. */
  readonly username?: string
  readonly email?: string
  readonly displayName?: string
  /** That whoever accepts will be in. */
  readonly groups: readonly string[]
  /** How long it may be accepted: 60 to 2,592,000 (30 days). */
  readonly lifetimeSeconds: number
  /** Whether it goes to the address by mail, where mail is on: yes unless told. */
  readonly byMail?: boolean
}

export interface Invitation {
  readonly id: string
  readonly username: string | null
  readonly email: string | null
  readonly displayName: string | null
  /** Those that still exist, in the order of names. */
  readonly groups: readonly string[]
  readonly state: 'open' | 'accepted' | 'revoked' | 'expired'
  readonly invitedBy: string
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
  /** Who accepted it. */
  readonly userId: UserId | null
}

export interface MadeInvitation {
  readonly invitation: Invitation
  /** Said once: only its hash is kept. */
  readonly code: string
  /** For handing over by hand: an address is not proved by it. */
  readonly link: string
  /** Whether a mail is on its way. */
  readonly mailed: boolean
}

/** What whoever holds the code may know before accepting. */
export interface OpenInvitation {
  readonly invitedBy: string
  readonly username: string | null
  readonly email: string | null
  readonly displayName: string | null
  /** Every group that accepting leads into, those around the invitation's own included. */
  readonly groups: readonly string[]
  readonly expiresAt: EpochMs
}

export interface Invitations {
  /**
   * @throws LanyardError ERR_INVITATION_FOR, ERR_INVITATION_LIFETIME, ERR_INVITATION_ADMIN, ERR_GROUP_UNKNOWN, ERR_USER_EXISTS, ERR_EMAIL,
   * ERR_MAIL_ADDRESS, ERR_DISPLAY_NAME, ERR_NAME_RESERVED, ERR_NAME_INVALID, ERR_NAME_RETIRED
   */
  create(invitation: NewInvitation, by: By): Promise<MadeInvitation>
  /** Newest first. */
  list(page?: {
    /** Only what is older than the invitation with this id. */
    readonly beforeId?: string
    /** 1 to 1,000; 100 unless told. */
    readonly limit?: number
    readonly openOnly?: boolean
  }): Promise<Invitation[]>
  /** @throws LanyardError ERR_INVITATION_UNKNOWN unless it is open */
  revoke(id: string, by: By): Promise<Invitation>
  /** The invitation that a link leads to, while it is open. */
  find(token: string): Promise<OpenInvitation | undefined>
  /**
   * Makes the account, once, in one transaction. The invitation's address is proved only where `token` came by mail.
   * @throws LanyardError ERR_INVITATION_CODE, ERR_PASSWORD, ERR_BUSY and those of `Users.add`
   */
  accept(
    acceptance: {
      readonly token: string
      /** Counts only where the invitation names none. */
      readonly username: string
      readonly password: string
    },
    by: By,
  ): Promise<User>
}
