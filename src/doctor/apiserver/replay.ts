import { expandDistributedClaims } from './distributed-claims.ts'
import { discover, discoveryUrlOf } from './documents.ts'
import { type GoJson, goQuote } from './go-json.ts'
import { Journal, Refusal, Undecided } from './journal.ts'
import { untrustedIssuer } from './jws.ts'
import { mapUser } from './map-user.ts'
import { checkRules } from './rules.ts'
import type { JwtAuthenticator, Replay, ReplayInput, UserInfo, Verdict } from './types.ts'
import { type Recorder, verifyToken } from './verify-token.ts'

/** Go's server reads 1 MiB of header and a little more. */
const MAX_HEADER_BYTES = 1_048_576 + 4096

/**
 * What kube-apiserver does with a bearer token, in its own order, as one that was just started and whose verifiers are ready.
 * Answers for its JWT authenticators alone: service accounts, webhooks and static tokens are asked as well by the real one.
 */
export async function replayToken(input: ReplayInput): Promise<Replay> {
  const journal = new Journal()
  const end = (verdict: Verdict, rest: Partial<Replay> = {}): Replay => ({
    ...{ steps: journal.steps, verdict, authenticator: null, claimsEndpoint: null },
    ...rest,
  })
  if (input.settings.refusal !== null) {
    return end({
      kind: 'undecided',
      reason: `kube-apiserver does not start with this configuration: ${input.settings.refusal}`,
    })
  }
  const token = readHeader(input.token, journal)
  if (typeof token !== 'string') return end(token)
  const authenticator = matchIssuer(token, input.settings.authenticators, journal)
  if (authenticator === null) {
    return end({ kind: 'refused', log: 'invalid bearer token', client: 'Unauthorized' })
  }
  let claimsEndpoint: string | null = null
  try {
    const user = await authenticate(token, authenticator, input, journal, (endpoint) => {
      claimsEndpoint = endpoint
    })
    return end({ kind: 'authenticated', user }, { authenticator, claimsEndpoint })
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === null) throw error
    return end(verdict, { authenticator, claimsEndpoint })
  }
}

function verdictOf(error: unknown): Verdict | null {
  if (error instanceof Undecided) return { kind: 'undecided', reason: error.message }
  if (!(error instanceof Refusal)) return null
  const log = `[invalid bearer token, ${error.message}]`
  return { kind: 'refused', log, client: 'Unauthorized' }
}

/** The token in `Authorization: Bearer <text>`, or the verdict where there is none. */
function readHeader(text: string, journal: Journal): string | Verdict {
  const trimmed = text.trim()
  const none = (detail: string): Verdict => {
    journal.aside('header', detail)
    return { kind: 'refused', log: null, client: 'Forbidden' }
  }
  if (trimmed === '') return none('no token: the request goes on as system:anonymous')
  if (/[\r\n\0]/.test(trimmed)) {
    const reason = 'a token with a line break in it cannot be sent'
    journal.skip('header', reason)
    return { kind: 'undecided', reason }
  }
  if (Buffer.byteLength(trimmed) > MAX_HEADER_BYTES) {
    journal.aside('header', 'longer than the 1 MiB that a header may have')
    return { kind: 'refused', log: null, client: 'Request Header Fields Too Large' }
  }
  const token = trimmed.split(' ')[0] ?? ''
  const rest =
    token.length === trimmed.length ? '' : ', and what follows the first space is ignored'
  const around = trimmed.length === text.length ? '' : ', without the white space around it'
  journal.ok('header', `${token.length} characters${around}${rest}`)
  return token
}

/** The one authenticator whose issuer is byte for byte the token's; null when all step aside. */
function matchIssuer(
  token: string,
  authenticators: readonly JwtAuthenticator[],
  journal: Journal,
): JwtAuthenticator | null {
  const { issuer, why } = untrustedIssuer(token)
  if (issuer === null) {
    journal.aside('issuer', `no issuer can be read from it: ${why}`)
    return null
  }
  if (authenticators.length === 0) journal.aside('issuer', 'no issuer is configured')
  let match: JwtAuthenticator | null = null
  for (const authenticator of authenticators) {
    if (authenticator.issuer !== issuer) {
      journal.aside('issuer', `iss ${goQuote(issuer)} is not ${goQuote(authenticator.issuer)}`)
    } else if (match === null) {
      match = authenticator
      journal.ok('issuer', `iss is ${goQuote(issuer)}`)
    }
  }
  return match
}

async function authenticate(
  token: string,
  authenticator: JwtAuthenticator,
  input: ReplayInput,
  journal: Journal,
  noteEndpoint: (endpoint: string | null) => void,
): Promise<UserInfo> {
  const keysUrl = await discoverKeys(authenticator, input, journal)
  const verified = await verifyToken(token, keysUrl, authenticator, input, {
    ok: (step, detail) => journal.ok(step, detail),
    skip: (step, detail) => journal.skip(step, detail),
    refuse: (step, detail, error) => journal.refuse(step, detail, `oidc: verify token: ${error}`),
  } satisfies Recorder)
  const expanded = await expandDistributedClaims(verified.claims, authenticator, input, journal)
  noteEndpoint(expanded.endpoint)
  const claims = withGroups(verified.claims, authenticator, expanded.value)
  const user = mapUser(claims, authenticator, journal)
  checkRules(claims, user, authenticator, journal)
  return { ...user, groups: withAuthenticated(user) }
}

async function discoverKeys(
  authenticator: JwtAuthenticator,
  { fetchDocument }: ReplayInput,
  journal: Journal,
): Promise<string> {
  const { issuer, discoveryUrl } = authenticator
  const url = discoveryUrl ?? discoveryUrlOf(issuer)
  const found = await discover(issuer, url, authenticator, fetchDocument)
  if (!found.ok) {
    // The reason stands in a line of its own, every 10 s: "oidc authenticator: initializing plugin: …".
    journal.refuse('discovery', `${url}: ${found.error}`, 'oidc: authenticator not initialized')
  }
  journal.ok('discovery', `${url} names the keys at ${found.value}`)
  return found.value
}

/** The fetched groups stand among the claims from here on, for rules too. */
function withGroups(claims: GoJson, { groups }: JwtAuthenticator, value: GoJson | null): GoJson {
  if (value === null || groups?.kind !== 'claim') return claims
  const head = claims.source.slice(claims.start, claims.end - 1).trimEnd()
  const comma = head.endsWith('{') ? '' : ','
  const source = `${head}${comma}${JSON.stringify(groups.claim)}:${value.source.slice(value.start, value.end)}}`
  const members = [...claims.members, { name: groups.claim, value }]
  return { kind: 'object', source, start: 0, end: source.length, members, items: [] }
}

const AUTHENTICATED = 'system:authenticated'

function withAuthenticated({ username, groups }: UserInfo): readonly string[] {
  const isMarked = groups.includes(AUTHENTICATED) || groups.includes('system:unauthenticated')
  return username === 'system:anonymous' || isMarked ? groups : [...groups, AUTHENTICATED]
}
