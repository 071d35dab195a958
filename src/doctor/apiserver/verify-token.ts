import { decodeStandardClaims, type StandardClaims } from './claims.ts'
import { fetchKeys } from './documents.ts'
import { type GoJson, goQuote, goQuoteAll, goTime, parseGoJson } from './go-json.ts'
import { decodeUtf8, type Jws, parseJws } from './jws.ts'
import { verifies } from './key-set.ts'
import type { JwtAuthenticator, ReplayInput, StepName } from './types.ts'

/** Who takes down the steps: the token's own, or one line for the JWT that came from a claims endpoint. */
export interface Recorder {
  ok(step: StepName, detail: string): void
  skip(step: StepName, detail: string): void
  /** Ends the verification; `error` is go-oidc's own sentence. */
  refuse(step: StepName, detail: string, error: string): never
}

export interface VerifiedToken {
  readonly standard: StandardClaims
  /** The payload: an object. */
  readonly claims: GoJson
}

/**
 * go-oidc's Verify, in its order: taken apart, algorithm, signature, claims, audience, expiry, not-before. With several
 * audiences it is Kubernetes that compares them, and last.
 */
export async function verifyToken(
  token: string,
  keysUrl: string,
  authenticator: JwtAuthenticator,
  input: Pick<ReplayInput, 'fetchDocument' | 'now'>,
  recorder: Recorder,
): Promise<VerifiedToken> {
  const parsed = parseJws(token)
  if (!parsed.ok) recorder.refuse('parse', 'the token is no signed JWT', parsed.error)
  const { jws } = parsed
  recorder.ok('parse', `a signed JWT, alg ${quoted(jws.alg)}, kid ${quoted(jws.keyId)}`)
  checkAlgorithm(jws, authenticator, recorder)
  await checkSignature(jws, keysUrl, authenticator, input, recorder)
  const { standard, claims } = readClaims(jws, recorder)
  const isAlone = authenticator.audiences.length === 1
  if (isAlone) checkAudience(standard, authenticator, recorder)
  checkTimes(standard, input.now, recorder)
  if (!isAlone) checkAudience(standard, authenticator, recorder)
  return { standard, claims }
}

function quoted(text: string): string {
  return text === '' ? 'none' : goQuote(text)
}

function checkAlgorithm(jws: Jws, { signingAlgs }: JwtAuthenticator, recorder: Recorder): void {
  if (!signingAlgs.includes(jws.alg)) {
    recorder.refuse(
      'algorithm',
      `signed with ${quoted(jws.alg)}, accepted: ${signingAlgs.join(', ')}`,
      `oidc: id token signed with unsupported algorithm, expected ${goQuoteAll(signingAlgs)} got ${goQuote(jws.alg)}`,
    )
  }
  recorder.ok('algorithm', `${jws.alg} is accepted`)
}

async function checkSignature(
  jws: Jws,
  keysUrl: string,
  authenticator: JwtAuthenticator,
  { fetchDocument }: Pick<ReplayInput, 'fetchDocument'>,
  recorder: Recorder,
): Promise<void> {
  const set = await fetchKeys(keysUrl, authenticator, fetchDocument)
  if (!set.ok) {
    recorder.refuse(
      'keys',
      `no keys could be read from ${keysUrl}`,
      `failed to verify signature: fetching keys ${set.error}`,
    )
  }
  const ids = set.keys.map(({ keyId }) => quoted(keyId)).join(', ')
  recorder.ok('keys', `${keysUrl} holds ${set.keys.length}: ${ids || 'none'}`)
  const candidates = set.keys.filter(({ keyId }) => jws.keyId === '' || keyId === jws.keyId)
  if (candidates.some((key) => verifies(jws, key))) {
    recorder.ok('signature', 'made by a key of the issuer')
    return
  }
  recorder.refuse(
    'signature',
    candidates.length === 0
      ? `no key of the issuer has the kid ${quoted(jws.keyId)}`
      : `the key ${quoted(jws.keyId)} did not make this signature`,
    'failed to verify signature: failed to verify id token signature',
  )
}

function readClaims(jws: Jws, recorder: Recorder): VerifiedToken {
  const parsed = parseGoJson(decodeUtf8(jws.payload))
  if (!parsed.ok) {
    recorder.refuse(
      'claims',
      'the payload is no JSON',
      `oidc: failed to unmarshal claims: ${parsed.error}`,
    )
  }
  const decoded = decodeStandardClaims(parsed.value)
  if (!decoded.ok) {
    recorder.refuse(
      'claims',
      'a standard claim has the wrong type',
      `oidc: failed to unmarshal claims: ${decoded.error}`,
    )
  }
  const { claims: standard } = decoded
  for (const [claim, source] of standard.claimNames) {
    if (source === '') {
      recorder.refuse(
        'claims',
        `_claim_names has no source for ${goQuote(claim)}`,
        'oidc: failed to obtain source from claim name',
      )
    }
    if (!standard.claimSources.has(source)) {
      recorder.refuse(
        'claims',
        `_claim_sources lacks ${goQuote(source)}, which _claim_names gives ${goQuote(claim)}`,
        'oidc: source does not exist',
      )
    }
  }
  recorder.ok('claims', 'the standard claims have the right types')
  return { standard, claims: parsed.value }
}

function checkAudience(
  { audience }: StandardClaims,
  { audiences }: JwtAuthenticator,
  recorder: Recorder,
): void {
  const got = goQuoteAll(audience)
  if (audience.some((each) => audiences.includes(each))) {
    recorder.ok('audience', `aud ${got} holds one of ${goQuoteAll(audiences)}`)
    return
  }
  const expected =
    audiences.length === 1
      ? `audience ${goQuote(audiences[0] ?? '')}`
      : `audience in ${goQuoteAll(audiences.toSorted())}`
  recorder.refuse(
    'audience',
    `aud ${got}, accepted: ${goQuoteAll(audiences)}`,
    `oidc: expected ${expected} got ${got}`,
  )
}

const NBF_LEEWAY_MS = 60_000
/** Year 1, where Go's time begins. */
const GO_ZERO = -62_135_596_800n

function checkTimes(
  { expiry = GO_ZERO, notBefore }: StandardClaims,
  now: number,
  recorder: Recorder,
): void {
  if (millisecondsOf(expiry) < now) {
    recorder.refuse(
      'expiry',
      expiry === GO_ZERO ? 'the token has no exp' : `exp was ${goTime(Number(expiry))}`,
      `oidc: token is expired (Token Expiry: ${goTime(Number(expiry))})`,
    )
  }
  recorder.ok('expiry', `exp is ${goTime(Number(expiry))}`)
  if (notBefore === undefined) {
    recorder.skip('not-before', 'the token has no nbf')
    return
  }
  if (now + NBF_LEEWAY_MS < millisecondsOf(notBefore)) {
    recorder.refuse(
      'not-before',
      `nbf is ${goTime(Number(notBefore))}, more than 60 s from now`,
      `oidc: current time ${goTime(Math.floor(now / 1000))} before the nbf (not before) time: ${goTime(Number(notBefore))}`,
    )
  }
  recorder.ok('not-before', `nbf is ${goTime(Number(notBefore))}`)
}

/** Go counts 64 bits from the year 1: a time too far ahead comes out far behind. */
function millisecondsOf(unixSeconds: bigint): number {
  return Number(BigInt.asIntN(64, unixSeconds - GO_ZERO) + GO_ZERO) * 1000
}
