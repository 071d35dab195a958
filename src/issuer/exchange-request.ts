import type { IncomingMessage } from 'node:http'
import { challengeOf, KUBECTL_CLIENT_ID, type Refusal, type SignInPolicy } from '../access/index.ts'
import { hasCode, LanyardError } from '../errors/index.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token'
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
/** RFC 8693 §3: what the token of an outside issuer may be called. */
const MACHINE_TOKEN_TYPES: ReadonlySet<string> = new Set([
  'urn:ietf:params:oauth:token-type:jwt',
  ID_TOKEN_TYPE,
])
const REFRESH_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:refresh_token'

/** RFC 8693 §2.1, as far as it is served. */
export interface ExchangeRequest {
  readonly subjectToken: string
  readonly audience: string
  readonly wants: 'id_token' | 'access_token'
}

/** RFC 6749 §5.2 and RFC 8693 §2.2.2, with the status each is answered with. */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  unauthorized_client: 400,
  invalid_grant: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  access_denied: 403,
  /** RFC 9470 §3, at a token endpoint: another sign-in would get what was asked for. */
  insufficient_user_authentication: 400,
  server_error: 500,
  temporarily_unavailable: 503,
} as const

/** A refusal in the words of OAuth; its message is a sentence for people. */
export class ExchangeRefusal extends Error {
  readonly code: keyof typeof STATUS
  readonly #needs: SignInPolicy | undefined

  constructor(code: keyof typeof STATUS, sentence: string, needs?: SignInPolicy) {
    super(sentence)
    this.code = code
    this.#needs = needs
  }

  /** Members of the answer beside error and sentence. */
  get challenge(): object {
    return this.#needs === undefined ? {} : challengeOf(this.#needs)
  }

  get status(): number {
    return STATUS[this.code]
  }

  static of(error: unknown): ExchangeRefusal {
    if (error instanceof ExchangeRefusal) return error
    if (error instanceof LanyardError && hasCode(error, 'ERR_DPOP_PROOF')) {
      return new ExchangeRefusal('invalid_dpop_proof', error.message)
    }
    if (error instanceof LanyardError && hasCode(error, 'ERR_TOKEN_TOO_LARGE')) {
      return new ExchangeRefusal('access_denied', error.message)
    }
    return new ExchangeRefusal('server_error', 'the server failed to answer: see its log')
  }

  static loginGone(): ExchangeRefusal {
    return new ExchangeRefusal('invalid_grant', 'this login has ended or was revoked: log in again')
  }

  /** A dead login asks for a new one; everything else is a matter for the admin, and logging in again would not help. */
  static ofDecision({ reason, sentence, needs }: Refusal): ExchangeRefusal {
    if (needs !== undefined) {
      return new ExchangeRefusal('insufficient_user_authentication', sentence, needs)
    }
    // A mismatch is the plugin's login asked for an application: another login would be refused as well.
    if (reason === 'target_unknown' || reason === 'device_mismatch') {
      return new ExchangeRefusal('invalid_target', sentence)
    }
    if (reason === 'not_in_group' || reason === 'user_disabled' || reason === 'name_reserved') {
      return new ExchangeRefusal('access_denied', sentence)
    }
    return new ExchangeRefusal('invalid_grant', sentence)
  }
}

/** What may stand in a request, and be named in its refusal. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'grant_type',
  'client_id',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
  'machine_rule',
])

const UNSUPPORTED = [
  'actor_token',
  'client_assertion',
  'client_assertion_type',
  'client_secret',
  'resource',
  'scope',
]

/** True where a machine stands at the door, with a token of its own issuer; the plugin's login is exchanged as ever. */
export function isMachineExchange(body: URLSearchParams): boolean {
  return (
    body.getAll('subject_token_type').some((type) => MACHINE_TOKEN_TYPES.has(type)) &&
    !body.getAll('client_id').includes(KUBECTL_CLIENT_ID)
  )
}

/** @throws ExchangeRefusal naming the parameter at fault */
export function parseExchange(req: IncomingMessage, body: URLSearchParams): ExchangeRequest {
  refuseRepeated(body)
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
  refuseUnsupported(body)
  const subjectToken = one('subject_token')
  const audience = one('audience')
  if (subjectToken === '') throw new ExchangeRefusal('invalid_request', 'subject_token is missing')
  if (audience === '') throw new ExchangeRefusal('invalid_request', 'audience is missing')
  return { subjectToken, audience, wants: wanted === ID_TOKEN_TYPE ? 'id_token' : 'access_token' }
}

export function refuseUnsupported(body: URLSearchParams): void {
  const name = UNSUPPORTED.find((each) => body.has(each))
  if (name !== undefined) throw new ExchangeRefusal('invalid_request', `"${name}" is not supported`)
}

/** RFC 6749 §3.2: no parameter may stand twice, or two readers of one request would see two requests. */
export function refuseRepeated(body: URLSearchParams): void {
  const seen = new Set<string>()
  for (const name of body.keys()) {
    if (seen.has(name)) {
      const known = PARAMETERS.has(name) ? `parameter "${name}"` : 'a parameter'
      throw new ExchangeRefusal('invalid_request', `${known} stands more than once`)
    }
    seen.add(name)
  }
}
