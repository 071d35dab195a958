/*
 * What in a text is nobody's business. A line of a file is judged hard, for whoever wrote it knows what it held: all behind a key of a
 * secret goes. Sentences of others lose what is a secret by its looks, so that "verify token: expired" still says why. What is
 * counted is bounded, so that no text takes long to read.
 */

const words = [
  ...[
    'token',
    'passw(?:or)?d',
    'pass',
    'passphrase',
    'secret',
    'credentials?',
    'datastore-endpoint',
  ],
  ...['(?:access|secret|api|private|encryption|certificate)[-_]?key', 'client[-_]?key[-_]?data'],
  // A path is none.
  `client[-_]?key(?!["']?\\s*[:=]\\s*["']?/)`,
].join('|')
/** `agent-token`, `clientSecret`, `AWS_SECRET_ACCESS_KEY`; in kubeconfigs `env` is the environment of a program. */
const name = `(?:[\\w.-]{0,80}(?:${words})|(?<![\\w.-])env)`
/** Not a mapping that begins on the next line: `secret:` of a volume holds a name. */
const valued = `(?=[^\\s])(?![\\w.-]+:(?:\\s|$))`
const keyed = new RegExp(
  `(?<![\\w.-])${name}["']?\\s*(?::\\s|:(?=["'[{])|=(?!=)|:$)\\s*${valued}`,
  'im',
)
/** `--etcd-password hunter2`, as one line or as two items of a list. */
const flagged = new RegExp(`--${name}["']?[\\s,]+["']?(?!--)(?=[^\\s])`, 'i')
/** A pair of a list: `name: etcd-password`, `value: hunter2`. */
const named = new RegExp(`name["']?\\s*:\\s*["']?${name}["']?[\\s,]+["']?value["']?\\s*:`, 'i')

const token = /\beyJ[\w-]*(?:\.[\w-]*){0,4}/g
const bearer = /\b(Bearer|DPoP|Basic) +(?!realm|token\b|error)[\w.~+/=-]{8,}/gi
const credentials = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s@"']*@/gi
const pem =
  /-----BEGIN [A-Z\d ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z\d ]{0,30}PRIVATE KEY-----|$)/g
/** k3s' and kubeadm's own tokens. */
const joining = /\bK10[\da-f]{16,}::\S+|\b[a-z\d]{6}\.[a-z\d]{16}\b/g

/** In a sentence a key begins the text, or stands behind a bracket, a quote, a comma or the place that is quoted. */
const told = new RegExp(
  `((?:^|[{[,"'?&#]|\\d: |- |\\n)[^\\S\\n]*(?:--)?${name}["']?\\s*(?::|=(?!=))\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|(?!\\(hidden\\))[^\\s,}\\]]+)`,
  'gi',
)
const toldFlag = new RegExp(`(--${name}=)(?!\\(hidden\\))\\S+`, 'gi')

/** A text of whatever origin, without what is a secret by its looks or by the key before it. */
export function hide(text: string): string {
  return text
    .replace(pem, '(private key)')
    .replace(token, '(token)')
    .replace(joining, '(token)')
    .replace(bearer, '$1 (token)')
    .replace(credentials, '$1')
    .replace(toldFlag, '$1(hidden)')
    .replace(told, '$1(hidden)')
}

/** True for lines of a file that nobody but who may read the file may see. */
export function holdsSecret(text: string): boolean {
  const isKeyed = [keyed, flagged, named].some((pattern) => pattern.test(text))
  return isKeyed || hide(text) !== text || /:\/\/[^\s"']{0,500}@|PRIVATE KEY-----/.test(text)
}

/** What stands for a whole line. */
export const HIDDEN = '(hidden)'

/** One line of a file, to quote: without what is behind a key of a secret, and nothing of one that is a secret's own continuation. */
export function quoteLine(lines: readonly string[], line: number): string {
  const text = lines[line - 1] ?? ''
  if (isInside(lines, line)) return HIDDEN
  const [first] = [keyed, flagged, named]
    .map((pattern) => pattern.exec(text))
    .filter((match) => match !== null)
    .toSorted((a, b) => a.index + a[0].length - (b.index + b[0].length))
  if (first === undefined) return hide(text).replace(/(:\/\/)[^\s"']{0,500}@/g, '$1')
  return hide(`${text.slice(0, first.index + first[0].length)}(hidden)`)
}

const indent = (text: string): number => text.search(/\S/)

/** A PEM block, a block of text under a secret's key, the second of two items of a list. */
function isInside(lines: readonly string[], line: number): boolean {
  const above = lines.slice(0, line - 1)
  const text = lines[line - 1] ?? ''
  const begun = above.findLastIndex((each) => /BEGIN [A-Z\d ]{0,30}PRIVATE KEY/.test(each))
  const ended = above.findLastIndex((each) => /END [A-Z\d ]{0,30}PRIVATE KEY/.test(each))
  if (begun > ended) return true
  const before = above.findLast((each) => each.trim() !== '') ?? ''
  if (flagged.test(`${before.trimEnd()} ${text.trim().replace(/^- /, '')}`)) {
    if (!flagged.test(before) && !flagged.test(text)) return true
  }
  if (named.test(`${before} ${text.trim()}`) && !named.test(text)) return true
  return isUnderKey(above, indent(text))
}

const opens = new RegExp(`(?<![\\w.-])${name}["']?\\s*:\\s*(?:[|>][\\d+-]*\\s*)?(?:#.*)?$`, 'i')
/** A quote that a line leaves open goes on in the next. */
const unclosed = new RegExp(
  `(?<![\\w.-])${name}["']?\\s*:\\s*(?:"(?:[^"\\\\]|\\\\.)*|'[^']*|[^"'\\s#].*)$`,
  'i',
)

function isUnderKey(above: readonly string[], depth: number): boolean {
  let least = depth
  for (const each of above.toReversed()) {
    const own = indent(each)
    if (own < 0 || own >= least) continue
    if (opens.test(each) || unclosed.test(each)) return true
    least = own
  }
  return false
}
