import type { Headers } from './types.ts'

/** What a client's headers come to. */
export interface ClientHeaders {
  /** What may go on, without identity, framing and whatever concerns this connection alone. */
  readonly headers: Headers
  readonly token: string | null
  /** As whom the client asks to act (`kubectl --as`); null where it does not. */
  readonly impersonation: Impersonation | null
  /** Why the request cannot be understood; null where it can. */
  readonly fault: string | null
}

export interface Impersonation {
  readonly user: string | null
  readonly groups: readonly string[]
  readonly uid: string | null
  /** By key, decoded and in lower case. */
  readonly extra: ReadonlyMap<string, readonly string[]>
}

/** RFC 9110 §7.6.1 and §11, RFC 7239, and what is written anew: all of them concern one connection or claim who somebody is. */
const OWN = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'expect', 'host', 'http2-settings', 'authorization', 'forwarded'],
  ...['x-real-ip', 'via'],
])
const OWN_PREFIXES = ['x-remote', 'impersonate', 'x-forwarded', 'proxy-']
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'
const EXTRA = 'impersonate-extra-'
/** RFC 6750 §2.1 */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i
const MAX_TOKEN = 32_768

/** Reads the raw lines: a parser that joins or drops repeated ones would hide what the client sent. */
export function readClientHeaders(rawHeaders: readonly string[]): ClientHeaders {
  const lines = linesOf(rawHeaders)
  const named = new Set(
    lines.flatMap(([name, value]) => (name === 'connection' ? listOf(value).map(lower) : [])),
  )
  const headers: Headers = {}
  const authorizations: string[] = []
  const protocols: string[] = []
  const impersonated: (readonly [string, string])[] = []
  for (const [name, value] of lines) {
    if (name === 'authorization') authorizations.push(value)
    else if (isImpersonation(name)) impersonated.push([name, value])
    else if (isOwn(name) || named.has(name)) continue
    else if (name === 'sec-websocket-protocol') protocols.push(...listOf(value))
    else append(headers, name, value)
  }
  const kept = protocols.filter((protocol) => !protocol.startsWith(TOKEN_PROTOCOL))
  if (kept.length > 0) headers['sec-websocket-protocol'] = kept.join(', ')
  const { token, fault } = readToken(
    authorizations,
    protocols.filter((protocol) => protocol.startsWith(TOKEN_PROTOCOL)),
  )
  const as = readImpersonation(impersonated)
  return { headers, token, impersonation: as.impersonation, fault: fault ?? as.fault }
}

function linesOf(rawHeaders: readonly string[]): (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = lower(rawHeaders[index] ?? '')
    if (!name.startsWith(':')) lines.push([name, rawHeaders[index + 1] ?? ''])
  }
  return lines
}

const lower = (text: string): string => text.toLowerCase()

function listOf(value: string): string[] {
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function append(headers: Headers, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = value
  // RFC 9113 §8.2.3: one line again for HTTP/1.1, where a second would be dropped.
  else if (name === 'cookie') headers[name] = `${String(before)}; ${value}`
  else headers[name] = [...(Array.isArray(before) ? before : [before]), value]
}

/** Whatever some server on the way could take for one of ours: CGI's underscores, dots, encoded letters. */
function isOwn(name: string): boolean {
  const folded = /[_.%]/.test(name) ? decoded(name).toLowerCase().replaceAll(/[_.]/g, '-') : name
  return OWN.has(folded) || OWN_PREFIXES.some((prefix) => folded.startsWith(prefix))
}

function decoded(name: string): string {
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function isImpersonation(name: string): boolean {
  return /^impersonate-(?:user|group|uid|extra-.+)$/.test(name)
}

function readToken(
  authorizations: readonly string[],
  protocols: readonly string[],
): { token: string | null; fault: string | null } {
  if (authorizations.length > 1 || protocols.length > 1) {
    return { token: null, fault: 'the request carries more than one token' }
  }
  const [authorization] = authorizations
  const [protocol] = protocols
  const bearer = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
  // As kube-apiserver reads them: the header first, then the subprotocol, which browsers are left with.
  const token = bearer ?? (protocol === undefined ? undefined : tokenOf(protocol))
  return { token: token === undefined || token.length > MAX_TOKEN ? null : token, fault: null }
}

function tokenOf(protocol: string): string | undefined {
  const text = Buffer.from(protocol.slice(TOKEN_PROTOCOL.length), 'base64url').toString()
  return BEARER.exec(`Bearer ${text}`)?.[1]
}

/** Node gives one character for each byte of a header; names are UTF-8, and are checked and sent as the same text. */
function textOf(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8')
}

function readImpersonation(lines: readonly (readonly [string, string])[]): {
  impersonation: Impersonation | null
  fault: string | null
} {
  if (lines.length === 0) return { impersonation: null, fault: null }
  const values = (name: string) =>
    lines.flatMap((line) => (line[0] === name ? [textOf(line[1])] : []))
  const [users, uids] = [values('impersonate-user'), values('impersonate-uid')]
  if (users.length > 1 || uids.length > 1) {
    return { impersonation: null, fault: 'the request impersonates more than one user' }
  }
  const extra = new Map<string, string[]>()
  for (const [name, value] of lines) {
    if (!name.startsWith(EXTRA)) continue
    const key = decoded(name.slice(EXTRA.length)).toLowerCase()
    extra.set(key, [...(extra.get(key) ?? []), textOf(value)])
  }
  const [user = null] = users
  const [uid = null] = uids
  return {
    impersonation: { user, uid, groups: values('impersonate-group'), extra },
    fault: user === null || user === '' ? 'the request impersonates without naming a user' : null,
  }
}
