import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml'
import { goQuote } from './go-json.ts'
import { apiGroup, configurationShape, goType, type Shape, versions } from './settings-schema.ts'
import type { SettingsFault } from './types.ts'

/** An AuthenticationConfiguration as plain data, as far as it could be read. */
export interface Decoded {
  readonly value: Readonly<Record<string, unknown>>
  readonly faults: readonly SettingsFault[]
  /** The sentence for the whole file; null where it was decoded. */
  readonly error: string | null
  readonly lines: ReadonlyMap<string, number>
}

/** What a value is to JSON, with what YAML 1.1 makes of a bare word. */
type Kind = 'string' | 'number' | 'bool' | 'null' | 'array' | 'object'

const MAX_ALIASES = 1000

class Walk {
  readonly lines = new Map<string, number>()
  readonly unknown: SettingsFault[] = []
  readonly duplicates: { line: number; key: string; path: string }[] = []
  fatal: SettingsFault | null = null
  document: Document.Parsed | undefined
  readonly counter: LineCounter
  readonly isJson: boolean
  version = 'v1'
  #aliases = 0

  constructor(counter: LineCounter, isJson: boolean) {
    this.counter = counter
    this.isJson = isJson
  }

  /** What an alias stands for: few enough that no file grows by them. */
  resolve(node: unknown): Node | null {
    if (!isAlias(node)) return isNode(node) ? node : null
    this.#aliases += 1
    if (this.document === undefined || this.#aliases > MAX_ALIASES) return null
    return node.resolve(this.document) ?? null
  }

  lineOf(node: Node | null | undefined): number | null {
    const start = node?.range?.[0]
    return start === undefined ? null : this.counter.linePos(start).line
  }

  wrongType(node: Node | null, path: string, kind: Kind, where: string, type: string): void {
    const message = `json: cannot unmarshal ${kind} into Go struct field ${where} of type ${type}`
    this.fatal ??= { line: this.lineOf(node), path, message, exact: true }
  }
}

/** Strict decoding as kube-apiserver does it: unknown members, duplicates and wrong types are mistakes. */
export function decodeConfiguration(source: string): Decoded {
  const counter = new LineCounter()
  const documents = parseAllDocuments(source, {
    ...{ version: '1.1', lineCounter: counter, uniqueKeys: false, prettyErrors: false },
  })
  const walk = new Walk(counter, source.trimStart().startsWith('{'))
  const document = Array.isArray(documents) ? documents[0] : undefined
  walk.document = document
  const [syntax] = document?.errors ?? []
  if (syntax !== undefined) {
    const { line } = counter.linePos(syntax.pos[0])
    const message = `yaml: line ${line}: ${syntax.message.split(':')[0]}`
    return failed(walk, { line, path: '', message, exact: false })
  }
  const anchor = document === undefined ? null : unknownAnchor(document)
  if (anchor !== null) {
    const message = `yaml: unknown anchor '${anchor.source}' referenced`
    return failed(walk, { line: walk.lineOf(anchor), path: '', message, exact: true })
  }
  const root = document?.contents ?? null
  const kind = kindOf(root)
  if (kind !== 'object' && kind !== 'null') {
    const type = `struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`
    const message = `couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type ${type}`
    return failed(walk, { line: 1, path: '', message, exact: true })
  }
  const strange = kindFault(root, source, walk)
  if (strange !== null) return failed(walk, strange)
  const value = read(root, configurationShape, '', [], 'AuthenticationConfiguration', walk)
  return finish(value as Record<string, unknown>, walk)
}

function unknownAnchor(document: Document.Parsed): Alias | null {
  let found: Alias | null = null
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      found = alias
      return visit.BREAK
    },
  })
  return found
}

function failed(walk: Walk, fault: SettingsFault): Decoded {
  return { value: {}, faults: [fault], error: fault.message, lines: walk.lines }
}

function finish(value: Readonly<Record<string, unknown>>, walk: Walk): Decoded {
  if (walk.fatal !== null) {
    return { value, faults: [walk.fatal], error: walk.fatal.message, lines: walk.lines }
  }
  const doubled = walk.duplicates.map(
    ({ line, key, path }): SettingsFault => ({
      ...{ line, path, exact: true },
      message: walk.isJson
        ? `duplicate field ${goQuote(path)}`
        : `line ${line}: key ${goQuote(key)} already set in map`,
    }),
  )
  const faults = [...doubled, ...walk.unknown]
  if (faults.length === 0) return { value, faults, error: null, lines: walk.lines }
  const yaml = `yaml: unmarshal errors:\n  ${doubled.map(({ message }) => message).join('\n  ')}`
  const first = doubled.length === 0 || walk.isJson ? doubled.map((f) => f.message) : [yaml]
  const all = [...first, ...walk.unknown.map(({ message }) => message)]
  return { value, faults, error: `strict decoding error: ${all.join(', ')}`, lines: walk.lines }
}

/** apiVersion and kind decide first. */
function kindFault(root: Node | null, source: string, walk: Walk): SettingsFault | null {
  const text = (name: string) => {
    const node = isMap(root) ? root.get(name, true) : undefined
    return isScalar(node) && typeof node.value === 'string' ? node.value : ''
  }
  const [kind, apiVersion] = [text('kind'), text('apiVersion')]
  const fault = (path: string, message: string): SettingsFault => ({
    ...{ path, message, exact: true },
    line: walk.lineOf(isMap(root) ? root.get(path, true) : null),
  })
  if (kind === '') return fault('kind', `Object 'Kind' is missing in '${source}'`)
  if (apiVersion === '') return fault('apiVersion', `Object 'apiVersion' is missing in '${source}'`)
  const [group, version] = apiVersion.split('/')
  const isKnown = group === apiGroup && versions.some((each) => each === version)
  if (isKnown && kind === 'AuthenticationConfiguration') {
    walk.version = version ?? ''
    return null
  }
  if (isKnown && kind === 'AuthorizationConfiguration') {
    return fault(
      'kind',
      'expected AuthenticationConfiguration, got *apiserver.AuthorizationConfiguration',
    )
  }
  return fault(
    isKnown ? 'kind' : 'apiVersion',
    `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
  )
}

function kindOf(node: unknown): Kind {
  if (isMap(node)) return 'object'
  if (isSeq(node)) return 'array'
  if (!isScalar(node) || node.value === null || node.value === undefined) return 'null'
  if (typeof node.value === 'boolean') return 'bool'
  return typeof node.value === 'number' || typeof node.value === 'bigint' ? 'number' : 'string'
}

/** Reads one value. `fields` is the way to it without indexes, `owner` the Go struct that holds it. */
function read(
  given: unknown,
  shape: Shape,
  path: string,
  fields: readonly string[],
  owner: string,
  walk: Walk,
): unknown {
  const node = walk.resolve(given)
  const kind = kindOf(node)
  const line = walk.lineOf(node)
  if (line !== null && !walk.lines.has(path)) walk.lines.set(path, line)
  const wrong = () => {
    const where = `${owner}.${fields.join('.')}`
    walk.wrongType(node, path, kind, where, goType(shape, walk.version))
    return undefined
  }
  if (kind === 'null') return undefined
  if (shape.kind === 'list') {
    if (!isSeq(node)) return wrong()
    return node.items.map((item, index) =>
      read(item, shape.of, `${path}[${index}]`, fields, owner, walk),
    )
  }
  if (shape.kind === 'struct') {
    return isMap(node) ? readStruct(node, shape, path, fields, walk) : wrong()
  }
  if (kind !== (shape.kind === 'bool' ? 'bool' : 'string')) return wrong()
  return isScalar(node) ? node.value : undefined
}

function readStruct(
  node: Node,
  shape: Extract<Shape, { kind: 'struct' }>,
  path: string,
  fields: readonly string[],
  walk: Walk,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  if (!isMap(node)) return result
  const seen = new Set<string>()
  const pairs = node.items.map(({ key, value }) => ({
    ...{ name: isScalar(key) ? String(key.value) : '', key: key as Node, value },
  }))
  for (const { name, key } of pairs) {
    const line = walk.lineOf(key) ?? 0
    const inner = path === '' ? name : `${path}.${name}`
    if (seen.has(name)) walk.duplicates.push({ line, key: name, path: inner })
    seen.add(name)
    walk.lines.set(inner, line)
  }
  // YAML goes through JSON with sorted names, so that its mistakes are told in that order.
  const ordered = walk.isJson ? pairs : pairs.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, key, value } of ordered) {
    const inner = path === '' ? name : `${path}.${name}`
    const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined
    if (field === undefined) {
      const message = `unknown field ${goQuote(inner)}`
      walk.unknown.push({ line: walk.lineOf(key), path: inner, message, exact: true })
    } else result[name] = read(value, field, inner, [...fields, name], shape.name, walk)
  }
  return result
}
