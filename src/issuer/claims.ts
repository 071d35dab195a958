import type { Admission } from './context.ts'
import type { GroupsClaim } from './live/groups-claim.ts'

export interface TokenFrame {
  readonly issuer: string
  readonly audience: string
  readonly jti: string
  /** Seconds. */
  readonly iat: number
  /** Seconds. */
  readonly exp: number
  readonly nonce?: string | undefined
  readonly atHash?: string | undefined
}

/** kube-apiserver is told to accept `kube` alone. */
const TOKEN_USE = { cluster: 'kube', application: 'application', kubectl: 'login' } as const

/**
 * The claims of a cluster's ID token: the same at login, refresh and exchange, whatever scopes were asked (threat 9), because
 * kube-apiserver has no userinfo to fall back on. `groups`, where it is there, is an array even when empty.
 */
export function idTokenClaims(
  admission: Admission,
  frame: TokenFrame,
  groups: GroupsClaim,
): Record<string, unknown> {
  const { authentication, profile } = admission
  const claims: Record<string, unknown> = {
    iss: frame.issuer,
    sub: admission.userId,
    aud: frame.audience,
    exp: frame.exp,
    iat: frame.iat,
    auth_time: Math.floor(authentication.at / 1000),
    jti: frame.jti,
    sid: profile.deviceId,
    amr: authentication.amr,
    acr: authentication.acr,
    token_use: TOKEN_USE[admission.target.kind],
    preferred_username: admission.username,
    name: profile.displayName,
    ...groups,
  }
  if (profile.email !== null) {
    claims['email'] = profile.email
    claims['email_verified'] = profile.emailVerified
  }
  if (frame.nonce !== undefined) claims['nonce'] = frame.nonce
  if (frame.atHash !== undefined) claims['at_hash'] = frame.atHash
  return claims
}

/** An application's ID token: what its person consented to, by scope (OpenID Connect Core §5.4). */
export function applicationClaims(
  admission: Admission,
  frame: TokenFrame,
  scopes: ReadonlySet<string>,
): Record<string, unknown> {
  const claims = idTokenClaims(admission, frame, { groups: admission.groups })
  if (!scopes.has('profile')) {
    delete claims['preferred_username']
    delete claims['name']
  }
  if (!scopes.has('email')) {
    delete claims['email']
    delete claims['email_verified']
  }
  if (!scopes.has('groups')) delete claims['groups']
  return claims
}
