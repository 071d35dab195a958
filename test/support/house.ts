import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'

/** What one file reaches for, with the line it does so on. */
export interface Reach {
  readonly line: number
  /** `import`: a module, by its specifier; the others: something only some rooms may touch. */
  readonly kind: 'import' | 'computed import' | 'process.env' | 'current time' | 'raw html'
  readonly specifier: string
  /** Gone when the file runs: `import type` and `export type`. */
  readonly erased?: boolean
}

/** Paths, relative to the repository and with forward slashes, to their TypeScript. */
export type Sources = ReadonlyMap<string, string>

/** Who may import whom; every list is complete. A room is a directory, or one file that stands alone. */
export type Table = Readonly<Record<string, readonly string[]>>

/** Something that only files under these prefixes may do. */
export interface Fence {
  readonly what: string
  readonly stops: (reach: Reach) => boolean
  readonly allowed: readonly string[]
}

export interface Law {
  readonly table: Table
  readonly fences: readonly Fence[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

/** The room that a file belongs to: the longest entry of the table that its path begins with. */
export function roomOf(path: string, table: Table): string | undefined {
  return Object.keys(table)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .toSorted((one, other) => other.length - one.length)[0]
}

/** Every breach of the law, one sentence each, `path:line` first. */
export function findBreaches(sources: Sources, { table, fences }: Law): string[] {
  const breaches: string[] = []
  const graph = new Map<string, string[]>()
  for (const [path, code] of sources) {
    const room = roomOf(path, table)
    if (room === undefined) {
      breaches.push(`${path}:1 stands in no room of the table`)
      continue
    }
    const targets: string[] = []
    graph.set(path, targets)
    for (const reach of readReaches(path, code)) {
      for (const fence of fences) {
        if (!fence.stops(reach) || fence.allowed.some((prefix) => path.startsWith(prefix))) continue
        breaches.push(
          `${path}:${reach.line} ${fence.what} is for ${fence.allowed.join(', ')} alone`,
        )
      }
      if (reach.kind === 'computed import') {
        breaches.push(`${path}:${reach.line} imports what only running it would tell`)
      }
      if (reach.kind !== 'import' || !reach.specifier.startsWith('.')) continue
      const target = posix.join(posix.dirname(path), reach.specifier)
      if (reach.erased !== true) targets.push(target)
      const fault = importFault({ path, room, target, sources, table })
      if (fault !== undefined) breaches.push(`${path}:${reach.line} ${fault}`)
    }
  }
  return [...breaches, ...findCircles(graph)]
}

function importFault(options: {
  path: string
  room: string
  target: string
  sources: Sources
  table: Table
}): string | undefined {
  const { path, room, target, sources, table } = options
  if (!target.endsWith('.ts')) return undefined
  if (!sources.has(target)) return `imports ${target}, which does not exist`
  const other = roomOf(target, table)
  if (other === undefined || other === room) return undefined
  // A test may look inside the room that it mirrors, and inside no other.
  if (path.startsWith('test/') && testedRoom(path) === other) return undefined
  if (!(table[room] ?? []).includes(other)) return `${room} may not import ${other}`
  // Test support is no room of the product: bench uses what it needs of it.
  if (other === 'test') return undefined
  const door = other.endsWith('.ts') ? other : `${other}/index.ts`
  return target === door ? undefined : `enters ${other} by ${target} instead of ${door}`
}

/** `test/db/x.test.ts` mirrors `db`, `test/issuer/x.test.ts` mirrors `src/issuer`. */
function testedRoom(path: string): string {
  const [, name = ''] = path.split('/')
  return name === 'db' || name === 'views' || name === 'bench' ? name : `src/${name}`
}

/** Circles of imports, each once, written as the way round. */
export function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const way: string[] = []
  const visit = (path: string): void => {
    const start = way.indexOf(path)
    if (start >= 0) {
      const circle = way.slice(start)
      circles.push(`${path}:1 imports itself: ${[...circle, path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    way.push(path)
    for (const target of graph.get(path) ?? []) visit(target)
    way.pop()
    done.add(path)
  }
  for (const path of graph.keys()) visit(path)
  return circles
}

/**
 * What a file reaches for, by its syntax tree: in every form, types included, and nothing that merely looks like an import in
 * a string or a comment.
 */
export function readReaches(path: string, code: string): Reach[] {
  const { program, errors } = parseSync(path, code, { sourceType: 'module' })
  const [error] = errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
  const reaches: Reach[] = []
  walk(program, (node) => {
    const found = reachOf(node)
    if (found === undefined) return
    reaches.push({ ...found, line: code.slice(0, node.start).split('\n').length })
  })
  return reaches
}

function reachOf(node: Node): Omit<Reach, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration': {
      const specifier = text(node['source'])
      if (specifier === undefined) return undefined
      if (specifier.startsWith('hono/html') && names(node).includes('raw')) {
        return { kind: 'raw html', specifier }
      }
      if (/^(node:)?process$/.test(specifier) && names(node).includes('env')) {
        return { kind: 'process.env', specifier }
      }
      const erased = node['importKind'] === 'type' || node['exportKind'] === 'type'
      return { kind: 'import', specifier, erased }
    }
    case 'TSImportType':
      return { ...imported(node['source']), erased: true }
    case 'ImportExpression':
      return imported(node['source'])
    case 'TSExternalModuleReference':
      return imported(node['expression'])
    case 'CallExpression':
      return calledFor(node)
    case 'NewExpression':
      return madeNew(node)
    case 'MemberExpression':
      return isName(node['object'], 'process') && memberName(node) === 'env'
        ? { kind: 'process.env', specifier: 'process' }
        : undefined
    case 'VariableDeclarator':
      return isName(node['init'], 'process') && keys(node['id']).includes('env')
        ? { kind: 'process.env', specifier: 'process' }
        : undefined
    default:
      return undefined
  }
}

function calledFor(node: Node): Omit<Reach, 'line'> | undefined {
  const { callee } = node
  if (isName(callee, 'require')) return imported(first(node['arguments']))
  if (isNode(callee) && isName(callee['object'], 'Date') && memberName(callee) === 'now') {
    return { kind: 'current time', specifier: 'Date.now()' }
  }
  return isName(callee, 'Date') ? { kind: 'current time', specifier: 'Date()' } : undefined
}

function madeNew(node: Node): Omit<Reach, 'line'> | undefined {
  const argument = first(node['arguments'])
  if (isName(node['callee'], 'Date') && argument === undefined) {
    return { kind: 'current time', specifier: 'new Date()' }
  }
  // new Worker(new URL('./hashing.ts', import.meta.url)) loads a module as an import does.
  const specifier = text(argument)
  return isName(node['callee'], 'URL') && specifier !== undefined && /^\..*\.ts$/.test(specifier)
    ? { kind: 'import', specifier }
    : undefined
}

function imported(source: unknown): Omit<Reach, 'line'> {
  const specifier = text(source)
  return specifier === undefined
    ? { kind: 'computed import', specifier: '' }
    : { kind: 'import', specifier }
}

/** Every node of a syntax tree, parents first. */
export function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit)
  } else if (isNode(value)) {
    visit(value)
    for (const child of Object.values(value)) walk(child, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function isName(value: unknown, name: string): boolean {
  return isNode(value) && value.type === 'Identifier' && value['name'] === name
}

/** The value of a string literal, or of a template without substitutions. */
function text(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === 'TSLiteralType') return text(value['literal'])
  if (value.type === 'Literal' && typeof value['value'] === 'string') return value['value']
  const [quasi, ...more] = list(value['quasis'])
  if (quasi === undefined || more.length > 0) return undefined
  const { value: parts } = quasi as { value?: { cooked?: unknown } }
  return typeof parts?.cooked === 'string' ? parts.cooked : undefined
}

function memberName(node: Node): string | undefined {
  const { property } = node
  if (node['computed'] === true) return text(property)
  return isNode(property) && typeof property['name'] === 'string' ? property['name'] : undefined
}

/** The names that an import or export takes from its module, before any renaming. */
function names(node: Node): string[] {
  return list(node['specifiers']).flatMap((specifier) => {
    const name = specifier['imported'] ?? specifier['local']
    return isNode(name) ? [String(name['name'] ?? name['value'])] : []
  })
}

/** The keys that a destructuring pattern takes. */
function keys(pattern: unknown): string[] {
  if (!isNode(pattern)) return []
  return list(pattern['properties']).flatMap(({ key }) =>
    isNode(key) ? [String(key['name'] ?? key['value'])] : [],
  )
}

function first(value: unknown): Node | undefined {
  return list(value)[0]
}

function list(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}
