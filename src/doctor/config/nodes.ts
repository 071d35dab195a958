import { isMap, isScalar, isSeq, type Pair, stringify, type YAMLMap } from 'yaml'
import { type Edit, editRange, insertBefore, rangeOf, type Source, scalarText } from './source.ts'

/*
 * Edits of YAML in the writing of whoever wrote it: only what changes is written anew, the rest of the file stays byte for byte.
 */

/** The node at the path; undefined where there is none. */
export function nodeAt(source: Source, path: readonly (string | number)[]): unknown {
  return source.document.getIn(path, true)
}

/** Text of the scalar at the path; undefined for whatever is no text. */
export function textAt(source: Source, path: readonly (string | number)[]): string | undefined {
  const node = nodeAt(source, path)
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined
}

export function mapAt(source: Source, path: readonly (string | number)[]): YAMLMap | undefined {
  const node = nodeAt(source, path)
  return isMap(node) ? node : undefined
}

export function countAt(source: Source, path: readonly (string | number)[]): number {
  const node = nodeAt(source, path)
  return isSeq(node) ? node.items.length : 0
}

/** 1-based; null where nothing is written. */
export function lineAt(source: Source, path: readonly (string | number)[]): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(source, path.slice(0, length))
    if (isMap(node) || isScalar(node) || isSeq(node)) return source.lineAt(rangeOf(node)[0])
  }
  return null
}

/** The edit that makes `map.key` this value: changed where it stands, else a new line under the first key. */
export function setKey(source: Source, map: YAMLMap, key: string, value: unknown): Edit | null {
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key)
  if (pair !== undefined) return changePair(source, map, pair, key, value)
  const [first] = map.items
  if (first === undefined || !isScalar(first.key)) return null
  if (map.flow === true) {
    const last = map.items.at(-1)?.value
    if (!isScalar(last) && !isSeq(last) && !isMap(last)) return null
    const end = rangeOf(last)[1]
    return editRange(
      source,
      [end, end],
      `, ${flow({ [key]: value })
        .slice(1, -1)
        .trim()}`,
    )
  }
  const column = columnOf(source, rangeOf(first.key)[0])
  return insertBefore(source, lineAfter(source, first), block({ [key]: value }, column))
}

function changePair(
  source: Source,
  map: YAMLMap,
  { key: keyNode, value: present }: Pair,
  key: string,
  value: unknown,
): Edit | null {
  if (!isScalar(keyNode)) return null
  const [start] = rangeOf(keyNode)
  const hasNode = isScalar(present) || isSeq(present) || isMap(present)
  const end = hasNode ? trimmedEnd(source, rangeOf(present)[1]) : rangeOf(keyNode)[1] + 1
  if (isScalar(present) && typeof value === 'string' && !value.includes('\n')) {
    const written = source.text.slice(...rangeOf(present))
    if (!/^[|>]/.test(written) && !written.includes('\n')) {
      return editRange(source, rangeOf(present), scalarText(value, written))
    }
  }
  if (map.flow === true)
    return editRange(
      source,
      [start, end],
      flow({ [key]: value })
        .slice(1, -1)
        .trim(),
    )
  const column = columnOf(source, start)
  return editRange(source, [start, end], block({ [key]: value }, column).trimStart())
}

/** The edit that changes the one item of a list; null where there are more, or none. */
export function setOnlyItem(
  source: Source,
  path: readonly (string | number)[],
  value: string,
): Edit | null {
  const list = nodeAt(source, path)
  const item: unknown = isSeq(list) && list.items.length === 1 ? list.items[0] : undefined
  if (!isScalar(item)) return null
  const range = rangeOf(item)
  return editRange(source, range, scalarText(value, source.text.slice(...range)))
}

/** The edit that takes a key and its value away, lines and all; null where it shares a line with others. */
export function removeKey(source: Source, map: YAMLMap, key: string): Edit | null {
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key)
  if (pair === undefined || !isScalar(pair.key)) return null
  const start = rangeOf(pair.key)[0]
  const lineStart = source.text.lastIndexOf('\n', start - 1) + 1
  if (source.text.slice(lineStart, start).trim() !== '') return null
  return editRange(source, [lineStart, endOfPair(source, pair)], null)
}

/** The edit that takes one item of a list away; null where it is not on lines of its own. */
export function removeItem(
  source: Source,
  path: readonly (string | number)[],
  index: number,
): Edit | null {
  const list = nodeAt(source, path)
  const item: unknown = isSeq(list) ? list.items[index] : undefined
  if (!isMap(item) && !isScalar(item)) return null
  const [start, end] = rangeOf(item)
  const lineStart = source.text.lastIndexOf('\n', start - 1) + 1
  if (!/^\s*-\s*$/.test(source.text.slice(lineStart, start))) return null
  return editRange(source, [lineStart, trimmedEnd(source, end)], null)
}

/** The edit that puts items behind the last of a list in block writing; null where there is none. */
export function appendItems(
  source: Source,
  path: readonly (string | number)[],
  items: readonly unknown[],
): Edit | null {
  const list = nodeAt(source, path)
  if (!isSeq(list) || list.flow === true) return null
  const last: unknown = list.items.at(-1)
  if (!isMap(last) && !isScalar(last)) return null
  const [start, end] = rangeOf(last)
  const column = columnOf(source, source.text.lastIndexOf('-', start))
  const line = source.lineAt(Math.max(start, trimmedEnd(source, end) - 1)) + 1
  return insertBefore(source, line, block(items, column))
}

function columnOf(source: Source, offset: number): number {
  return offset - (source.text.lastIndexOf('\n', offset - 1) + 1)
}

/** A node's range may reach over the line breaks and comments behind it. */
function trimmedEnd(source: Source, end: number): number {
  return source.text.slice(0, end).trimEnd().length
}

function endOfPair(source: Source, { key, value }: Pair): number {
  if (isScalar(value) || isSeq(value) || isMap(value)) return trimmedEnd(source, rangeOf(value)[1])
  return isScalar(key) ? rangeOf(key)[1] + 1 : 0
}

function lineAfter(source: Source, pair: Pair): number {
  return source.lineAt(Math.max(0, endOfPair(source, pair) - 1)) + 1
}

function block(value: unknown, column: number): string {
  const pad = ' '.repeat(column)
  return stringify(value, { lineWidth: 0, indentSeq: false })
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? line : pad + line))
    .join('\n')
}

function flow(value: unknown): string {
  return stringify(value, {
    lineWidth: 0,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  }).trim()
}
