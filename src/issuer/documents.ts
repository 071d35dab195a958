import type { JWK } from 'jose'
import { ACR } from '../access/index.ts'
import { ROUTES, SCOPE_CLAIMS } from './engine-configuration.ts'
import { TOKEN_EXCHANGE } from './exchange-request.ts'
import { liveIssuer } from './live/groups-answers.ts'

export interface Document {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** OpenID Connect Discovery §3 and RFC 8414 §2: only what is served. */
export function discoveryDocument(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: issuer + ROUTES.authorization,
    token_endpoint: issuer + ROUTES.token,
    jwks_uri: issuer + ROUTES.jwks,
    userinfo_endpoint: issuer + ROUTES.userinfo,
    revocation_endpoint: issuer + ROUTES.revocation,
    introspection_endpoint: issuer + ROUTES.introspection,
    end_session_endpoint: issuer + ROUTES.end_session,
    device_authorization_endpoint: issuer + ROUTES.device_authorization,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post', 'fragment'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      TOKEN_EXCHANGE,
    ],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    dpop_signing_alg_values_supported: ['ES256'],
    subject_types_supported: ['public'],
    scopes_supported: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims_supported: [
      ...Object.values(SCOPE_CLAIMS).flat(),
      ...['iss', 'aud', 'exp', 'iat', 'auth_time', 'jti', 'sid', 'amr', 'acr', 'token_use'],
    ],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    acr_values_supported: Object.values(ACR),
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}

/** The second issuer: what kube-apiserver must know to verify a groups JWT, and nothing that anyone could log in with. */
function liveDocument(issuer: string): object {
  return {
    issuer: liveIssuer(issuer),
    jwks_uri: issuer + ROUTES.jwks,
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  }
}

export function buildDocuments(
  issuer: string,
  published: readonly JWK[],
): ReadonlyMap<string, Document> {
  const discovery = document(discoveryDocument(issuer))
  return new Map([
    ['/.well-known/openid-configuration', discovery],
    ['/.well-known/oauth-authorization-server', discovery],
    ['/live/.well-known/openid-configuration', document(liveDocument(issuer))],
    [ROUTES.jwks, document({ keys: published })],
  ])
}

/**
 * Exactly `no-store`, and no Last-Modified: with anything else kube-apiserver keeps the JWKS and refuses a new key for a while.
 */
function document(content: object): Document {
  const body = Buffer.from(JSON.stringify(content))
  return {
    body,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(body.length),
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
      'X-Content-Type-Options': 'nosniff',
    },
  }
}
