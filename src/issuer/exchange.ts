import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Store } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { type Clock, hasCode, LanyardError } from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import { idTokenClaims, newJti } from './claims.ts'
import type { Admission, Admissions } from './context.ts'
import type { Devices } from './devices.ts'
import { type DpopVerifier, useProof } from './dpop.ts'
import { findRefreshToken, type RefreshTokenRow } from './refresh-tokens.ts'
import { countRefusedEntry } from './refused-entry.ts'
import { sendJson } from './send-json.ts'
import type { Signer } from './signer.ts'
import type { SigningAlg } from './types.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const REFRESH_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:refresh_token'
const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token'
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/** What may stand in a request, and be named in its refusal. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'grant_type',
  'client_id',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
])

const UNSUPPORTED = [
  'actor_token',
  'client_assertion',
  'client_assertion_type',
  'client_secret',
  'resource',
  'scope',
]

/** How long the plugin may read its API with one access token, in seconds. */
const API_TOKEN_SECONDS = 300

/** RFC 6749 §5.2 and RFC 8693 §2.2.2, with the status each is answered with. */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  access_denied: 403,
  temporarily_unavailable: 503,
  server_error: 500,
} as const

type OAuthCode = keyof typeof STATUS

/** A refusal in the words of OAuth. It never leaves this file but as a response. */
class ExchangeRefusal extends Error {
  readonly code: OAuthCode

  constructor(code: OAuthCode, sentence: string) {
    super(sentence)
    this.code = code
  }
}

interface ExchangeRequest {
  readonly subjectToken: string
  readonly audience: string
  readonly wants: 'id_token' | 'access_token'
}

export interface ExchangeRooms {
  readonly store: Store
  readonly clock: Clock
  readonly admissions: Admissions
  readonly devices: Pick<Devices, 'entered' | 'state'>
  readonly dpop: DpopVerifier
  readonly signer: Signer
  readonly audit: Audit
  readonly log: Log
  /** Without a trailing slash. */
  readonly issuer: string
  /** Seconds. */
  readonly idTokenLifetime: number
  readonly signingAlgOf: (clientId: string) => SigningAlg
}

/**
 * RFC 8693 for the plugin: its DPoP-bound login for a cluster's ID token, or for an access token to the plugin's own API.
 * It stands beside the engine, which has no such grant, and shares the engine's rows, keys and the one decision.
 * `body` holds the parsed form; duplicates are refused here.
 */
export function createExchange(rooms: ExchangeRooms) {
  const { clock, issuer, log } = rooms
  const endpoint = `${issuer}/token`
  const apiAudience = `${issuer}/kubectl/v1`

  async function exchange(req: IncomingMessage, body: URLSearchParams): Promise<object> {
    const request = parseRequest(req, body)
    const login = await findLogin(request.subjectToken)
    const thumbprint = (await rooms.devices.state(login.deviceId))?.jkt ?? null
    if (thumbprint === null) throw loginGone()
    const proof = await rooms.dpop.verify(req.headers['dpop'], {
      method: 'POST',
      url: endpoint,
      thumbprint,
    })
    const admission = await decideOn(req, login, request)
    const seconds = idTokenSeconds(admission)
    const [token] = await Promise.all([
      request.wants === 'id_token'
        ? signIdToken(admission, request.audience, seconds)
        : signApiToken(admission, thumbprint),
      rooms.store.write(async (tx) => {
        await useProof(tx, proof)
        const { target } = admission
        if (target.kind === 'cluster') {
          await rooms.devices.entered(tx, login.deviceId, target.id, byOf(req, admission))
        }
      }),
    ])
    return request.wants === 'id_token'
      ? answer(token, ID_TOKEN_TYPE, 'N_A', seconds)
      : answer(token, ACCESS_TOKEN_TYPE, 'DPoP', API_TOKEN_SECONDS)
  }

  async function findLogin(subjectToken: string): Promise<RefreshTokenRow> {
    const row = await findRefreshToken(rooms.store, subjectToken)
    // RFC 8693 §2.1: the token, its type, its client and its life are all checked, and all answered alike.
    const living = row !== undefined && row.consumedAt === null && row.expiresAt > clock()
    if (!living || row.clientId !== KUBECTL_CLIENT_ID) throw loginGone()
    return row
  }

  async function decideOn(
    req: IncomingMessage,
    login: RefreshTokenRow,
    { audience, wants }: ExchangeRequest,
  ): Promise<Admission> {
    const forApi = wants === 'access_token'
    if (forApi !== (audience === apiAudience)) {
      throw new ExchangeRefusal('invalid_target', `an access token is for "${apiAudience}" alone`)
    }
    const decision = await rooms.admissions.admit({
      userId: login.userId,
      clientId: forApi ? KUBECTL_CLIENT_ID : audience,
      deviceId: login.deviceId,
    })
    if (decision.kind === 'admitted') {
      if (!forApi && decision.admission.target.kind !== 'cluster') {
        throw new ExchangeRefusal(
          'invalid_target',
          `"${audience}" is not the audience of a cluster`,
        )
      }
      return decision.admission
    }
    await countRefusedEntry(rooms.audit, req, { ...decision, client: audience })
    throw new ExchangeRefusal(oauthCodeOf(decision.reason), decision.sentence)
  }

  /** What is left of the login, at most: a cluster's token does not outlive what it was made from. */
  function idTokenSeconds({ device }: Admission): number {
    if (device === 'new') return rooms.idTokenLifetime
    const left = Math.floor(device.expiresAt / 1000) - Math.floor(clock() / 1000)
    return Math.min(rooms.idTokenLifetime, left)
  }

  function signIdToken(admission: Admission, audience: string, seconds: number): Promise<string> {
    const iat = Math.floor(clock() / 1000)
    const { device } = admission
    const deviceId = device === 'new' ? '' : device.id
    return rooms.signer.sign(
      rooms.signingAlgOf(audience),
      idTokenClaims(admission, {
        issuer,
        audience,
        jti: newJti(deviceId),
        iat,
        exp: iat + seconds,
      }),
    )
  }

  function signApiToken(admission: Admission, jkt: string): Promise<string> {
    const iat = Math.floor(clock() / 1000)
    const deviceId = admission.device === 'new' ? '' : admission.device.id
    // RFC 9068: `typ` keeps it from being taken for an ID token, its audience from every cluster.
    return rooms.signer.sign(
      'ES256',
      {
        iss: issuer,
        sub: admission.userId,
        aud: apiAudience,
        client_id: KUBECTL_CLIENT_ID,
        sid: deviceId,
        jti: newJti(deviceId),
        iat,
        exp: iat + API_TOKEN_SECONDS,
        cnf: { jkt },
      },
      { typ: 'at+jwt' },
    )
  }

  return async (
    req: IncomingMessage,
    res: ServerResponse,
    body: URLSearchParams,
  ): Promise<void> => {
    try {
      sendJson(res, 200, await exchange(req, body))
    } catch (error) {
      const refusal = refusalOf(error)
      const { requestId } = peerOf(req)
      if (refusal.code === 'server_error') log.error({ err: error, requestId }, 'exchange failed')
      else log.info({ requestId, error: refusal.code, reason: refusal.message }, 'exchange refused')
      sendJson(res, STATUS[refusal.code], {
        error: refusal.code,
        error_description: refusal.message,
        reference: requestId,
      })
    }
  }
}

function parseRequest(req: IncomingMessage, body: URLSearchParams): ExchangeRequest {
  // RFC 6749 §3.2: no parameter may stand twice, or two readers of one request would see two requests.
  for (const name of body.keys()) {
    if (body.getAll(name).length > 1) {
      const known = PARAMETERS.has(name) ? `parameter "${name}"` : 'a parameter'
      throw new ExchangeRefusal('invalid_request', `${known} stands more than once`)
    }
  }
  const one = (name: string): string => body.get(name) ?? ''
  if (req.headers.authorization !== undefined || one('client_id') !== KUBECTL_CLIENT_ID) {
    throw new ExchangeRefusal(
      'invalid_client',
      `only the public client "${KUBECTL_CLIENT_ID}" may exchange tokens`,
    )
  }
  if (one('subject_token_type') !== REFRESH_TOKEN_TYPE) {
    throw new ExchangeRefusal('invalid_request', `subject_token_type must be ${REFRESH_TOKEN_TYPE}`)
  }
  const wanted = one('requested_token_type') || ID_TOKEN_TYPE
  if (wanted !== ID_TOKEN_TYPE && wanted !== ACCESS_TOKEN_TYPE) {
    throw new ExchangeRefusal(
      'invalid_request',
      `requested_token_type must be ${ID_TOKEN_TYPE} or ${ACCESS_TOKEN_TYPE}`,
    )
  }
  for (const name of UNSUPPORTED) {
    if (body.has(name)) throw new ExchangeRefusal('invalid_request', `"${name}" is not supported`)
  }
  const subjectToken = one('subject_token')
  const audience = one('audience')
  if (subjectToken === '') throw new ExchangeRefusal('invalid_request', 'subject_token is missing')
  if (audience === '') throw new ExchangeRefusal('invalid_request', 'audience is missing')
  return { subjectToken, audience, wants: wanted === ID_TOKEN_TYPE ? 'id_token' : 'access_token' }
}

/** A dead login asks for a new one; everything else is a matter for the admin, and logging in again would not help. */
function oauthCodeOf(reason: string): OAuthCode {
  // A mismatch is the plugin's login asked for an application: another login would be refused as well.
  if (reason === 'target_unknown' || reason === 'device_mismatch') return 'invalid_target'
  if (reason === 'not_in_group' || reason === 'user_disabled' || reason === 'name_reserved') {
    return 'access_denied'
  }
  return 'invalid_grant'
}

function loginGone(): ExchangeRefusal {
  return new ExchangeRefusal('invalid_grant', 'this login has ended or was revoked: log in again')
}

function byOf(req: IncomingMessage, { userId, username }: Admission) {
  const { address, requestId } = peerOf(req)
  return { actor: { kind: 'user', userId, username }, address, requestId } as const
}

function refusalOf(error: unknown): ExchangeRefusal {
  if (error instanceof ExchangeRefusal) return error
  if (error instanceof LanyardError && hasCode(error, 'ERR_DPOP_PROOF')) {
    return new ExchangeRefusal('invalid_dpop_proof', error.message)
  }
  if (error instanceof LanyardError && hasCode(error, 'ERR_TOKEN_TOO_LARGE')) {
    return new ExchangeRefusal('access_denied', error.message)
  }
  return new ExchangeRefusal('server_error', 'the server failed to answer: see its log')
}

function answer(token: string, issuedType: string, tokenType: string, seconds: number): object {
  return {
    access_token: token,
    issued_token_type: issuedType,
    token_type: tokenType,
    expires_in: seconds,
  }
}
