import type { IncomingMessage } from 'node:http'
import type { Store } from '../../db/index.ts'
import type { MachineAdmission, MachineRefusalReason } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { type Clock, hasCode } from '../errors/index.ts'
import { byOfRequest, peerOf } from '../http/index.ts'
import {
  countMachineRefusal,
  enter,
  type Judgement,
  type MachineFaultReason,
  type Machines,
} from '../machines/index.ts'
import type { Log } from '../telemetry/index.ts'
import {
  ExchangeRefusal,
  ID_TOKEN_TYPE,
  refuseRepeated,
  refuseUnsupported,
} from './exchange-request.ts'
import { newJti } from './jti.ts'
import { machineClaims } from './machine-claims.ts'
import type { Signer } from './signer.ts'
import type { SigningAlg } from './types.ts'

/** May be said, and need not be: a machine has no secret to prove a client by. */
const MACHINE_CLIENT_ID = 'lanyard-machine'

export interface MachineExchangeRooms {
  readonly store: Store
  readonly clock: Clock
  readonly machines: Machines
  readonly signer: Signer
  readonly audit: Audit
  readonly log: Log
  /** Without a trailing slash. */
  readonly issuer: string
  readonly signingAlgOf: (clientId: string) => SigningAlg
}

/** Resolves with the members of the answer. */
export type MachineExchange = (req: IncomingMessage, body: URLSearchParams) => Promise<object>

interface MachineRequest {
  readonly subjectToken: string
  readonly audience: string
  readonly ruleName: string | undefined
}

type Matched = Extract<Judgement, { readonly kind: 'matched' }>

/**
 * RFC 8693 for machines: the token of an outside issuer, which a rule names, for an ID token of one cluster. The token is all
 * the proof there is, so nothing is kept from one exchange to the next: each begins with the token's bytes.
 */
export function createMachineExchange(rooms: MachineExchangeRooms): MachineExchange {
  const { clock, machines, audit, issuer } = rooms

  async function refuse(
    req: IncomingMessage,
    { audience }: MachineRequest,
    refused: {
      readonly reason: MachineFaultReason | MachineRefusalReason
      readonly sentence: string
      readonly issuer: { readonly name: string } | null
    },
  ): Promise<never> {
    await countMachineRefusal(audit, refused, peerOf(req), audience)
    throw new ExchangeRefusal(codeOf(refused.reason), refused.sentence)
  }

  async function judge(
    req: IncomingMessage,
    request: MachineRequest,
  ): Promise<{
    matched: Matched
    admission: MachineAdmission
  }> {
    const judgement = await machines.judge(request.subjectToken, request)
    if (judgement.kind === 'refused') {
      // The values are for the log: whoever brings a token need not learn what a rule wants.
      const rules = judgement.rules.map(({ rule, faults }) => ({ rule: rule.name, faults }))
      const { requestId } = peerOf(req)
      if (rules.length > 0) rooms.log.info({ requestId, rules }, 'no one rule matches a token')
      return refuse(req, request, judgement)
    }
    const { decision } = judgement
    if (decision.kind === 'refused') {
      return refuse(req, request, { ...decision, issuer: judgement.issuer })
    }
    return { matched: judgement, admission: decision.admission }
  }

  /** Of a token that may come again, what is made of it ends no later: there is always a fresh one. */
  function secondsFor({ rule, token, issuer: from }: Matched, iat: number): number {
    return from.singleUse ? rule.lifetime : Math.min(rule.lifetime, token.expiresAt - iat)
  }

  return async (req, body) => {
    const request = parseMachineExchange(req, body)
    const { matched, admission } = await judge(req, request)
    const { audience, name: cluster } = admission.target
    const iat = Math.floor(clock() / 1000)
    const seconds = secondsFor(matched, iat)
    const jti = newJti(admission.ruleId)
    const authenticatedAt = matched.token.issuedAt
    const frame = { issuer, audience, jti, iat, exp: iat + seconds, authenticatedAt }
    const by = byOfRequest(req, null)
    try {
      const [token] = await Promise.all([
        rooms.signer.sign(rooms.signingAlgOf(audience), machineClaims(admission, frame)),
        rooms.store.write((tx) => enter(tx, clock, matched, { cluster, audience, jti, by })),
      ])
      return {
        access_token: token,
        issued_token_type: ID_TOKEN_TYPE,
        token_type: 'N_A',
        expires_in: seconds,
      }
    } catch (error) {
      if (!(error instanceof Error) || !hasCode(error, 'ERR_TOKEN_REPLAYED')) throw error
      const { message: sentence } = error
      return refuse(req, request, { reason: 'replayed', sentence, issuer: matched.issuer })
    }
  }
}

/** @throws ExchangeRefusal naming the parameter at fault */
function parseMachineExchange(req: IncomingMessage, body: URLSearchParams): MachineRequest {
  refuseRepeated(body)
  const one = (name: string): string => body.get(name) ?? ''
  const clientId = body.get('client_id')
  if (
    req.headers.authorization !== undefined ||
    (clientId !== null && clientId !== MACHINE_CLIENT_ID)
  ) {
    throw new ExchangeRefusal(
      'invalid_client',
      `a machine is no client: leave client_id out, or say "${MACHINE_CLIENT_ID}"`,
    )
  }
  const wanted = one('requested_token_type') || ID_TOKEN_TYPE
  if (wanted !== ID_TOKEN_TYPE) {
    throw new ExchangeRefusal('invalid_request', `requested_token_type must be ${ID_TOKEN_TYPE}`)
  }
  refuseUnsupported(body)
  const subjectToken = one('subject_token')
  const audience = one('audience')
  if (subjectToken === '') throw new ExchangeRefusal('invalid_request', 'subject_token is missing')
  if (audience === '') throw new ExchangeRefusal('invalid_request', 'audience is missing')
  return { subjectToken, audience, ruleName: one('machine_rule') || undefined }
}

/** What is not the subject token's own fault. */
const CODES = new Map<MachineFaultReason | MachineRefusalReason, ExchangeRefusal['code']>([
  ['keys_unavailable', 'temporarily_unavailable'],
  ['no_rule', 'access_denied'],
  ['rule_unknown', 'access_denied'],
  ['rule_disabled', 'access_denied'],
  ['name_reserved', 'access_denied'],
  ['not_for_cluster', 'access_denied'],
  ['several_rules', 'invalid_request'],
  ['target_unknown', 'invalid_target'],
])

/** RFC 8693 §2.2.2: a bad subject token is invalid_request; Lanyard says invalid_grant, as for its own logins, and keeps to it. */
function codeOf(reason: MachineFaultReason | MachineRefusalReason): ExchangeRefusal['code'] {
  return CODES.get(reason) ?? 'invalid_grant'
}
