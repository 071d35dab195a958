import { type GoJson, goQuote, memberOf, textOf } from './go-json.ts'

/** What kube-apiserver itself reads of a verified token, before any mapping. */
export interface StandardClaims {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Seconds since 1970 as Go holds them; undefined where the token has no `exp`: then it is the year 1. */
  readonly expiry: bigint | undefined
  readonly notBefore: bigint | undefined
  /** `_claim_names`: the claim, and its source. */
  readonly claimNames: ReadonlyMap<string, string>
  readonly claimSources: ReadonlySet<string>
}

export type StandardClaimsResult =
  | { readonly ok: true; readonly claims: StandardClaims }
  /** Go's sentence for the first member that has the wrong type. */
  | { readonly ok: false; readonly error: string }

/** Collects like Go's decoder: the first mistake is told, and reading goes on. */
class Decoder {
  first: string | null = null
  issuer = ''
  audience: readonly string[] = []
  expiry: bigint | undefined
  notBefore: bigint | undefined
  readonly claimNames = new Map<string, string>()
  readonly claimSources = new Set<string>()

  fail(error: string): void {
    this.first ??= error
  }

  wrongType(value: GoJson, field: string, type: string): void {
    this.fail(`json: cannot unmarshal ${value.kind} into Go struct field ${field} of type ${type}`)
  }

  /** A string, or undefined: null leaves a field as it is. */
  text(value: GoJson, field: string): string | undefined {
    if (value.kind === 'string') return textOf(value)
    if (value.kind !== 'null') this.wrongType(value, field, 'string')
    return undefined
  }

  /** go-oidc's jsonTime: a number, or a number in quotes. */
  time(value: GoJson, field: string): bigint | undefined {
    const text = textOf(value)
    if (value.kind === 'null') {
      this.fail('strconv.ParseFloat: parsing "": invalid syntax')
      return undefined
    }
    if (value.kind === 'string') {
      if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return this.seconds(text)
      const raw = value.source.slice(value.start, value.end)
      this.fail(`json: invalid number literal, trying to unmarshal ${goQuote(raw)} into Number`)
      return undefined
    }
    if (value.kind === 'number') return this.seconds(text)
    this.wrongType(value, field, 'json.Number')
    return undefined
  }

  seconds(text: string): bigint | undefined {
    if (/^-?\d+$/.test(text)) {
      const exact = BigInt(text)
      if (BigInt.asIntN(64, exact) === exact) return exact
    }
    const float = Number(text)
    if (!Number.isFinite(float)) {
      this.fail(`strconv.ParseFloat: parsing ${goQuote(text)}: value out of range`)
      return undefined
    }
    const whole = BigInt(Math.trunc(float))
    // What does not fit becomes the least number on the processors that Kubernetes runs on.
    return BigInt.asIntN(64, whole) === whole ? whole : -(2n ** 63n)
  }
}

/** Reads a payload into go-oidc's idToken: names in any case, later ones over earlier ones. */
export function decodeStandardClaims(payload: GoJson): StandardClaimsResult {
  const into = new Decoder()
  for (const { name, value } of payload.members) {
    fields[name.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k')]?.(into, value)
  }
  return into.first === null ? { ok: true, claims: into } : { ok: false, error: into.first }
}

const fields: Readonly<Record<string, (into: Decoder, value: GoJson) => void>> = {
  iss(into, value) {
    into.issuer = into.text(value, 'idToken.iss') ?? into.issuer
  },
  sub: (into, value) => void into.text(value, 'idToken.sub'),
  nonce: (into, value) => void into.text(value, 'idToken.nonce'),
  at_hash: (into, value) => void into.text(value, 'idToken.at_hash'),
  iat: (into, value) => void into.time(value, 'idToken.iat'),
  exp(into, value) {
    into.expiry = into.time(value, 'idToken.exp')
  },
  nbf(into, value) {
    into.notBefore = value.kind === 'null' ? undefined : into.time(value, 'idToken.nbf')
  },
  aud(into, value) {
    if (value.kind === 'string' || value.kind === 'null') {
      into.audience = [value.kind === 'null' ? '' : textOf(value)]
    } else if (value.kind === 'array') {
      const wrong = value.items.find(({ kind }) => kind !== 'string' && kind !== 'null')
      if (wrong !== undefined) into.wrongType(wrong, 'idToken.aud', 'string')
      else into.audience = value.items.map((item) => (item.kind === 'null' ? '' : textOf(item)))
    } else into.wrongType(value, 'idToken.aud', '[]string')
  },
  _claim_names(into, value) {
    if (value.kind === 'null') return
    if (value.kind !== 'object') {
      into.wrongType(value, 'idToken._claim_names', 'map[string]string')
      return
    }
    for (const member of value.members) {
      into.claimNames.set(member.name, into.text(member.value, 'idToken._claim_names') ?? '')
    }
  },
  _claim_sources(into, value) {
    if (value.kind === 'null') return
    if (value.kind !== 'object') {
      into.wrongType(value, 'idToken._claim_sources', 'map[string]oidc.claimSource')
      return
    }
    for (const { name, value: source } of value.members) {
      into.claimSources.add(name)
      readSource(into, source)
    }
  },
}

function readSource(into: Decoder, source: GoJson): void {
  if (source.kind === 'null') return
  if (source.kind !== 'object') {
    into.wrongType(source, 'idToken._claim_sources', 'oidc.claimSource')
    return
  }
  for (const { name, value } of source.members) {
    const field = name.toLowerCase()
    if (field !== 'endpoint' && field !== 'access_token') continue
    into.text(value, `claimSource._claim_sources.${field}`)
  }
}

export type ClaimResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

/** A claim that must be a string; null counts as an empty one. The error is Go's sentence. */
export function stringClaim(claims: GoJson, name: string): ClaimResult<string> {
  const value = memberOf(claims, name)
  if (value === undefined) return { ok: false, error: 'claim not present' }
  if (value.kind === 'null') return { ok: true, value: '' }
  if (value.kind === 'string') return { ok: true, value: textOf(value) }
  return { ok: false, error: intoType(value, 'string') }
}

/** Groups: a string or a list of strings; null is none. */
export function stringsClaim(value: GoJson): ClaimResult<readonly string[]> {
  if (value.kind === 'null') return { ok: true, value: [] }
  if (value.kind === 'string') return { ok: true, value: [textOf(value)] }
  const items = value.kind === 'array' ? value.items : [value]
  if (value.kind === 'array' && items.every(({ kind }) => kind === 'string' || kind === 'null')) {
    return { ok: true, value: items.map((item) => (item.kind === 'null' ? '' : textOf(item))) }
  }
  return { ok: false, error: intoType(value, 'string') }
}

export function intoType({ kind }: GoJson, type: string): string {
  return `json: cannot unmarshal ${kind} into Go value of type ${type}`
}
