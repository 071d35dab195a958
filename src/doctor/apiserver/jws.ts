import { type GoJson, goQuote, parseGoJson, textOf } from './go-json.ts'

/** A token as kube-apiserver's go-jose takes it apart. */
export interface Jws {
  readonly alg: string
  /** Empty where the header names none: then any key may fit. */
  readonly keyId: string
  /** Null where the member is no list of strings: then no signature fits. */
  readonly critical: readonly string[] | null
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
  readonly payload: Uint8Array
}

export type JwsResult =
  | { readonly ok: true; readonly jws: Jws }
  /** `error` is go-jose's sentence. */
  | { readonly ok: false; readonly error: string }

export type Decoded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: string }

/**
 * Go's base64.RawURLEncoding: no padding, line ends ignored, bits left over ignored. The error names the byte, as Go does.
 */
export function decodeRawUrl(text: string): Decoded {
  const bare = text.replace(/[\r\n]/g, '')
  const wrong = text.search(/[^A-Za-z0-9_\-\r\n]/)
  if (wrong >= 0) {
    const at = Buffer.byteLength(text.slice(0, wrong))
    return { ok: false, error: `illegal base64 data at input byte ${at}` }
  }
  if (bare.length % 4 === 1) {
    return { ok: false, error: `illegal base64 data at input byte ${text.length - 1}` }
  }
  return { ok: true, bytes: Buffer.from(bare, 'base64url') }
}

/** Bytes as a Go string that passed JSON: what is no UTF-8 becomes U+FFFD, a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/**
 * The `iss` of a token that is not verified yet, or null where kube-apiserver would not even look at it: no compact JWT, a
 * payload that is no JSON object, an `iss` that is no string. Then the log holds no reason.
 */
export function untrustedIssuer(token: string): { issuer: string | null; why: string } {
  const no = (why: string) => ({ issuer: null, why })
  if (token.trim().startsWith('{')) return no('token is not compact JWT')
  const parts = token.split('.')
  if (parts.length !== 3) return no('malformed token')
  const decoded = decodeRawUrl(parts[1] ?? '')
  if (!decoded.ok) return no(`error decoding token: ${decoded.error}`)
  const parsed = parseGoJson(decodeUtf8(decoded.bytes))
  if (!parsed.ok) return no(`while unmarshaling token: ${parsed.error}`)
  const { value } = parsed
  if (value.kind !== 'object' && value.kind !== 'null') {
    return no(
      `while unmarshaling token: json: cannot unmarshal ${value.kind} into Go value of type struct { Issuer string "json:\\"iss\\"" }`,
    )
  }
  return issuerIn(value)
}

function issuerIn(object: GoJson): { issuer: string | null; why: string } {
  let issuer = ''
  for (const { name, value } of object.members) {
    // Go takes the member's name in any case, and the last one counts.
    if (name.toLowerCase().replaceAll('\u017f', 's') !== 'iss' || value.kind === 'null') continue
    if (value.kind !== 'string') {
      return {
        issuer: null,
        why: `while unmarshaling token: json: cannot unmarshal ${value.kind} into Go struct field .iss of type string`,
      }
    }
    issuer = textOf(value)
  }
  return {
    issuer: issuer === 'accounts.google.com' ? 'https://accounts.google.com' : issuer,
    why: '',
  }
}

/** Takes a compact token apart. What Go calls white space may stand anywhere in it. */
export function parseJws(token: string): JwsResult {
  if ((token.match(/\./g)?.length ?? 0) > 2) return { ok: false, error: 'oidc: malformed jwt' }
  const bare = token.replace(/[\s\u0085]/g, '').replaceAll('\ufeff', '')
  const malformed = (why: string): JwsResult => ({
    ok: false,
    error: `oidc: malformed jwt: ${why}`,
  })
  const parts = bare.split('.')
  if (parts.length !== 3) {
    return malformed('go-jose/go-jose: compact JWS format must have three parts')
  }
  const bytes: Uint8Array[] = []
  for (const part of parts) {
    const decoded = decodeRawUrl(part)
    if (!decoded.ok) return malformed(decoded.error)
    bytes.push(decoded.bytes)
  }
  const [head, payload, signature] = bytes as [Uint8Array, Uint8Array, Uint8Array]
  const header = readHeader(decodeUtf8(head))
  if (!header.ok) return malformed(header.error)
  return {
    ok: true,
    jws: {
      ...header.header,
      signingInput: signingInput(header, head, payload),
      signature,
      payload,
    },
  }
}

interface Header {
  readonly ok: true
  readonly header: Pick<Jws, 'alg' | 'keyId' | 'critical'>
  readonly payloadIsEncoded: boolean
}

/** RFC 7797: with `b64: false` the payload itself is signed, not its base64. go-jose believes it without `crit`. */
function signingInput({ payloadIsEncoded }: Header, head: Uint8Array, payload: Uint8Array) {
  const first = Buffer.from(`${Buffer.from(head).toString('base64url')}.`)
  const rest = payloadIsEncoded ? Buffer.from(Buffer.from(payload).toString('base64url')) : payload
  return Buffer.concat([first, rest])
}

function readHeader(text: string): Header | { readonly ok: false; readonly error: string } {
  const none: Header = {
    ok: true,
    header: { alg: '', keyId: '', critical: [] },
    payloadIsEncoded: true,
  }
  if (text === '') return none
  const parsed = parseGoJson(text)
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (value.kind === 'null') return none
  if (value.kind !== 'object') {
    return {
      ok: false,
      error: `json: cannot unmarshal ${value.kind} into Go value of type jose.rawHeader`,
    }
  }
  const duplicate = duplicateIn(value)
  if (duplicate !== null) {
    return { ok: false, error: `json: duplicate key '${duplicate}' in object` }
  }
  return readMembers(value)
}

/** The first name that comes twice: go-jose refuses what Go's own reader lets pass. */
export function duplicateIn(object: GoJson): string | null {
  const seen = new Set<string>()
  for (const { name } of object.members) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}

const strings = { alg: 'algorithm', kid: 'key ID', nonce: 'nonce' } as const

function readMembers(object: GoJson): Header | { readonly ok: false; readonly error: string } {
  const member = (name: string) => object.members.find((each) => each.name === name)?.value
  for (const [name, noun] of Object.entries(strings)) {
    const value = member(name)
    if (value === undefined || value.kind === 'string' || value.kind === 'null') continue
    const raw = value.source.slice(value.start, value.end)
    return {
      ok: false,
      error: `failed to unmarshal ${noun}: json: cannot unmarshal ${value.kind} into Go value of type string: ${goQuote(raw)}`,
    }
  }
  const text = (name: string) => {
    const value = member(name)
    return value?.kind === 'string' ? textOf(value) : ''
  }
  const b64 = member('b64')
  return {
    ok: true,
    header: { alg: text('alg'), keyId: text('kid'), critical: criticalOf(member('crit')) },
    payloadIsEncoded: !(b64?.kind === 'bool' && textOf(b64) === 'false'),
  }
}

function criticalOf(value: GoJson | undefined): readonly string[] | null {
  if (value === undefined || value.kind === 'null') return []
  if (value.kind !== 'array') return null
  const names = value.items.map((item) => (item.kind === 'string' ? textOf(item) : null))
  // Go leaves a null in a list of strings empty.
  const known = names.map((name, index) => (value.items[index]?.kind === 'null' ? '' : name))
  return known.includes(null) ? null : known.filter((name) => name !== null)
}
