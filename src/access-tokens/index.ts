/**
 * access-tokens: long-lived bearer tokens for clusters where OpenID Connect cannot be used.
 *
 * It owns their making, their checksum, listing, revoking and the import of token files. It refuses to keep a value: only its
 * hash is stored, and whether one lets anybody in is `access`'s to say.
 */
export { createAccessTokens } from './create-access-tokens.ts'
export type { LineFault } from './import-file.ts'
export { isTokenValue } from './token-value.ts'
export type {
  AccessToken,
  AccessTokenPolicy,
  AccessTokenReview,
  AccessTokens,
  ImportReport,
  ImportRequest,
  NewAccessToken,
} from './types.ts'
