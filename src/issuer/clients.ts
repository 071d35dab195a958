import type { ClientMetadata } from 'oidc-provider'
import { type ClientDefinition, isLoopbackRedirect } from '../clusters/index.ts'
import { TOKEN_EXCHANGE } from './exchange-request.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** A cluster, an application or the plugin as the engine's own client. */
export function clientMetadata(definition: ClientDefinition): ClientMetadata {
  const { clientId, kind, redirectUris, secretHash } = definition
  const isApplication = kind === 'application'
  return {
    client_id: clientId,
    client_name: definition.name,
    // RFC 8252 §7.3: only the engine's native clients may vary a loopback redirect's port.
    application_type: isNative(definition) ? 'native' : 'web',
    grant_types: [
      'authorization_code',
      'refresh_token',
      ...(isApplication ? [] : [DEVICE_CODE]),
      ...(kind === 'kubectl' ? [TOKEN_EXCHANGE] : []),
    ],
    response_types: ['code'],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...definition.postLogoutRedirectUris],
    id_token_signed_response_alg: definition.signingAlg,
    // The hash stands where the engine keeps a secret; `matchSecret` compares with it.
    ...(secretHash === null
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretHash }),
    ...(kind === 'kubectl' ? { dpop_bound_access_tokens: true } : {}),
  }
}

function isNative({ kind, redirectUris }: ClientDefinition): boolean {
  if (kind !== 'application') return true
  return redirectUris.length > 0 && redirectUris.every((uri) => isLoopbackRedirect(new URL(uri)))
}
