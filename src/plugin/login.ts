import { hostname } from 'node:os'
import * as oauth from 'oauth4webapi'
import { LanyardError } from '../errors/index.ts'
import { openBrowser, whyNoBrowser } from './browser.ts'
import type { Conversation } from './conversation.ts'
import { printable } from './conversation.ts'
import { createDeviceKey, importDeviceKey } from './device-key.ts'
import {
  ACR_PASSKEY,
  CLIENT,
  discover,
  explainRefusal,
  metadataOf,
  NO_SECRET,
} from './issuer-client.ts'
import type { Endpoints, Login } from './login-store.ts'
import { listenOnLoopback } from './loopback.ts'
import { CLIENT_ID } from './places.ts'
import type { Surroundings } from './surroundings.ts'
import type { IssuerFetch } from './transport.ts'

/** How a person proves who they are: in a browser on this device, or with a code in one anywhere. */
export type LoginWay = 'browser' | 'device' | 'choose'

export interface LoginContext {
  readonly around: Surroundings
  readonly conversation: Conversation
  readonly fetch: IssuerFetch
}

const SCOPE = 'openid offline_access'
export const LOGIN_MS = 5 * 60_000
const LONGEST_DEVICE_NAME = 64

/** What a login is for, beside being one. */
export interface LoginPurpose {
  /** The cluster whose policy it is to satisfy: its name or its audience. */
  readonly cluster?: string
  /** By a passkey, now. */
  readonly elevate?: boolean
  /** By whatever the person has, and now. */
  readonly fresh?: boolean
}

/** What the person will see in their list of devices. */
function deviceName({ elevate }: LoginPurpose): string {
  const host = printable(hostname()) || 'unnamed'
  const suffix = elevate ? ' (elevated)' : ''
  return `${host.slice(0, LONGEST_DEVICE_NAME - suffix.length)}${suffix}`
}

/** OpenID Connect Core §3.1.2.1: no sign-in from before this request is new enough for `max_age` 0. */
function wishes(purpose: LoginPurpose): Record<string, string> {
  const { cluster, elevate, fresh } = purpose
  return {
    scope: SCOPE,
    device_name: deviceName(purpose),
    ...(cluster === undefined ? {} : { cluster }),
    ...(elevate ? { acr_values: ACR_PASSKEY } : {}),
    ...(elevate || fresh ? { max_age: '0' } : {}),
  }
}

interface Attempt extends LoginContext {
  readonly endpoints: Endpoints
  readonly proof: oauth.DPoPHandle
  readonly purpose: LoginPurpose
}

async function loginInBrowser(attempt: Attempt): Promise<oauth.TokenEndpointResponse> {
  const { around, conversation, endpoints, proof, purpose, fetch } = attempt
  const metadata = metadataOf(endpoints)
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  let redirectUri: string
  let callback: URLSearchParams
  {
    await using loopback = await listenOnLoopback()
    redirectUri = loopback.redirectUri
    const url = new URL(endpoints.authorization)
    url.search = new URLSearchParams({
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: redirectUri,
      ...wishes(purpose),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      dpop_jkt: await proof.calculateThumbprint(),
    }).toString()
    // Not one of the conversation's bounded lines: cut short, the address would be worthless.
    around.say(`kubectl-lanyard: log in at ${url.href}`)
    if (!(await openBrowser(around, url.href))) {
      conversation.tell(
        'no browser would start: open the address above in one on this device, or use --device',
      )
    }
    callback = await loopback.answer({ state, issuer: endpoints.issuer, withinMs: LOGIN_MS })
  }
  const parameters = oauth.validateAuthResponse(metadata, CLIENT, callback, state)
  const response = await oauth.authorizationCodeGrantRequest(
    metadata,
    CLIENT,
    NO_SECRET,
    parameters,
    redirectUri,
    verifier,
    { DPoP: proof, [oauth.customFetch]: fetch },
  )
  return oauth.processAuthorizationCodeResponse(metadata, CLIENT, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
}

async function pollOnce(
  { endpoints, proof, fetch }: Attempt,
  deviceCode: string,
): Promise<oauth.TokenEndpointResponse | 'pending' | 'slow_down'> {
  const metadata = metadataOf(endpoints)
  try {
    const response = await oauth.deviceCodeGrantRequest(metadata, CLIENT, NO_SECRET, deviceCode, {
      DPoP: proof,
      [oauth.customFetch]: fetch,
    })
    return await oauth.processDeviceCodeResponse(metadata, CLIENT, response)
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) {
      if (error.error === 'authorization_pending') {
        return 'pending'
      }
      if (error.error === 'slow_down') {
        return 'slow_down'
      }
    }
    // RFC 8628 §3.5: a connection that fails is met with patience, not with the end of the login.
    if (error instanceof LanyardError && error.code === 'ERR_NETWORK') {
      return 'slow_down'
    }
    throw error
  }
}

async function loginByCode(attempt: Attempt): Promise<oauth.TokenEndpointResponse> {
  const { around, conversation, endpoints, fetch } = attempt
  const metadata = metadataOf(endpoints)
  if (endpoints.deviceAuthorization === null) {
    throw new LanyardError('ERR_ISSUER_METADATA', `${endpoints.issuer} offers no login by code`, {
      hint: 'log in with --browser',
    })
  }
  const code = await oauth.processDeviceAuthorizationResponse(
    metadata,
    CLIENT,
    await oauth.deviceAuthorizationRequest(metadata, CLIENT, NO_SECRET, wishes(attempt.purpose), {
      [oauth.customFetch]: fetch,
    }),
  )
  conversation.tell(`open ${code.verification_uri} in a browser on any device`)
  conversation.tell(`and enter the code ${code.user_code}`)
  const end = around.clock() + code.expires_in * 1000
  let intervalMs = (code.interval ?? 5) * 1000
  while (around.clock() + intervalMs < end) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
    const answer = await pollOnce(attempt, code.device_code)
    if (answer === 'slow_down') {
      // RFC 8628 §3.5: five seconds more for this and every later poll.
      intervalMs += 5000
    } else if (answer !== 'pending') {
      return answer
    }
  }
  throw new LanyardError('ERR_LOGIN_TIMEOUT', 'the code was not approved in time', {
    hint: 'try again for a new code',
  })
}

function chooseWay(way: LoginWay, { around, conversation }: LoginContext): 'browser' | 'device' {
  if (way !== 'choose') {
    return way
  }
  const reason = whyNoBrowser(around)
  if (reason !== null) {
    conversation.detail(`log in by code, for ${reason}`)
  }
  return reason === null ? 'browser' : 'device'
}

/**
 * Logs the person in with a new key and gives back the login, unsaved.
 *
 * @throws LanyardError ERR_REFUSED, ERR_LOGIN_TIMEOUT, ERR_ISSUER_METADATA, ERR_NETWORK, ERR_TLS
 */
export async function performLogin(
  issuer: string,
  way: LoginWay,
  context: LoginContext,
  purpose: LoginPurpose = {},
): Promise<Login> {
  const endpoints = await discover(issuer, context.fetch)
  const key = await createDeviceKey()
  const proof = oauth.DPoP(CLIENT, await importDeviceKey(key))
  const attempt = { ...context, endpoints, proof, purpose }
  try {
    const login = chooseWay(way, context) === 'browser' ? loginInBrowser : loginByCode
    const { refresh_token: refreshToken, token_type: tokenType } = await login(attempt)
    if (refreshToken === undefined || tokenType !== 'dpop') {
      throw new LanyardError(
        'ERR_ANSWER_INVALID',
        `${issuer} gave no login bound to this device's key`,
      )
    }
    return { issuer, client: CLIENT_ID, refreshToken, key, endpoints }
  } catch (error) {
    throw explainRefusal(error, issuer)
  }
}
