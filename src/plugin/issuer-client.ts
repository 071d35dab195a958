import * as oauth from 'oauth4webapi'
import { LanyardError, messageOf } from '../errors/index.ts'
import { type CachedToken, EARLY_MS } from './cached-token.ts'
import { printable } from './conversation.ts'
import { importDeviceKey } from './device-key.ts'
import type { Endpoints, Login } from './login-store.ts'
import { CLIENT_ID } from './places.ts'
import type { IssuerFetch } from './transport.ts'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** What an elevation asks for. */
export const ACR_PASSKEY = 'urn:lanyard:acr:passkey'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'

export const CLIENT: oauth.Client = { client_id: CLIENT_ID, token_endpoint_auth_method: 'none' }
export const NO_SECRET = oauth.None()

/** The part of the issuer's metadata that oauth4webapi needs, from what was kept at login. */
export function metadataOf(endpoints: Endpoints): oauth.AuthorizationServer {
  return {
    issuer: endpoints.issuer,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    // RFC 9207 §2.4: Lanyard always says who answered, so an answer that does not is not Lanyard's.
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    ...(endpoints.deviceAuthorization && {
      device_authorization_endpoint: endpoints.deviceAuthorization,
    }),
    ...(endpoints.revocation && { revocation_endpoint: endpoints.revocation }),
  }
}

function endpointUnder(issuer: string, name: string, value: string | undefined): string | null {
  if (value === undefined) {
    return null
  }
  if (!URL.canParse(value) || new URL(value).origin !== new URL(issuer).origin) {
    throw new LanyardError(
      'ERR_ISSUER_METADATA',
      `${issuer} names a ${name} at another address: "${printable(value)}"`,
    )
  }
  return value
}

/** Reads where the issuer's endpoints are. Throws ERR_ISSUER_METADATA where the answer is not this issuer's. */
export async function discover(issuer: string, fetch: IssuerFetch): Promise<Endpoints> {
  const url = new URL(issuer)
  const answer = await oauth.discoveryRequest(url, { [oauth.customFetch]: fetch })
  let metadata: oauth.AuthorizationServer
  try {
    metadata = await oauth.processDiscoveryResponse(url, answer)
  } catch (cause) {
    throw new LanyardError('ERR_ISSUER_METADATA', `${issuer} does not answer as an issuer`, {
      cause,
      hint: 'is this the exact issuer URL that the admin gave you?',
    })
  }
  const at = (name: string, value: string | undefined) => endpointUnder(issuer, name, value)
  const authorization = at('authorization_endpoint', metadata.authorization_endpoint)
  const token = at('token_endpoint', metadata.token_endpoint)
  if (authorization === null || token === null) {
    throw new LanyardError(
      'ERR_ISSUER_METADATA',
      `${issuer} names no authorization or token endpoint`,
    )
  }
  return {
    issuer,
    authorization,
    token,
    deviceAuthorization: at(
      'device_authorization_endpoint',
      metadata.device_authorization_endpoint,
    ),
    revocation: at('revocation_endpoint', metadata.revocation_endpoint),
  }
}

const INSUFFICIENT = 'insufficient_user_authentication'
const REFUSALS: Readonly<Record<string, `ERR_${string}`>> = {
  invalid_grant: 'ERR_LOGIN_GONE',
  // RFC 9470 §3
  [INSUFFICIENT]: 'ERR_SIGN_IN_WEAK',
}

/** Whether the issuer asks for a passkey and nothing less (RFC 9470 §3). */
export function asksForPasskey(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown }
  const { acr_values: values } = Object(
    cause instanceof oauth.ResponseBodyError ? cause.cause : cause,
  ) as { acr_values?: unknown }
  return values === ACR_PASSKEY
}

/** Turns what an issuer refused into its own sentence; anything else stays what it is. */
export function explainRefusal(error: unknown, issuer: string): unknown {
  if (
    error instanceof oauth.ResponseBodyError ||
    error instanceof oauth.AuthorizationResponseError
  ) {
    const sentence = printable(error.error_description ?? `it answered "${error.error}"`)
    const code = REFUSALS[error.error] ?? 'ERR_REFUSED'
    return new LanyardError(code, `${issuer} refused: ${sentence}`, {
      cause: error,
      ...(error.error === 'invalid_dpop_proof' && { hint: "set this device's clock" }),
    })
  }
  if (error instanceof LanyardError || error instanceof TypeError) {
    return error
  }
  const clock =
    error instanceof Error && 'code' in error && error.code === oauth.JWT_TIMESTAMP_CHECK
  return new LanyardError(
    'ERR_ANSWER_INVALID',
    `${issuer} gave an answer that is not valid: ${printable(messageOf(error))}`,
    { cause: error, ...(clock && { hint: "is this device's clock right?" }) },
  )
}

async function exchange(
  login: Login,
  parameters: Readonly<Record<string, string>>,
  tokenType: 'n_a' | 'dpop',
  fetch: IssuerFetch,
): Promise<{ answer: oauth.TokenEndpointResponse; proof: oauth.DPoPHandle }> {
  const proof = oauth.DPoP(CLIENT, await importDeviceKey(login.key))
  const metadata = metadataOf(login.endpoints)
  const form = {
    subject_token: login.refreshToken,
    subject_token_type: `${TOKEN_TYPE}refresh_token`,
    ...parameters,
  }
  try {
    const response = await oauth.genericTokenEndpointRequest(
      metadata,
      CLIENT,
      NO_SECRET,
      TOKEN_EXCHANGE,
      form,
      { DPoP: proof, [oauth.customFetch]: fetch },
    )
    const answer = await oauth.processGenericTokenEndpointResponse(metadata, CLIENT, response, {
      recognizedTokenTypes: { n_a: () => undefined },
    })
    if (answer.token_type !== tokenType) {
      throw new TypeError(`token_type is "${answer.token_type}"`)
    }
    return { answer, proof }
  } catch (error) {
    throw explainRefusal(error, login.issuer)
  }
}

/** The claims of a token that came straight from its issuer over TLS (OpenID Connect Core 1.0 §3.1.3.7, 6). */
export function readClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
    )
    return typeof claims === 'object' && claims !== null ? { ...claims } : {}
  } catch {
    return {}
  }
}

/**
 * Exchanges the login for one cluster's ID token (RFC 8693), in one round trip.
 *
 * @throws LanyardError ERR_LOGIN_GONE when the login is dead, ERR_REFUSED with the issuer's sentence
 */
export async function exchangeForCluster(
  login: Login,
  audience: string,
  fetch: IssuerFetch,
  now: number,
): Promise<CachedToken> {
  const { answer } = await exchange(login, { audience }, 'n_a', fetch)
  const { iss, aud, exp, iat } = readClaims(answer.access_token)
  const seconds = Math.min(Number(answer.expires_in), Number(exp) - Number(iat))
  if (iss !== login.issuer || aud !== audience || Number.isNaN(seconds)) {
    throw new LanyardError(
      'ERR_ANSWER_INVALID',
      `${login.issuer} answered with a token that is not for "${printable(audience)}"`,
    )
  }
  return {
    issuer: login.issuer,
    client: CLIENT_ID,
    audience,
    token: answer.access_token,
    obtainedAt: now,
    // From this device's own clock before the request, so that a clock that is wrong still measures the lifetime right.
    expiresAt: now + seconds * 1000 - EARLY_MS,
  }
}

/** Asks one resource of the issuer's API as this login's person: GET, or POST where there is a body. */
export type ApiCall = (name: string, body?: object) => Promise<unknown>

/** Reads one document of the issuer's API (`clusters`, `devices`). */
export async function readApi(login: Login, name: string, fetch: IssuerFetch): Promise<unknown> {
  return (await openApi(login, fetch))(name)
}

/** One exchange for an access token, with which several resources can be asked. */
export async function openApi(login: Login, fetch: IssuerFetch): Promise<ApiCall> {
  const base = `${login.issuer}/kubectl/v1`
  const { answer, proof } = await exchange(
    login,
    { audience: base, requested_token_type: `${TOKEN_TYPE}access_token` },
    'dpop',
    fetch,
  )
  return async (name, body) => {
    try {
      const response = await oauth.protectedResourceRequest(
        answer.access_token,
        body === undefined ? 'GET' : 'POST',
        new URL(`${base}/${name}`),
        new Headers(body === undefined ? {} : { 'content-type': 'application/json' }),
        body === undefined ? undefined : JSON.stringify(body),
        { DPoP: proof, [oauth.customFetch]: fetch },
      )
      if (response.status !== 200) {
        throw await refusalOf(response, login.issuer, name)
      }
      return await response.json()
    } catch (error) {
      if (error instanceof oauth.WWWAuthenticateChallengeError) {
        throw await refusalOf(error.response, login.issuer, name)
      }
      throw explainRefusal(error, login.issuer)
    }
  }
}

/** In the issuer's own words, where it has any. */
async function refusalOf(response: Response, issuer: string, name: string): Promise<LanyardError> {
  const said: unknown = await response.json().catch(() => null)
  const answered = Object(said) as Partial<Record<string, unknown>>
  const { error, error_description: sentence, hint } = answered
  if (typeof sentence !== 'string') {
    return new LanyardError('ERR_REFUSED', `${issuer} answered ${response.status} to ${name}`)
  }
  const code = error === INSUFFICIENT ? 'ERR_SIGN_IN_WEAK' : 'ERR_REFUSED'
  return new LanyardError(code, `${issuer} refused: ${printable(sentence)}`, {
    cause: answered,
    ...(typeof hint === 'string' && { hint: printable(hint) }),
  })
}

/** Ends a login at its issuer (RFC 7009). */
export async function revoke(login: Login, fetch: IssuerFetch): Promise<void> {
  const response = await oauth.revocationRequest(
    metadataOf(login.endpoints),
    CLIENT,
    NO_SECRET,
    login.refreshToken,
    { additionalParameters: { token_type_hint: 'refresh_token' }, [oauth.customFetch]: fetch },
  )
  try {
    await oauth.processRevocationResponse(response)
  } catch (error) {
    throw explainRefusal(error, login.issuer)
  }
}
