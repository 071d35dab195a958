import type { AccessTokenState } from '../access/index.ts'
import type { AccessTokenId, By, EpochMs, UserId } from '../errors/index.ts'
import type { LineFault } from './import-file.ts'

/** The part of the configuration that this room reads. */
export interface AccessTokenPolicy {
  /** False: nobody makes new ones. Those that are there live on until they are revoked. */
  readonly allowed: boolean
  /** Seconds. */
  readonly maxLifetime: number
}

export interface AccessToken {
  readonly id: AccessTokenId
  readonly userId: UserId
  readonly username: string
  readonly name: string
  /** Its last characters; empty where it is too short to show any. */
  readonly hint: string
  readonly imported: boolean
  /** Names; null for every cluster that its owner may enter. */
  readonly clusters: readonly string[] | null
  /** Names; null for all of its owner's groups. */
  readonly groups: readonly string[] | null
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
  readonly revokedAt: EpochMs | null
  readonly lastUsedAt: EpochMs | null
  readonly lastAddress: string | null
}

export interface NewAccessToken {
  readonly userId: UserId
  readonly name: string
  readonly clusters: readonly string[] | null
  readonly groups: readonly string[] | null
  /** Seconds; the longest that is allowed where absent. */
  readonly lifetime?: number | undefined
}

/** Who an access token is at a cluster now. */
export type AccessTokenReview =
  | {
      readonly kind: 'authenticated'
      readonly tokenId: AccessTokenId
      readonly username: string
      readonly uid: string
      readonly groups: readonly string[]
      readonly expiresAt: EpochMs
    }
  | { readonly kind: 'refused'; readonly sentence: string }

export interface ImportRequest {
  /** The file's content. */
  readonly text: string
  /** Names of clusters that the tokens are good for; null for every one that their owners may enter. */
  readonly clusters: readonly string[] | null
  /** Seconds; the longest that is allowed where absent. */
  readonly lifetime?: number | undefined
  /** Looks, and changes nothing. */
  readonly dryRun: boolean
}

/** What an import found, and what it did: nothing where there are faults. */
export interface ImportReport {
  readonly faults: readonly LineFault[]
  readonly warnings: readonly LineFault[]
  /** How many lines are taken over. */
  readonly lines: number
  readonly usernames: readonly string[]
  readonly groups: readonly string[]
  readonly usersAdded: number
  /** Tokens or passwords; one that was there already is not counted. */
  readonly secretsAdded: number
}

export interface AccessTokens {
  /**
   * Takes over a static token file: its tokens go on as they are.
   * @throws LanyardError ERR_IMPORT_FILE, ERR_CLUSTER_UNKNOWN, ERR_TOKEN_LIFETIME, ERR_NAME_RETIRED
   */
  importTokenFile(request: ImportRequest, by: By): Promise<ImportReport>
  /** Takes over a password file. Throws ERR_IMPORT_FILE, ERR_NAME_RETIRED, ERR_BUSY. */
  importPasswordFile(request: Pick<ImportRequest, 'text' | 'dryRun'>, by: By): Promise<ImportReport>
  /**
   * Resolves with the value, which is never shown again.
   * @throws LanyardError ERR_FORBIDDEN, ERR_TOKEN_NAME, ERR_TOKEN_LIFETIME, ERR_TOKEN_GROUPS, ERR_TOKEN_CLUSTERS, ERR_TOKENS_FULL
   */
  create(
    token: NewAccessToken,
    by: By,
  ): Promise<{ readonly token: AccessToken; readonly value: string }>
  /** Living ones, the newest first; of everybody where no user is named. */
  list(filter?: { readonly userId?: UserId }): Promise<AccessToken[]>
  /** Whether there was such a living one; of this user alone where one is named. */
  revoke(id: string, by: By, owner?: UserId): Promise<boolean>
  /** Undefined for a value that is no access token of ours. Hot. */
  review(
    value: string,
    audience: string,
    address: string | null,
  ): Promise<AccessTokenReview | undefined>
}

/** A row as a review needs it. */
export interface FoundToken extends AccessTokenState {
  readonly importedUid: string | null
  readonly lastUsedAt: EpochMs | null
}
