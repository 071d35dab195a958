/** Deeper than any object of Kubernetes or of OpenID Connect that is read here. */
const MAX_DEPTH = 16

/**
 * A JSON object in which no member stands twice: two readers of such a text can see two tokens (RFC 8259 §4, RFC 7519 §4).
 * Undefined for whatever else the text is, and for what is nested without reason.
 */
export function parseUniqueObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return hasUniqueMembers(text) ? (value as Record<string, unknown>) : undefined
}

function textOf(json: string): string {
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1)
}

/** `text` is JSON already: strings and brackets are all there is to tell apart. */
function hasUniqueMembers(text: string): boolean {
  const open: (Set<string> | null)[] = []
  let latest: string | undefined
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (part === '{' || part === '[') {
      open.push(part === '{' ? new Set() : null)
      if (open.length > MAX_DEPTH) return false
    } else if (part === '}' || part === ']') open.pop()
    else if (part === ':') {
      const members = open.at(-1)
      // Compared as read: `"\u0061ud"` is `aud`.
      const name = textOf(latest ?? '""')
      if (members?.has(name)) return false
      members?.add(name)
    } else latest = part
  }
  return true
}
