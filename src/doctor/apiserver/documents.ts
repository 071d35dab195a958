import { fieldsOf, goQuote, parseGoJson, textOf } from './go-json.ts'
import { type KeySetResult, parseKeySet } from './key-set.ts'
import type { DocumentAnswer, FetchDocument, JwtAuthenticator } from './types.ts'

type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

/** Where kube-apiserver looks for an issuer's discovery document, unless a discoveryURL is set. */
export function discoveryUrlOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Go's words for a request that got no answer. */
export function failedGet(url: string, reason: string): string {
  return `Get ${goQuote(url)}: ${reason}`
}

/** Finds the issuer's `jwks_uri`. The error is what follows `oidc authenticator: initializing plugin: ` in the log. */
export async function discover(
  issuer: string,
  url: string,
  authenticator: JwtAuthenticator,
  fetchDocument: FetchDocument,
): Promise<Result<string>> {
  const answer = await fetchDocument(url, {
    purpose: 'discovery',
    certificateAuthority: authenticator.certificateAuthority,
    bearer: null,
  })
  if (answer.kind === 'failed') return { ok: false, error: failedGet(url, answer.reason) }
  if (answer.status !== 200) {
    return { ok: false, error: `${answer.status} ${answer.statusText}: ${answer.body}` }
  }
  return readDiscovery(issuer, answer)
}

function readDiscovery(
  issuer: string,
  answer: Extract<DocumentAnswer, { kind: 'answer' }>,
): Result<string> {
  const parsed = parseGoJson(answer.body)
  const failed = (error: string): Result<string> => ({
    ok: false,
    error: `oidc: failed to decode provider discovery object: ${asJson(answer.contentType, error)}`,
  })
  if (!parsed.ok) return failed(parsed.error)
  const { value } = parsed
  if (value.kind !== 'object') {
    return failed(`json: cannot unmarshal ${value.kind} into Go value of type oidc.providerJSON`)
  }
  const text: Record<string, string> = {}
  for (const name of ['issuer', 'jwks_uri']) {
    for (const field of fieldsOf(value, name)) {
      if (field.kind === 'string') text[name] = textOf(field)
      else if (field.kind !== 'null') {
        return failed(
          `json: cannot unmarshal ${field.kind} into Go struct field providerJSON.${name} of type string`,
        )
      }
    }
  }
  const named = text['issuer'] ?? ''
  if (named !== issuer) {
    return {
      ok: false,
      error: `oidc: issuer did not match the issuer returned by provider, expected ${goQuote(issuer)} got ${goQuote(named)}`,
    }
  }
  const keys = text['jwks_uri'] ?? ''
  return keys === ''
    ? { ok: false, error: 'provider did not return JWKS URL' }
    : { ok: true, value: keys }
}

/** Fetches an issuer's keys. The error is what follows `fetching keys ` in the log. */
export async function fetchKeys(
  url: string,
  authenticator: JwtAuthenticator,
  fetchDocument: FetchDocument,
): Promise<KeySetResult> {
  const answer = await fetchDocument(url, {
    purpose: 'keys',
    certificateAuthority: authenticator.certificateAuthority,
    bearer: null,
  })
  if (answer.kind === 'failed') {
    return { ok: false, error: `oidc: get keys failed ${failedGet(url, answer.reason)}` }
  }
  const { status, statusText, body, contentType } = answer
  if (status !== 200) {
    return { ok: false, error: `oidc: get keys failed: ${status} ${statusText} ${body}` }
  }
  const keys = parseKeySet(body)
  if (keys.ok) return keys
  return {
    ok: false,
    error: `oidc: failed to decode keys: ${asJson(contentType, keys.error)} ${body}`,
  }
}

function asJson(contentType: string | null, error: string): string {
  const media = contentType?.split(';')[0]?.trim().toLowerCase()
  return media === 'application/json'
    ? `got Content-Type = application/json, but could not unmarshal as JSON: ${error}`
    : `expected Content-Type = application/json, got ${goQuote(contentType ?? '')}: ${error}`
}
