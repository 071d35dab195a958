import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClientDefinition } from '../clusters/index.ts'
import { type Clock, type DeviceId, messageOf, type UserId } from '../errors/index.ts'
import type { Outbound } from '../outbound/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { Signer } from './signer.ts'

/** An application that asks to hear of logouts. */
export type Listener = ClientDefinition & { readonly backchannelLogoutUri: string }

/** A login that ended; its id is the `sid` of its ID tokens. */
export interface EndedLogin {
  readonly userId: UserId
  readonly deviceId: DeviceId
}

/** `interrupted`: the server stopped first. */
export type DeliverLogout = (
  to: Listener,
  login: EndedLogin,
  signal: AbortSignal,
) => Promise<'told' | 'failed' | 'interrupted'>

/** Type of a logout token (OpenID Connect Back-Channel Logout §2.4). */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt'
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** §2.4 recommends two minutes at most: no later use is possible. */
const LOGOUT_TOKEN_SECONDS = 120
const TIMEOUT_MS = 5_000
const MAX_BYTES = 65_536
/** What is waited before the second and the third attempt. */
const RETRY_AFTER_MS = [1_000, 5_000]

/**
 * Delivers a logout token (OpenID Connect Back-Channel Logout §2.5) in at most three attempts. What an application refuses is
 * not sent again; a failure is a line in the log, for nobody waits for it.
 */
export function createDeliverLogout(rooms: {
  readonly signer: Pick<Signer, 'sign'>
  readonly outbound: Outbound
  readonly clock: Clock
  readonly log: Log
  readonly issuer: string
  readonly retryAfterMs?: readonly number[]
}): DeliverLogout {
  const { signer, outbound, clock, log, issuer, retryAfterMs = RETRY_AFTER_MS } = rooms

  async function attempt(to: Listener, login: EndedLogin, signal: AbortSignal): Promise<number> {
    const claims = logoutClaims({ issuer, audience: to.clientId, login, now: clock() })
    const token = await signer.sign(to.signingAlg, claims, { typ: LOGOUT_TOKEN_TYPE })
    const { status } = await outbound.ask({
      url: to.backchannelLogoutUri,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      certificateAuthority: null,
      loopbackHttp: true,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal,
    })
    return status
  }

  return async (to, login, signal) => {
    const facts = { application: to.name, user: login.userId, device: login.deviceId }
    for (let attempts = 1; ; attempts += 1) {
      const result = await attempt(to, login, signal).catch((error: unknown) => messageOf(error))
      if (result === 200 || result === 204) {
        log.info({ ...facts, attempts }, 'the application was told of a logout')
        return 'told'
      }
      if (signal.aborted) return 'interrupted'
      const reason = typeof result === 'number' ? `it answered ${result}` : result
      const delay = retryAfterMs[attempts - 1]
      if (delay === undefined || isRefusal(result)) {
        log.warn({ ...facts, attempts, reason }, 'the application could not be told of a logout')
        return 'failed'
      }
      await wait(delay, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

/** A second attempt at what was understood and refused would be refused too. */
function isRefusal(result: number | string): boolean {
  return typeof result === 'number' && result < 500 && result !== 429
}

/**
 * §2.4. It can pass as nothing else: without `preferred_username`, `token_use` and `groups` no apiserver reads a user in it, and
 * neither type nor `events` are an ID token's.
 */
function logoutClaims(token: {
  readonly issuer: string
  readonly audience: string
  readonly login: EndedLogin
  readonly now: number
}): Record<string, unknown> {
  const iat = Math.floor(token.now / 1000)
  return {
    iss: token.issuer,
    aud: token.audience,
    iat,
    exp: iat + LOGOUT_TOKEN_SECONDS,
    jti: randomBytes(16).toString('base64url'),
    sub: token.login.userId,
    sid: token.login.deviceId,
    events: { [LOGOUT_EVENT]: {} },
  }
}
