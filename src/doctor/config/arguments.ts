import { isMap, isScalar, isSeq, type Scalar } from 'yaml'
import {
  type Edit,
  editRange,
  indentOf,
  insertBefore,
  rangeOf,
  type Source,
  scalarText,
} from './source.ts'

/** One flag of kube-apiserver, with where it stands. */
export interface Argument {
  /** Without dashes: `oidc-issuer-url`. */
  readonly name: string
  /** Null where the flag stands without one. */
  readonly value: string | null
  readonly line: number
  /** Of the whole flag as it is written, quotes included. */
  readonly range: readonly [number, number]
  /** False where the value is another item of the list, or a key's value. */
  readonly whole: boolean
}

export type ArgumentsKind = 'pod' | 'k3s' | 'kubeadm' | 'lines'

/** The flags that a file gives kube-apiserver. */
export interface ArgumentList {
  readonly kind: ArgumentsKind
  readonly source: Source
  readonly list: readonly Argument[]
  /** Items that YAML reads as something else than text, such as `- --oidc-username-prefix=oidc:`. */
  readonly misread: readonly { readonly line: number; readonly range: readonly [number, number] }[]
}

/** As kube-apiserver gets them. */
export function flagsOf({ list }: ArgumentList): string[] {
  return list.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`))
}

export function findArguments(argumentList: ArgumentList, name: string): readonly Argument[] {
  return argumentList.list.filter((each) => each.name === name)
}

/** Null where the file holds no flags of kube-apiserver. */
export function readArguments(source: Source): ArgumentList | null {
  const root = source.document.contents
  if (isMap(root)) {
    if (root.get('kind') === 'Pod') return readPod(source)
    const k3s: unknown = root.get('kube-apiserver-arg', true)
    if (isSeq(k3s)) return collect('k3s', source, k3s.items)
    // RKE2 and k3s take a single flag as text.
    if (isScalar(k3s)) return collect('k3s', source, [k3s])
    return readKubeadm(source)
  }
  return /^--[a-z]/m.test(source.text) ? readLines(source) : null
}

function readPod(source: Source): ArgumentList | null {
  const containers: unknown = source.document.getIn(['spec', 'containers'], true)
  if (!isSeq(containers)) return null
  for (const container of containers.items) {
    if (!isMap(container)) continue
    const lists = ['command', 'args'].map((key): unknown => container.get(key, true))
    const items = lists.flatMap((list): unknown[] => (isSeq(list) ? list.items : []))
    if (items.some((item) => isScalar(item) && String(item.value).endsWith('kube-apiserver'))) {
      return collect('pod', source, items)
    }
  }
  return null
}

function readKubeadm(source: Source): ArgumentList | null {
  const extra: unknown = source.document.getIn(['apiServer', 'extraArgs'], true)
  const list: Argument[] = []
  const add = (name: string, value: unknown): void => {
    if (!isScalar(value)) return
    const range = rangeOf(value)
    const line = source.lineAt(range[0])
    list.push({ name, value: String(value.value), line, range, whole: false })
  }
  if (isMap(extra)) {
    for (const { key, value } of extra.items) add(String(key), value)
  } else if (isSeq(extra)) {
    for (const item of extra.items) {
      if (isMap(item)) add(String(item.get('name')), item.get('value', true))
    }
  } else return null
  return { kind: 'kubeadm', source, list, misread: [] }
}

function readLines(source: Source): ArgumentList {
  const list: Argument[] = []
  let offset = 0
  for (const text of source.text.split('\n')) {
    const match = /^(\s*)--([\w-]+)(?:[= ]["']?(.*?)["']?)?\s*$/.exec(text)
    if (match !== null) {
      const [, indent = '', name = '', value] = match
      const range = [offset + indent.length, offset + text.trimEnd().length] as const
      const line = source.text.slice(0, offset).split('\n').length
      list.push({ name, value: value ?? null, line, range, whole: true })
    }
    offset += text.length + 1
  }
  return { kind: 'lines', source, list, misread: [] }
}

function collect(kind: ArgumentsKind, source: Source, items: readonly unknown[]): ArgumentList {
  const list: Argument[] = []
  const misread: { line: number; range: readonly [number, number] }[] = []
  for (const [index, item] of items.entries()) {
    if (isMap(item)) {
      const range = rangeOf(item)
      misread.push({ line: source.lineAt(range[0]), range })
    }
    if (!isScalar(item) || typeof item.value !== 'string') continue
    const argument = readItem(kind, source, item, item.value, items[index + 1])
    if (argument !== null) list.push(argument)
  }
  return { kind, source, list, misread }
}

function readItem(
  kind: ArgumentsKind,
  source: Source,
  item: Scalar,
  text: string,
  next: unknown,
): Argument | null {
  const match = (
    kind === 'k3s' ? /^(?:--)?([\w-]+)(?:=([\s\S]*))?$/ : /^--([\w-]+)(?:=([\s\S]*))?$/
  ).exec(text)
  if (match === null) return null
  const [, name = '', value] = match
  const range = rangeOf(item)
  const line = source.lineAt(range[0])
  if (value !== undefined || kind === 'k3s') {
    return { name, value: value ?? null, line, range, whole: true }
  }
  // `--flag` and its value as two items of the list.
  if (isScalar(next) && typeof next.value === 'string' && !next.value.startsWith('--')) {
    const range = rangeOf(next)
    return { name, value: next.value, line: source.lineAt(range[0]), range, whole: false }
  }
  return { name, value: null, line, range, whole: true }
}

/** The edit that gives a flag this value. */
export function setArgument(
  { kind, source }: ArgumentList,
  argument: Argument,
  value: string,
): Edit {
  const { range, name, whole } = argument
  const before = source.text.slice(...range)
  const text = whole
    ? `${kind === 'k3s' && !/^['"]?--/.test(before) ? '' : '--'}${name}=${value}`
    : value
  return editRange(source, range, kind === 'lines' ? text : scalarText(text, before))
}

/** The edit that takes a flag away, with its line; null where it shares the line with others. */
export function removeArgument({ source }: ArgumentList, { range, whole }: Argument): Edit | null {
  const written = source.text.slice(...range)
  const line = source.lineText(source.lineAt(range[0])).trim()
  const alone = line === `- ${written}` || line === written
  return whole && alone ? editRange(source, range, null) : null
}

/** The edit that adds flags after the last one that resembles them; null where the list has no line to follow. */
export function addArguments(argumentList: ArgumentList, flags: readonly string[]): Edit | null {
  const { kind, source, list } = argumentList
  const near = list.findLast(({ name }) => /^(?:oidc|authentication)-/.test(name)) ?? list.at(-1)
  if (near === undefined || kind === 'kubeadm') return null
  const line = source.lineText(near.line)
  const indent = indentOf(line)
  if (kind !== 'lines' && !line.trimStart().startsWith('- ')) return null
  const texts = flags.map((flag) => {
    if (kind === 'lines') return flag
    const text = kind === 'k3s' ? flag.replace(/^--/, '') : flag
    return `${indent}- ${scalarText(text)}`
  })
  return insertBefore(source, near.line + 1, texts.join('\n'))
}

/** The one edit that puts a flag in the place of all whose names begin so; null where one shares its line with others. */
export function replaceArguments(list: ArgumentList, prefix: string, flag: string): Edit | null {
  const { kind, source } = list
  const going = list.list.filter(({ name }) => name.startsWith(prefix))
  const [first] = going
  if (first === undefined || kind === 'kubeadm') return null
  if (going.some((argument) => removeArgument(list, argument) === null)) return null
  const gone = new Set(going.map(({ line }) => line))
  const last = Math.max(...gone)
  const numbers = Array.from({ length: last - first.line + 1 }, (_, index) => first.line + index)
  const item = kind === 'k3s' ? flag.replace(/^--/, '') : flag
  const indent = indentOf(source.lineText(first.line))
  const kept = numbers.filter((line) => !gone.has(line)).map((line) => source.lineText(line))
  return {
    ...{ kind: 'edit', place: 'apiserver', file: source.file, line: first.line },
    remove: numbers.map((line) => source.lineText(line)).join('\n'),
    insert: [kind === 'lines' ? indent + flag : `${indent}- ${scalarText(item)}`, ...kept].join(
      '\n',
    ),
  }
}

/** What stands in the file for an item that YAML misreads, between quotes. */
export function quoteItem({ source }: ArgumentList, range: readonly [number, number]): Edit {
  const line = source.lineAt(range[0])
  const start = range[0]
  const end = source.text.indexOf('\n', start)
  const to = end === -1 ? source.text.length : end
  const written = source.text
    .slice(start, to)
    .replace(/\s+#.*$/, '')
    .trimEnd()
  return {
    ...editRange(source, [start, start + written.length], JSON.stringify(written)),
    line,
  }
}
