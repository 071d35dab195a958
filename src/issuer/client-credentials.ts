import type { IncomingMessage } from 'node:http'
import type { Store } from '../../db/index.ts'
import { type Audit, recordEvent } from '../audit/index.ts'
import type { Clock } from '../errors/index.ts'
import { byOfRequest, peerOf } from '../http/index.ts'
import { type ApplicationMachine, countMachineRefusal, type Machines } from '../machines/index.ts'
import { ExchangeRefusal, refuseRepeated } from './exchange-request.ts'
import { newJti } from './jti.ts'
import { machineClaims } from './machine-claims.ts'
import type { Signer } from './signer.ts'
import type { SigningAlg } from './types.ts'

export const CLIENT_CREDENTIALS = 'client_credentials'

export interface ClientCredentialsRooms {
  readonly store: Store
  readonly clock: Clock
  readonly machines: Machines
  readonly signer: Signer
  readonly audit: Audit
  /** Without a trailing slash. */
  readonly issuer: string
  /** Seconds. */
  readonly idTokenLifetime: number
  readonly signingAlgOf: (clientId: string) => SigningAlg
}

const PARAMETERS = new Set(['grant_type', 'client_id', 'client_secret', 'audience'])

/**
 * RFC 6749 §4.4 for applications that an admin allowed it: the client's secret for an ID token of one cluster, which lets one
 * of the application's own groups in. Resolves with the members of the answer.
 */
export function createClientCredentials(rooms: ClientCredentialsRooms) {
  const { clock, machines, audit, issuer } = rooms

  async function refuse(
    req: IncomingMessage,
    code: ExchangeRefusal['code'],
    refused: { readonly reason: string; readonly sentence: string; readonly name: string | null },
    audience: string,
  ): Promise<never> {
    const known = refused.name === null ? null : { name: refused.name }
    await countMachineRefusal(audit, { ...refused, issuer: known }, peerOf(req), audience)
    throw new ExchangeRefusal(code, refused.sentence)
  }

  async function authenticate(
    req: IncomingMessage,
    body: URLSearchParams,
    audience: string,
  ): Promise<ApplicationMachine> {
    const { clientId, secret } = readClient(req, body)
    const client = await machines.applications.authenticate(clientId, secret)
    if (client === undefined) {
      const sentence = 'there is no such client, or this is not its secret'
      return refuse(req, 'invalid_client', { reason: 'client', sentence, name: null }, audience)
    }
    if (client.isAllowed) return client
    const sentence = `application ${client.name} may not come by itself: lanyard application client-credentials allows it`
    const { name } = client
    return refuse(req, 'unauthorized_client', { reason: 'not_allowed', sentence, name }, audience)
  }

  return async (req: IncomingMessage, body: URLSearchParams): Promise<object> => {
    refuseRepeated(body)
    for (const name of body.keys()) {
      if (!PARAMETERS.has(name)) {
        throw new ExchangeRefusal('invalid_request', 'a parameter is not supported')
      }
    }
    const audience = body.get('audience') ?? ''
    if (audience === '') throw new ExchangeRefusal('invalid_request', 'audience is missing')
    const { machineId, name } = await authenticate(req, body, audience)
    const decision = await machines.review(machineId, audience)
    if (decision.kind === 'refused') {
      const code = decision.reason === 'target_unknown' ? 'invalid_target' : 'access_denied'
      return refuse(req, code, { ...decision, name }, audience)
    }
    const { admission } = decision
    const iat = Math.floor(clock() / 1000)
    const jti = newJti(machineId)
    const frame = { issuer, audience, jti, iat, exp: iat + rooms.idTokenLifetime }
    const claims = machineClaims(admission, { ...frame, authenticatedAt: iat })
    const [token] = await Promise.all([
      rooms.signer.sign(rooms.signingAlgOf(audience), claims),
      rooms.store.write((tx) =>
        recordEvent(tx, clock, {
          type: 'machine.entered',
          by: byOfRequest(req, null),
          target: { kind: 'machine', id: machineId, name: admission.username },
          clientId: audience,
          detail: { cluster: admission.target.name, application: name, jti },
        }),
      ),
    ])
    return { access_token: token, token_type: 'Bearer', expires_in: rooms.idTokenLifetime }
  }
}

/** RFC 6749 §2.3: one way to authenticate, and no more. @throws ExchangeRefusal */
function readClient(
  { headers }: IncomingMessage,
  body: URLSearchParams,
): { readonly clientId: string; readonly secret: string } {
  const id = body.get('client_id')
  const secret = body.get('client_secret')
  if (headers.authorization === undefined) {
    return { clientId: id ?? '', secret: secret ?? '' }
  }
  const basic = readBasic(headers.authorization)
  if (basic === null || secret !== null || (id !== null && id !== basic.clientId)) {
    throw new ExchangeRefusal('invalid_client', 'the client says in two ways who it is')
  }
  return basic
}

/** RFC 6749 §2.3.1: each half is form-encoded. */
function readBasic(header: string): { clientId: string; secret: string } | null {
  const [, encoded = ''] = /^Basic ([A-Za-z\d+/=]{1,1024})$/i.exec(header) ?? []
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  if (id === undefined || rest.length === 0) return null
  try {
    const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))
    return { clientId: decode(id), secret: decode(rest.join(':')) }
  } catch {
    return null
  }
}
