import { intoType } from './claims.ts'
import { discover, discoveryUrlOf, failedGet } from './documents.ts'
import { type GoJson, goQuote, memberOf, textOf } from './go-json.ts'
import type { Journal } from './journal.ts'
import { untrustedIssuer } from './jws.ts'
import type { JwtAuthenticator, ReplayInput } from './types.ts'
import { type Recorder, verifyToken } from './verify-token.ts'

interface Endpoint {
  readonly url: string
  /** Secret. */
  readonly accessToken: string
}

export interface Expanded {
  /** The groups claim as the endpoint gave it; null where nothing was asked. */
  readonly value: GoJson | null
  readonly endpoint: string | null
}

const nothing: Expanded = { value: null, endpoint: null }

/**
 * OpenID Connect Core 5.6.2: groups that kube-apiserver asks for. It does so only for the claim that is mapped to groups, and
 * only when the token has no such claim itself.
 */
export async function expandDistributedClaims(
  claims: GoJson,
  authenticator: JwtAuthenticator,
  input: ReplayInput,
  journal: Journal,
): Promise<Expanded> {
  const { groups } = authenticator
  const step = 'distributed-claims'
  if (groups?.kind !== 'claim') {
    journal.skip(step, groups === null ? 'no groups are mapped' : 'groups.expression never asks')
    return nothing
  }
  const { claim } = groups
  const refuse = (detail: string, error: string): never =>
    journal.refuse(step, detail, `oidc: could not expand distributed claims: ${error}`)
  const endpoint = endpointOf(claims, claim, refuse)
  if (typeof endpoint === 'string') {
    journal.skip(step, endpoint)
    return nothing
  }
  if (!input.askClaimsEndpoint) {
    journal.undecided(step, `kube-apiserver would ask ${endpoint.url} for the claim "${claim}"`)
  }
  const value = await ask(endpoint, claim, authenticator, input, refuse)
  journal.ok(step, `${endpoint.url} gave the claim "${claim}"`)
  return { value, endpoint: endpoint.url }
}

type Refuse = (detail: string, error: string) => never

/** Where the claim is to be fetched, or why nowhere. */
function endpointOf(claims: GoJson, claim: string, refuse: Refuse): Endpoint | string {
  if (memberOf(claims, claim) !== undefined) return `the token holds "${claim}" itself`
  const names = memberOf(claims, '_claim_names')
  if (names === undefined) return 'the token has no _claim_names'
  const toSource = textMap(names, (error) =>
    refuse('_claim_names is malformed', `oidc: error parsing distributed claim names: ${error}`),
  )
  const rawSources = memberOf(claims, '_claim_sources')
  if (rawSources === undefined) {
    return refuse('_claim_sources is missing', 'oidc: no claim sources')
  }
  const sources = sourcesIn(rawSources, refuse)
  const source = toSource.get(claim)
  if (source === undefined) return `_claim_names does not name "${claim}"`
  const endpoint = sources.get(source)
  if (endpoint === undefined) {
    return refuse(
      `_claim_sources lacks "${source}"`,
      `id token _claim_names contained a source ${source} missing in _claims_sources`,
    )
  }
  return endpoint.url === '' ? 'an aggregated claim (JWT), which kube-apiserver ignores' : endpoint
}

function textMap(value: GoJson, fail: (error: string) => never): Map<string, string> {
  if (value.kind === 'null') return new Map()
  if (value.kind !== 'object') fail(intoType(value, 'map[string]string'))
  return new Map(
    value.members.map(({ name, value: text }) => {
      if (text.kind !== 'string' && text.kind !== 'null') fail(intoType(text, 'string'))
      return [name, text.kind === 'string' ? textOf(text) : '']
    }),
  )
}

function sourcesIn(value: GoJson, refuse: Refuse): Map<string, Endpoint> {
  const fail = (error: string): never =>
    refuse('_claim_sources is malformed', `oidc: could not parse claim sources: ${error}`)
  const sources = new Map<string, Endpoint>()
  if (value.kind === 'null') return sources
  if (value.kind !== 'object') fail(intoType(value, 'map[string]oidc.endpoint'))
  for (const { name, value: source } of value.members) {
    const read: Record<string, string> = {}
    for (const member of source.members) {
      const field = { endpoint: 'endpoint', access_token: 'access_token', jwt: 'JWT' }[
        member.name.toLowerCase()
      ]
      if (field === undefined || member.value.kind === 'null') continue
      if (member.value.kind !== 'string') {
        fail(
          `json: cannot unmarshal ${member.value.kind} into Go struct field endpoint.${field} of type string`,
        )
      }
      read[field] = textOf(member.value)
    }
    sources.set(name, { url: read['endpoint'] ?? '', accessToken: read['access_token'] ?? '' })
  }
  return sources
}

async function ask(
  endpoint: Endpoint,
  claim: string,
  authenticator: JwtAuthenticator,
  input: ReplayInput,
  refuse: Refuse,
): Promise<GoJson> {
  const body = await get(endpoint, authenticator, input, (error) =>
    refuse(
      `${endpoint.url} did not answer well`,
      `while getting distributed claim ${goQuote(claim)}: ${error}`,
    ),
  )
  const { issuer, why } = untrustedIssuer(body)
  if (issuer === null) {
    return refuse(
      `the answer of ${endpoint.url} is no compact JWT`,
      `getting untrusted issuer from endpoint ${endpoint.url} failed for claim ${goQuote(claim)}: ${why}`,
    )
  }
  const keysUrl = await discover(issuer, discoveryUrlOf(issuer), authenticator, input.fetchDocument)
  if (!keysUrl.ok) {
    return refuse(
      `discovery of ${goQuote(issuer)}, who issued the groups, fails: ${keysUrl.error}`,
      `verifying untrusted issuer ${issuer} failed: verifier not initialized for issuer: ${goQuote(issuer)}`,
    )
  }
  const { claims } = await verifyToken(body, keysUrl.value, authenticator, input, {
    ok: () => undefined,
    skip: () => undefined,
    refuse: (_step, detail, error) =>
      refuse(`the groups JWT: ${detail}`, `verify distributed claim token: ${error}`),
  } satisfies Recorder)
  const value = memberOf(claims, claim)
  if (value === undefined) {
    return refuse(
      `the groups JWT has no claim "${claim}"`,
      `jwt returned by distributed claim endpoint ${goQuote(endpoint.url)} did not contain claim: ${claim}`,
    )
  }
  return value
}

async function get(
  { url, accessToken }: Endpoint,
  { certificateAuthority }: JwtAuthenticator,
  { fetchDocument }: ReplayInput,
  fail: (error: string) => never,
): Promise<string> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
  if (url.startsWith(':'))
    fail(`while calling ${url}: parse ${goQuote(url)}: missing protocol scheme`)
  if (scheme !== 'https' && scheme !== 'http') {
    fail(failedGet(url, `unsupported protocol scheme ${goQuote(scheme)}`))
  }
  const answer = await fetchDocument(url, {
    purpose: 'claims',
    certificateAuthority,
    bearer: accessToken === '' ? null : accessToken,
  })
  if (answer.kind === 'failed') return fail(failedGet(url, answer.reason))
  const { status, statusText, body } = answer
  // RFC 3229: 226 is the last of what Go's client takes for success here.
  if (status < 200 || status > 226) {
    fail(`error while getting distributed claim JWT: ${status} ${statusText}`)
  }
  return body
}
