import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Store, Transaction } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../errors/index.ts'
import { byOfRequest, peerOf, sendJson } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import { idTokenClaims } from './claims.ts'
import { type Admission, type Admissions, tokenEnd } from './context.ts'
import type { Devices, LoginState } from './devices.ts'
import { type DpopProof, type DpopVerifier, useProof } from './dpop.ts'
import {
  ACCESS_TOKEN_TYPE,
  ExchangeRefusal,
  type ExchangeRequest,
  ID_TOKEN_TYPE,
  isMachineExchange,
  parseExchange,
  TOKEN_EXCHANGE,
} from './exchange-request.ts'
import { newJti } from './jti.ts'
import type { GroupsClaims } from './live/groups-claim.ts'
import type { MachineExchange } from './machine-exchange.ts'
import { findRefreshToken } from './refresh-tokens.ts'
import { countRefusedEntry } from './refused-entry.ts'
import type { Signer } from './signer.ts'
import type { SigningAlg } from './types.ts'

/** How long the plugin may read its API with one access token, in seconds. */
const API_TOKEN_SECONDS = 300

export interface ExchangeRooms {
  readonly store: Store
  readonly clock: Clock
  readonly admissions: Admissions
  readonly devices: Pick<Devices, 'entered' | 'state' | 'touch'>
  readonly dpop: DpopVerifier
  readonly signer: Signer
  readonly groupsClaims: GroupsClaims
  readonly audit: Audit
  readonly log: Log
  /** Without a trailing slash. */
  readonly issuer: string
  /** Seconds. */
  readonly idTokenLifetime: number
  readonly signingAlgOf: (clientId: string) => SigningAlg
  readonly machineExchange: MachineExchange
  readonly clientCredentials: MachineExchange
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

  /** Each parses the whole of it, and refuses what is another's. */
  function answerTo(req: IncomingMessage, body: URLSearchParams): Promise<object> {
    if (!body.getAll('grant_type').includes(TOKEN_EXCHANGE)) {
      return rooms.clientCredentials(req, body)
    }
    return isMachineExchange(body) ? rooms.machineExchange(req, body) : exchange(req, body)
  }

  async function exchange(req: IncomingMessage, body: URLSearchParams): Promise<object> {
    const request = parseExchange(req, body)
    const { device, thumbprint } = await findLogin(request.subjectToken)
    const proof = await rooms.dpop.verify(req.headers['dpop'], {
      method: 'POST',
      url: endpoint,
      thumbprint,
    })
    const admission = await decideOn(req, device, request)
    const seconds = idTokenSeconds(admission, device)
    const jti = newJti(device.id)
    const [token] = await Promise.all([
      request.wants === 'id_token'
        ? signIdToken(admission, device, { audience: request.audience, seconds, jti })
        : signApiToken(admission, device, thumbprint),
      rooms.store.write((tx) => recordUse(tx, { req, proof, device, admission, jti })),
    ])
    return request.wants === 'id_token'
      ? answer(token, ID_TOKEN_TYPE, 'N_A', seconds)
      : answer(token, ACCESS_TOKEN_TYPE, 'DPoP', API_TOKEN_SECONDS)
  }

  async function findLogin(
    subjectToken: string,
  ): Promise<{ readonly device: LoginState; readonly thumbprint: string }> {
    const row = await findRefreshToken(rooms.store, subjectToken)
    // RFC 8693 §2.1: the token, its type, its client and its life are all checked, and all answered alike.
    const living = row !== undefined && row.consumedAt === null && row.expiresAt > clock()
    if (!living || row.clientId !== KUBECTL_CLIENT_ID) throw ExchangeRefusal.loginGone()
    const device = await rooms.devices.state(row.deviceId)
    if (device === undefined || device.jkt === null) throw ExchangeRefusal.loginGone()
    return { device, thumbprint: device.jkt }
  }

  async function decideOn(
    req: IncomingMessage,
    device: LoginState,
    { audience, wants }: ExchangeRequest,
  ): Promise<Admission> {
    const forApi = wants === 'access_token'
    if (forApi !== (audience === apiAudience)) {
      throw new ExchangeRefusal('invalid_target', `an access token is for "${apiAudience}" alone`)
    }
    const decision = await rooms.admissions.admit({
      userId: device.userId,
      clientId: forApi ? KUBECTL_CLIENT_ID : audience,
      device,
    })
    if (decision.kind === 'refused') {
      await countRefusedEntry(rooms.audit, req, { ...decision, client: audience })
      throw ExchangeRefusal.ofDecision(decision)
    }
    if (!forApi && decision.admission.target.kind !== 'cluster') {
      throw new ExchangeRefusal('invalid_target', `"${audience}" is not the audience of a cluster`)
    }
    return decision.admission
  }

  /** One commit: the proof is spent, the device was used, and its first entry into a cluster is recorded. */
  async function recordUse(
    tx: Transaction,
    use: {
      readonly req: IncomingMessage
      readonly proof: DpopProof
      readonly device: LoginState
      readonly admission: Admission
      /** Of the ID token that is made beside it. */
      readonly jti: string
    },
  ): Promise<void> {
    const { target } = use.admission
    const by = byOfRequest(use.req, use.admission)
    await useProof(tx, use.proof)
    await rooms.devices.touch(tx, use.device, by.address)
    if (target.kind === 'cluster') {
      await rooms.devices.entered(tx, use.device, { cluster: target, jti: use.jti, by })
    }
  }

  /** A cluster's token does not outlive what it was made from. */
  function idTokenSeconds(admission: Admission, device: LoginState): number {
    const iat = Math.floor(clock() / 1000)
    return tokenEnd(iat + rooms.idTokenLifetime, admission, device) - iat
  }

  async function signIdToken(
    admission: Admission,
    { id }: LoginState,
    {
      audience,
      seconds,
      jti,
    }: { readonly audience: string; readonly seconds: number; readonly jti: string },
  ): Promise<string> {
    const iat = Math.floor(clock() / 1000)
    const exp = iat + seconds
    const frame = { issuer, audience, jti, iat, exp }
    const groups = await rooms.groupsClaims.claimFor(admission, { deviceId: id, exp })
    return rooms.signer.sign(rooms.signingAlgOf(audience), idTokenClaims(admission, frame, groups))
  }

  function signApiToken({ userId }: Admission, { id }: LoginState, jkt: string): Promise<string> {
    const iat = Math.floor(clock() / 1000)
    const claims = {
      iss: issuer,
      sub: userId,
      aud: apiAudience,
      client_id: KUBECTL_CLIENT_ID,
      sid: id,
      jti: newJti(id),
      iat,
      exp: iat + API_TOKEN_SECONDS,
      cnf: { jkt },
    }
    // RFC 9068: `typ` keeps it from being taken for an ID token, its audience from every cluster.
    return rooms.signer.sign('ES256', claims, { typ: 'at+jwt' })
  }

  return async (
    req: IncomingMessage,
    res: ServerResponse,
    body: URLSearchParams,
  ): Promise<void> => {
    try {
      sendJson(res, 200, await answerTo(req, body))
    } catch (error) {
      const refusal = ExchangeRefusal.of(error)
      const { requestId } = peerOf(req)
      if (refusal.code === 'server_error') log.error({ err: error, requestId }, 'exchange failed')
      else log.info({ requestId, error: refusal.code, reason: refusal.message }, 'exchange refused')
      sendJson(res, refusal.status, {
        error: refusal.code,
        error_description: refusal.message,
        ...refusal.challenge,
        reference: requestId,
      })
    }
  }
}

function answer(token: string, issuedType: string, tokenType: string, seconds: number): object {
  return {
    access_token: token,
    issued_token_type: issuedType,
    token_type: tokenType,
    expires_in: seconds,
  }
}
