/*
 * What may be in a log line. Rooms pass ids, codes of errors and counts; this is the net below them.
 */

const secretName =
  /^(?:.*(?:password|passwd|passphrase|secret|token|cookie|authorization|assertion|verifier|challenge|private.?key|key.?secret).*|dpop|pwd|code|otp|pin|csrf|nonce|state|credentials?|headers?|body|form|query|search|user_?code|device_?code|setup_?code|jwk|proof)$/i
/** `code` is also what errors are told apart by. */
const errorCode = /^(?:E[A-Z\d_]+|SQLITE_[A-Z_]+)$/
/** Names that hold a number or a fact about a secret, never the secret. */
const harmlessName = /^(?:token_?type|token_?bytes|max_?token_?bytes|tokens|expires_?in)$/i
const bearerText =
  /\beyJ[\w-]{6,}(?:\.[\w-]*){1,4}|\b(?:bearer|dpop|basic)\s+[\w.~+/=-]{8,}|-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/gi
/** The query and fragment of a URL or path: codes travel there. */
const urlQuery = /((?:\b[a-z][a-z\d+.-]*:\/|\B)\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi

const redacted = '[redacted]'
const maxDepth = 5

/** A text without anything that grants something. */
export function scrubText(text: string): string {
  return text.replace(bearerText, redacted).replace(urlQuery, '$1')
}

/** The fields of a line, with secrets replaced, errors reduced and depth bounded. */
export function scrubFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return scrubObject(fields, 0)
}

function scrubObject(fields: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    result[name] = isSecret(name, value) ? redacted : scrubValue(value, depth + 1)
  }
  return result
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false
  if (!secretName.test(name) || harmlessName.test(name)) return false
  return !(name === 'code' && typeof value === 'string' && errorCode.test(value))
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return reduceError(value, depth)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof URL) return scrubText(value.href)
  if (ArrayBuffer.isView(value) || depth >= maxDepth) return redacted
  if (Array.isArray(value)) return value.map((entry) => scrubValue(entry, depth + 1))
  return scrubObject(value, depth)
}

/** An error as it may be logged: never its other properties, in which libraries keep requests, responses and headers. */
function reduceError(error: unknown, depth: number): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: scrubText(String(error)) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    message: scrubText(message),
    ...(stack === undefined ? {} : { stack: scrubText(stack) }),
    ...(cause === undefined || depth >= maxDepth ? {} : { cause: reduceError(cause, depth + 1) }),
  }
}
