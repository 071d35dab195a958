import {
  type Document,
  isMap,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
} from 'yaml'
import type { Fix } from '../finding.ts'
import { type FileOutcome, type Ports, tooLong } from '../ports.ts'
import { quoteLine } from '../secret-text.ts'

export type Edit = Extract<Fix, { kind: 'edit' }>
type Unreadable = Extract<FileOutcome, { kind: 'unreadable' }>

/** A file of kube-apiserver's, as text, and as YAML where it is that. */
export interface Source {
  readonly file: string
  readonly text: string
  readonly document: Document
  /** 1-based. */
  lineAt(offset: number): number
  lineText(line: number): string
  /** The line to print, trimmed and without secrets. */
  quote(line: number): string
}

/** What is parsed: YAML's reader compares every key of a mapping with all others, and 1 MiB of them takes it 10 s. */
const MAX_PARSED_BYTES = 256 * 1024

/** Reads a file and parses it; what is too long to be parsed is as one that cannot be read, with the code `EFBIG`. */
export async function openSource(
  file: string,
  { readFile }: Pick<Ports, 'readFile'>,
): Promise<{ readonly kind: 'source'; readonly source: Source } | Unreadable> {
  const read = await readFile(file)
  if (read.kind === 'unreadable') return read
  if (Buffer.byteLength(read.text) > MAX_PARSED_BYTES) return tooLong(MAX_PARSED_BYTES)
  return { kind: 'source', source: readSource(file, read.text) }
}

export function readSource(file: string, text: string): Source {
  const counter = new LineCounter()
  const document = chooseDocument(text, counter)
  const lines = text.split('\n')
  return {
    file,
    text,
    document,
    lineAt: (offset) => counter.linePos(offset).line,
    lineText: (line) => lines[line - 1] ?? '',
    quote: (line) => quoteLine(lines, line).trim(),
  }
}

/** Pretty ones quote the file, and ten thousand of them take seconds to draw. */
const prettyErrors = false

/** kubeadm's file holds several: the one of kube-apiserver is meant. */
function chooseDocument(text: string, lineCounter: LineCounter): Document {
  if (!/^---\s*$/m.test(text)) return parseDocument(text, { lineCounter, prettyErrors })
  const all = parseAllDocuments(text, { lineCounter, prettyErrors })
  const kinds = new Set(['ClusterConfiguration', 'Pod', 'AuthenticationConfiguration'])
  const own = Array.isArray(all)
    ? all.find(({ contents }) => isMap(contents) && kinds.has(String(contents.get('kind'))))
    : undefined
  return own ?? parseDocument(text, { lineCounter: new LineCounter(), prettyErrors })
}

/**
 * The change of a range of characters, as whole lines: what an editor shows and `patch` takes. `insert` null takes the lines away
 * altogether.
 */
export function editRange(
  source: Source,
  [start, end]: readonly [number, number],
  insert: string | null,
): Edit {
  const { text, file } = source
  const from = text.lastIndexOf('\n', start - 1) + 1
  const newline = text.indexOf('\n', Math.max(start, end - 1))
  const to = newline === -1 ? text.length : newline
  const edit = { kind: 'edit', place: 'apiserver', file, line: source.lineAt(from) } as const
  const remove = text.slice(from, to)
  if (insert === null) return { ...edit, remove, insert: null }
  const tail = text.slice(Math.min(end, to), to)
  return { ...edit, remove, insert: `${text.slice(from, start)}${insert}${tail}` }
}

/** New lines that come to stand before this line; at the end where the file has no such line. */
export function insertBefore(source: Source, line: number, insert: string): Edit {
  const count = source.text.replace(/\n$/, '').split('\n').length
  return {
    ...{ kind: 'edit', place: 'apiserver', file: source.file, remove: null, insert },
    line: line > count ? null : line,
  }
}

export function replaceFile(source: Source, insert: string): Edit {
  const { file, text } = source
  return {
    ...{ kind: 'edit', place: 'apiserver', file, line: 1 },
    ...{ remove: text.replace(/\n$/, ''), insert: insert.replace(/\n$/, '') },
  }
}

/**
 * The text after an edit. `remove` stands at the beginning of its line; without it `insert` becomes lines of its own before that line,
 * or the last ones.
 * @throws TypeError where the text that goes is not there.
 */
export function applyEdit(text: string, { line, remove, insert }: Edit): string {
  const lines = text.split('\n')
  if (line === null) {
    const end = lines.at(-1) === '' ? lines.length - 1 : lines.length
    lines.splice(end, 0, ...(insert ?? '').split('\n'))
    return lines.join('\n')
  }
  const going = remove === null ? [] : remove.split('\n')
  const present = lines.slice(line - 1, line - 1 + going.length)
  if (present.join('\n') !== going.join('\n')) {
    throw new TypeError(`line ${line} is not what is to be replaced`)
  }
  lines.splice(line - 1, going.length, ...(insert === null ? [] : insert.split('\n')))
  return lines.join('\n')
}

/** The range of a node's own text, without what follows it. */
export function rangeOf(node: Node): readonly [number, number] {
  const [start, end] = node.range ?? [0, 0]
  return [start, end]
}

/** A scalar in the writing that stood there, quoted where YAML would read it as something else. */
export function scalarText(value: string, before = ''): string {
  const quote = before.startsWith("'") ? "'" : before.startsWith('"') ? '"' : ''
  if (quote === "'") return `'${value.replaceAll("'", "''")}'`
  if (quote === '"' || needsQuotes(value)) return JSON.stringify(value)
  return value
}

function needsQuotes(value: string): boolean {
  return (
    value === '' || /: |:$| #|^[\s\-?:,[\]{}#&*!|>'"%@`]|\s$/.test(value.replace(/^--(?=\w)/, ''))
  )
}

export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}
