import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { By, EpochMs, UserId } from '../../errors/index.ts'
import type { KnownBrowser, Subject } from '../types.ts'

export interface Passkey {
  /** The credential id, base64url. */
  readonly id: string
  readonly name: string
  readonly backedUp: boolean
  readonly createdAt: EpochMs
  readonly lastUsedAt: EpochMs | null
}

/** Everything that one person can sign in with. */
export interface FactorList {
  readonly password: boolean
  readonly passkeys: readonly Passkey[]
  /** Whether one-time codes are set up and confirmed. */
  readonly oneTimeCode: boolean
  readonly recoveryCodesLeft: number
}

/** Who tries, from where: every flow and factor counts in the same budgets as passwords do. */
export interface FactorAttempt {
  readonly userId: UserId
  readonly address: string | null
  readonly browser: KnownBrowser | null
  readonly requestId?: string | null
}

export type FactorResult =
  | { readonly kind: 'ok'; readonly subject: Subject }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }

/**
 * Challenges are stateless: random bytes, an end and a MAC over both and `binding`, which names this browser (its CSRF seed). Nothing is
 * stored for a visitor; one that was answered well is spent by one conditional insert, so an answer counts once.
 */
export interface Passkeys {
  registrationOptions(
    userId: UserId,
    binding: string,
  ): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** Throws ERR_PASSKEY for a wrong origin, no user verification, a spent or foreign challenge; ERR_PASSKEY_EXISTS; ERR_FACTORS_MANY. */
  register(
    registration: {
      readonly userId: UserId
      readonly binding: string
      readonly name: string
      readonly response: RegistrationResponseJSON
    },
    by: By,
  ): Promise<Passkey>
  /** For anybody (discoverable credentials; conditional UI) where `userId` is null, else for this person's own passkeys. */
  signInOptions(
    userId: UserId | null,
    binding: string,
  ): Promise<PublicKeyCredentialRequestOptionsJSON>
  /** `userId` null: whoever the credential belongs to. Wrong origin, UV=0, another's credential, replay, disabled: `wrong`. */
  verify(answer: {
    readonly userId: UserId | null
    readonly binding: string
    readonly response: AuthenticationResponseJSON
    readonly address: string | null
    readonly requestId?: string | null
  }): Promise<FactorResult>
  /** Throws ERR_PASSKEY_UNKNOWN, ERR_PASSKEY_NAME. */
  rename(userId: UserId, passkeyId: string, name: string, by: By): Promise<void>
  /** Throws ERR_PASSKEY_UNKNOWN, ERR_LAST_WAY_IN. */
  remove(userId: UserId, passkeyId: string, by: By): Promise<void>
}

export interface OneTimeCodes {
  /** Begins, or begins anew, what counts only after `confirm`. Throws ERR_CODE_EXISTS while confirmed ones are there. */
  begin(userId: UserId): Promise<{
    /** Base32, for typing. */
    readonly secret: string
    /** `otpauth://` */
    readonly uri: string
    /** A whole SVG document. */
    readonly qr: string
  }>
  /** Throws ERR_CODE_WRONG, ERR_CODE_NOT_BEGUN. */
  confirm(userId: UserId, code: string, by: By): Promise<void>
  /** A code counts once, whichever of two requests comes first (RFC 6238 §5.2). */
  verify(attempt: FactorAttempt & { readonly code: string }): Promise<FactorResult>
  /** Never the last way in: it only ever stood beside a password. Throws ERR_CODE_UNKNOWN. */
  remove(userId: UserId, by: By): Promise<void>
}

export interface RecoveryCodes {
  /** Ten new ones, shown once; older ones die. */
  renew(userId: UserId, by: By): Promise<readonly string[]>
  verify(attempt: FactorAttempt & { readonly code: string }): Promise<FactorResult>
}

export interface Factors {
  of(userId: UserId): Promise<FactorList>
  readonly passkeys: Passkeys
  readonly oneTimeCodes: OneTimeCodes
  readonly recoveryCodes: RecoveryCodes
  /**
   * After the whole sign-in: the account's and this browser's budgets begin anew. A right password alone does not reset them where a second
   * factor is due, or whoever knows the password could guess codes without end.
   */
  completed(userId: UserId, browser: KnownBrowser | null): Promise<void>
  /**
   * An admin's help for somebody who lost everything: passkeys, codes and recovery codes go, and browser sessions end. It may leave them
   * without a way in: a password is set, or a link made, besides.
   */
  removeAll(userId: UserId, by: By): Promise<void>
}
