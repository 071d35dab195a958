import * as oauth from 'oauth4webapi'
import { LanyardError } from '../errors/index.ts'
import { EARLY_MS } from './cached-token.ts'
import { type Conversation, printable } from './conversation.ts'
import { explainRefusal, NO_SECRET, readClaims } from './issuer-client.ts'
import { findMachineToken, type MachineToken } from './machine-source.ts'
import type { Surroundings } from './surroundings.ts'
import { createIssuerFetch } from './transport.ts'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const CLIENT: oauth.Client = { client_id: 'lanyard-machine', token_endpoint_auth_method: 'none' }

export interface MachineRequest {
  readonly issuer: string
  /** Of the cluster. */
  readonly audience: string
  /** The machine rule, where several match. */
  readonly rule: string | undefined
  /** PEM that alone is trusted for the issuer; null for what the system trusts. */
  readonly certificateAuthority: string | null
}

/**
 * A cluster's token for the machine that this runs on, by the token that it has of its own issuer (RFC 8693). Nothing is read
 * of a login and nothing kept on the disk, which in CI is anybody's next.
 *
 * @throws LanyardError ERR_MACHINE_TOKEN, ERR_REFUSED with the issuer's sentence
 */
export async function machineToken(
  request: MachineRequest,
  around: Surroundings,
  conversation: Conversation,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const { issuer, audience } = request
  const own = await findMachineToken(issuer, around, conversation)
  conversation.detail(`found the machine's token: ${own.place}`)
  refuseForeign(own, issuer)
  const now = around.clock()
  const answer = await exchange(request, own.token, around, conversation)
  const { iss, aud } = readClaims(answer.access_token)
  if (iss !== issuer || aud !== audience || answer.expires_in === undefined) {
    throw new LanyardError(
      'ERR_ANSWER_INVALID',
      `${issuer} answered with a token that is not for "${printable(audience)}"`,
    )
  }
  return {
    token: answer.access_token,
    expiresAt: now + Math.max(answer.expires_in * 1000 - EARLY_MS, 0),
  }
}

/** A kubeconfig names the issuer: it must not be able to send there what was made for somebody else. */
function refuseForeign({ token, place }: MachineToken, issuer: string): void {
  const { aud } = readClaims(token)
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audiences.includes(issuer)) return
  const named = audiences.filter((each) => typeof each === 'string').map(printable)
  throw new LanyardError(
    'ERR_MACHINE_TOKEN',
    `the token from ${place} is for ${named.join(', ') || 'nobody'}, and was not sent to ${issuer}`,
    { hint: `make it for the audience ${issuer}` },
  )
}

async function exchange(
  { issuer, audience, rule, certificateAuthority }: MachineRequest,
  token: string,
  around: Surroundings,
  conversation: Conversation,
): Promise<oauth.TokenEndpointResponse> {
  const fetch = createIssuerFetch(around, issuer, certificateAuthority, conversation)
  // Where it stands is documented (plugin-api.md): to discover it would double the requests of every command.
  const metadata = { issuer, token_endpoint: `${issuer}/token` }
  const form = {
    ...{ subject_token: token, subject_token_type: JWT, audience },
    ...(rule === undefined ? {} : { machine_rule: rule }),
  }
  try {
    const response = await oauth.genericTokenEndpointRequest(
      ...([metadata, CLIENT, NO_SECRET, TOKEN_EXCHANGE, form] as const),
      { [oauth.customFetch]: fetch },
    )
    if (response.status >= 500) throw await asFailure(response, issuer)
    return await oauth.processGenericTokenEndpointResponse(metadata, CLIENT, response, {
      recognizedTokenTypes: { n_a: () => undefined },
    })
  } catch (error) {
    throw asRefusal(error, issuer)
  }
}

/** RFC 6749 §5.2 knows no 5xx, so the library reads none: here it is an outside issuer that cannot be reached. */
async function asFailure(response: Response, issuer: string): Promise<LanyardError> {
  const body: unknown = await response.json().catch(() => null)
  const said = (body as { error_description?: unknown } | null)?.error_description
  const sentence = typeof said === 'string' ? printable(said) : `it answered ${response.status}`
  return new LanyardError('ERR_REFUSED', `${issuer} cannot answer now: ${sentence}`)
}

/** There is no login to renew: whatever the issuer refuses is for its admin, or for whoever wrote the job. */
function asRefusal(error: unknown, issuer: string): unknown {
  if (!(error instanceof oauth.ResponseBodyError)) return explainRefusal(error, issuer)
  const sentence = printable(error.error_description ?? `it answered "${error.error}"`)
  return new LanyardError('ERR_REFUSED', `${issuer} refused: ${sentence}`, { cause: error })
}
