import {
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { type Fault, showValue } from './faults.ts'
import { type Key, keys, nearestName, sections } from './keys.ts'

/** A value and where it stands. */
export interface Given {
  readonly key: Key
  readonly value: unknown
  /** Where a fault of it is. */
  readonly at: Pick<Fault, 'file' | 'line' | 'key'>
  /** What a relative path in it starts from. */
  readonly directory: string
}

export interface Source {
  readonly given: readonly Given[]
  readonly faults: readonly Fault[]
}

interface Context {
  readonly file: string
  readonly directory: string
  readonly text: string
  readonly lines: LineCounter
  readonly given: Given[]
  readonly faults: Fault[]
}

/** Reads the text of a lanyard.yaml. Values are not checked yet, but every key is known. */
export function readFileSource(text: string, file: string, directory: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const context: Context = { file, directory, text, lines, given: [], faults: [] }
  for (const error of document.errors) {
    const line = lines.linePos(error.pos[0]).line
    const isDuplicate = error.code === 'DUPLICATE_KEY'
    const key = isDuplicate ? keyTextAt(text, error.pos[0]) : 'YAML'
    const expected = isDuplicate ? 'each key once' : `YAML that can be read: ${error.message}`
    context.faults.push({ file, line, key, value: null, expected })
  }
  if (isMap(document.contents)) readMap(context, document.contents, [])
  else if (document.contents !== null && document.errors.length === 0) {
    const value = showValue(document.toJS())
    context.faults.push({ file, line: 1, key: 'YAML', value, expected: 'keys and values' })
  }
  return context
}

function keyTextAt(text: string, offset: number): string {
  return /^[^:\s]*/.exec(text.slice(offset))?.[0] ?? ''
}

function readMap(context: Context, map: YAMLMap, parents: readonly string[]): void {
  for (const pair of map.items) {
    const part = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
    const path = [...parents, part]
    const at = { file: context.file, line: lineOf(context, pair), key: path.join('.') }
    if (sections.has(at.key)) readSection(context, pair, path, at)
    else readKey(context, pair, at)
  }
}

function readSection(
  context: Context,
  { value }: Pair,
  path: readonly string[],
  at: Given['at'],
): void {
  if (isMap(value)) {
    readMap(context, value, path)
    return
  }
  if (isScalar(value) && value.value === null) return
  const names = keys.filter((key) => key.name.startsWith(`${at.key}.`)).map(({ name }) => name)
  const expected = `a section with ${names.join(', ')}`
  context.faults.push({ ...at, value: showValue(plain(value)), expected })
}

function readKey(context: Context, pair: Pair, at: Given['at']): void {
  const key = keys.find(({ name }) => name === at.key)
  const value = plain(pair.value)
  if (key !== undefined && value !== null) {
    context.given.push({ key, value, at, directory: context.directory })
  } else if (key !== undefined) {
    const expected = 'a value (one that begins with # must be in quotes), or no such line'
    context.faults.push({ ...at, value: 'empty', expected })
  } else {
    const near = nearestName(at.key, [...keys.map(({ name }) => name), ...sections])
    const expected = near === undefined ? 'a known key' : `"${near}", as no key has this name`
    context.faults.push({ ...at, value: null, expected })
  }
}

function plain(node: unknown): unknown {
  if (isScalar(node)) return node.value
  return isCollection(node) ? (node.toJSON() as unknown) : node
}

function lineOf({ lines }: Context, { key }: Pair): number {
  const offset = isScalar(key) ? key.range?.[0] : undefined
  return offset === undefined ? 1 : lines.linePos(offset).line
}
