/**
 * JSON as Go's encoding/json reads it, for what JSON.parse hides: members that come twice, names that differ by case alone,
 * and Go's own sentences. https://pkg.go.dev/encoding/json
 */

export type GoJsonKind = 'object' | 'array' | 'string' | 'number' | 'bool' | 'null'

/** One value. Its text is `source.slice(start, end)`. */
export interface GoJson {
  readonly kind: GoJsonKind
  readonly source: string
  readonly start: number
  readonly end: number
  /** Of an object, in the order in which they stand, the same name as often as it is written. */
  readonly members: readonly { readonly name: string; readonly value: GoJson }[]
  /** Of an array. */
  readonly items: readonly GoJson[]
}

export type GoJsonResult =
  | { readonly ok: true; readonly value: GoJson }
  | { readonly ok: false; readonly error: string }

/** Go gives up at this depth. */
const MAX_DEPTH = 10_000
const space = /[ \t\r\n]*/y
// All but the quote, the backslash and the control characters below the space: one class, so that length costs no stack.
const plainText = /[ !#-[\]-\u{10ffff}]*/uy
const escapedCharacter = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /true|false|null/y

interface Open {
  readonly kind: 'object' | 'array'
  readonly start: number
  readonly members: { name: string; value: GoJson }[]
  readonly items: GoJson[]
  name: string
}

class SyntaxFault extends Error {}

/** Reads one JSON text. The error is Go's sentence. */
export function parseGoJson(source: string): GoJsonResult {
  try {
    return { ok: true, value: new Reader(source).read() }
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, error: error.message }
    throw error
  }
}

/** What a value says as text; for a string what it spells, else its JSON. */
export function textOf({ kind, source, start, end }: GoJson): string {
  const raw = source.slice(start, end)
  // Go replaces half a surrogate pair by U+FFFD.
  return kind === 'string' ? String(JSON.parse(raw)).toWellFormed() : raw
}

/** The value as JavaScript has it; of a member that comes twice the last, as in Go's maps. */
export function nativeOf({ source, start, end }: GoJson): unknown {
  return JSON.parse(source.slice(start, end))
}

/** The member of exactly this name, as a Go map has it: the last one. */
export function memberOf(object: GoJson, name: string): GoJson | undefined {
  return object.members.findLast((member) => member.name === name)?.value
}

/** Members for a field of a Go struct, in order: encoding/json takes any case, and each one overwrites the one before. */
export function fieldsOf(object: GoJson, name: string): readonly GoJson[] {
  const folded = foldName(name)
  return object.members.filter((member) => foldName(member.name) === folded).map((m) => m.value)
}

// Beyond ASCII, Go folds the long s and the Kelvin sign into s and k.
function foldName(name: string): string {
  return name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase()
}

class Reader {
  readonly #source: string
  readonly #open: Open[] = []
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  /** Without recursion: ten thousand levels are no mistake yet. */
  read(): GoJson {
    this.#skipSpace()
    for (;;) {
      const value = this.#readValueOrOpen()
      if (value === undefined) continue
      const whole = this.#place(value)
      if (whole !== undefined) return this.#expectEnd(whole)
    }
  }

  /** A whole value, or undefined after an opening bracket that is not closed at once. */
  #readValueOrOpen(): GoJson | undefined {
    const start = this.#at
    const opening = this.#source[start]
    if (opening === '{' || opening === '[') {
      const kind = opening === '{' ? 'object' : 'array'
      this.#at += 1
      this.#open.push({ kind, start, members: [], items: [], name: '' })
      if (this.#open.length > MAX_DEPTH) throw new SyntaxFault('exceeded max depth')
      this.#skipSpace()
      if (this.#source[this.#at] === (kind === 'object' ? '}' : ']')) return this.#close()
      if (kind === 'object') this.#readName('looking for beginning of object key string')
      return undefined
    }
    if (opening === '"') return this.#leaf('string', this.#matchString())
    if (opening !== undefined && /[-0-9]/.test(opening)) {
      const match = this.#match(number)
      if (match === '') this.#failInNumber()
      return this.#leaf('number', match)
    }
    const literal = this.#match(word)
    if (literal === '') this.#failInWord()
    return this.#leaf(literal === 'null' ? 'null' : 'bool', literal)
  }

  /** Puts a value into what is open, and closes what ends with it. Returns the outermost value once it is whole. */
  #place(first: GoJson): GoJson | undefined {
    let value = first
    for (;;) {
      const parent = this.#open.at(-1)
      if (parent === undefined) return value
      if (parent.kind === 'object') parent.members.push({ name: parent.name, value })
      else parent.items.push(value)
      this.#skipSpace()
      const next = this.#source[this.#at]
      if (next === ',') {
        this.#at += 1
        this.#skipSpace()
        if (parent.kind === 'object') this.#readName('looking for beginning of object key string')
        return undefined
      }
      if (next !== (parent.kind === 'object' ? '}' : ']')) {
        this.#fail(parent.kind === 'object' ? 'after object key:value pair' : 'after array element')
      }
      value = this.#close()
    }
  }

  #close(): GoJson {
    const { kind, start, members, items } = this.#open.pop() as Open
    this.#at += 1
    return { kind, source: this.#source, start, end: this.#at, members, items }
  }

  #readName(where: string): void {
    if (this.#source[this.#at] !== '"') this.#fail(where)
    const parent = this.#open.at(-1) as Open
    parent.name = String(JSON.parse(this.#matchString())).toWellFormed()
    this.#skipSpace()
    if (this.#source[this.#at] !== ':') this.#fail('after object key')
    this.#at += 1
    this.#skipSpace()
  }

  #leaf(kind: GoJsonKind, text: string): GoJson {
    const end = this.#at
    return { kind, source: this.#source, start: end - text.length, end, members: [], items: [] }
  }

  #matchString(): string {
    const start = this.#at
    this.#at += 1
    for (;;) {
      this.#match(plainText)
      const next = this.#source[this.#at]
      if (next === '"') {
        this.#at += 1
        return this.#source.slice(start, this.#at)
      }
      if (next !== '\\') this.#fail('in string literal')
      if (this.#match(escapedCharacter) === '') this.#failInEscape()
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#source)?.[0] ?? ''
    this.#at += match.length
    return match
  }

  #skipSpace(): void {
    this.#match(space)
  }

  #expectEnd(value: GoJson): GoJson {
    this.#skipSpace()
    if (this.#at < this.#source.length) this.#fail('after top-level value')
    return value
  }

  #failInEscape(): never {
    this.#at += 1
    if (this.#source[this.#at] !== 'u') this.#fail('in string escape code')
    this.#at += 1
    this.#match(/[0-9A-Fa-f]{0,3}/y)
    this.#fail('in \\u hexadecimal character escape')
  }

  #failInNumber(): never {
    this.#at += 1
    this.#fail('in numeric literal')
  }

  #failInWord(): never {
    const wanted = ['true', 'false', 'null'].find((each) => each[0] === this.#source[this.#at])
    if (wanted === undefined) this.#fail('looking for beginning of value')
    let seen = 1
    while (wanted[seen] === this.#source[this.#at + seen]) seen += 1
    this.#at += seen
    this.#fail(`in literal ${wanted} (expecting ${quoteCharacter(wanted[seen] ?? '')})`)
  }

  #fail(where: string): never {
    const point = this.#source.codePointAt(this.#at)
    if (point === undefined) throw new SyntaxFault('unexpected end of JSON input')
    // Go reads bytes: of a character beyond ASCII it names the first.
    const byte = Buffer.from(String.fromCodePoint(point)).toString('latin1')[0] ?? ''
    throw new SyntaxFault(`invalid character ${quoteCharacter(byte)} ${where}`)
  }
}

function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`
  if (character === '"') return `'"'`
  return `'${goQuote(character).slice(1, -1)}'`
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' },
  ...{ '\v': '\\v', '"': '\\"', '\\': '\\\\' },
}

/** A text between quotes as Go's `%q` writes it. */
export function goQuote(text: string): string {
  const quoted = text.replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, (found) => {
    const short = escapes[found]
    if (short !== undefined) return short
    const point = found.codePointAt(0) ?? 0
    if (point < 0x80) return `\\x${point.toString(16).padStart(2, '0')}`
    return point > 0xffff
      ? `\\U${point.toString(16).padStart(8, '0')}`
      : `\\u${point.toString(16).padStart(4, '0')}`
  })
  return `"${quoted}"`
}

/** Several texts as Go's `%q` writes a slice: `["a" "b"]`. */
export function goQuoteAll(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(' ')}]`
}

/** Go's time.Time as `%v` writes it in UTC, whole seconds: `2026-01-31 08:00:00 +0000 UTC`. */
export function goTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  if (Number.isNaN(date.getTime())) return `${unixSeconds} s after 1970`
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')} +0000 UTC`
}
