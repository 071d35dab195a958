import type { ASTNode, TypeCheckResult } from '@marcbachmann/cel-js'
import type { CelUse } from './types.ts'

/** Why an expression does not compile: what follows the quoted expression in kube-apiserver's sentence. */
export interface CelFault {
  readonly detail: string
  /** False where cel-go's words are not known to be these. */
  readonly exact: boolean
}

interface Located {
  readonly offset: number
  readonly message: string
  readonly exact: boolean
}

/** The macros that go over a list. */
const comprehensions = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
const known = new Set(
  'dyn type bool size bytes double int uint string startsWith endsWith contains lowerAscii upperAscii trim indexOf lastIndexOf substring matches split join timestamp getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds duration hasValue value none of or orValue has all exists exists_one map filter'.split(
    ' ',
  ),
)
/** Functions of Kubernetes' libraries that the evaluator here has not. */
const ofKubernetes = new Set(
  'charAt replace format quote reverse find findAll url isURL getScheme getHost getHostname getPort getEscapedPath getQuery ip isIP family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast isCanonical cidr isCIDR containsIP containsCIDR prefixLength masked isSorted sum min max slice flatten distinct sort sortBy range first last intersects equivalent quantity isQuantity isInteger asInteger asApproximateFloat sign add sub isLessThan isGreaterThan compareTo semver isSemver major minor patch named validate optMap optFlatMap existsOne transformList transformMap transformMapEntry bind'.split(
    ' ',
  ),
)

/** Every node of an expression, the outer before the inner, in the order in which they stand. */
function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node
  for (const child of childrenOf(node)) yield* nodesOf(child)
}

function childrenOf(node: ASTNode): ASTNode[] {
  if (node.op === 'value' || node.op === 'id') return []
  const found: ASTNode[] = []
  const collect = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(collect)
    else if (typeof part === 'object' && part !== null && 'op' in part) found.push(part as ASTNode)
  }
  collect(node.args)
  return found
}

/** A function that only Kubernetes can run, or null. */
export function needsKubernetes(ast: ASTNode): string | null {
  for (const node of nodesOf(ast)) {
    if (node.op !== 'call' && node.op !== 'rcall') continue
    const name = node.args[0]
    if (ofKubernetes.has(name) && !known.has(name)) return name
    const receiver = node.op === 'rcall' ? node.args[1] : null
    if (receiver?.op === 'id' && receiver.args === 'sets') return `sets.${name}`
  }
  return null
}

/** True where an expression matches with a pattern that RE2 reads and JavaScript does not: `(?i)` and its like. */
export function needsRe2(ast: ASTNode): boolean {
  return [...nodesOf(ast)].some((node) => patternOf(node)?.value.startsWith('(?') === true)
}

/** The pattern of a `matches`, where it is written out. */
function patternOf(node: ASTNode): { readonly value: string; readonly start: number } | null {
  if (node.op !== 'rcall' || node.args[0] !== 'matches') return null
  const [pattern] = node.args[2]
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return null
  return { value: pattern.args, start: pattern.start }
}

const userFields = new Set(['username', 'uid', 'groups', 'extra'])

/** Members that a user does not have; within `has()` too. */
function unknownFields(source: string, ast: ASTNode): Located[] {
  const found: Located[] = []
  const asked = new Map<ASTNode, ASTNode>()
  for (const node of nodesOf(ast)) {
    if (node.op === 'call' && node.args[0] === 'has') {
      for (const argument of node.args[1]) asked.set(argument, node)
    }
    if (node.op !== '.') continue
    const [root, field] = node.args
    if (root.op !== 'id' || root.args !== 'user' || userFields.has(field)) continue
    const message = `undefined field '${field}'`
    // cel-go has made one of `has` and what it asks for.
    found.push({ offset: placeOf(source, asked.get(node) ?? node), message, exact: true })
  }
  return found
}

function badPatterns(ast: ASTNode): Located[] {
  const found: Located[] = []
  for (const node of nodesOf(ast)) {
    const pattern = patternOf(node)
    if (pattern === null || isPattern(pattern.value)) continue
    found.push({ offset: pattern.start, message: 'invalid matches argument', exact: true })
  }
  return found
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== ''
  } catch {
    return false
  }
}

/** True where `claims.<name>` is read: only a name after a dot counts, `claims["email"]` does not. */
export function selects(ast: ASTNode, name: string): boolean {
  for (const node of nodesOf(ast)) {
    if (node.op !== '.' && node.op !== '.?') continue
    const [root, field] = node.args
    if (root.op === 'id' && root.args === 'claims' && field === name) return true
  }
  return false
}

/** What kind of value a node is to Kubernetes' compiler, as far as it decides about comprehensions. */
function shapeOf(node: ASTNode): 'claims' | 'any' | 'optional' | 'other' {
  if (node.op === 'id') return node.args === 'claims' ? 'claims' : 'other'
  if (node.op === '.' || node.op === '[]') {
    return shapeOf(node.args[0]) === 'claims' ? 'any' : 'other'
  }
  if (node.op === '.?' || node.op === '[?]') {
    return shapeOf(node.args[0]) === 'claims' ? 'optional' : 'other'
  }
  if (node.op === '?:') {
    return node.args.slice(1).some((branch) => shapeOf(branch) === 'any') ? 'any' : 'other'
  }
  if (node.op !== 'rcall') return 'other'
  const [name, receiver] = node.args
  const unwraps = name === 'orValue' || name === 'value'
  if (unwraps && shapeOf(receiver) === 'optional') return 'any'
  return name === 'filter' ? shapeOf(receiver) : 'other'
}

/** Where cel-go sees a node: at its dot, bracket, question mark or parenthesis. */
function placeOf(source: string, node: ASTNode): number {
  if (node.op === '.') return source.indexOf('.', node.args[0].end)
  if (node.op === '[]') return source.indexOf('[', node.args[0].end)
  if (node.op === '?:') return source.indexOf('?', node.args[0].end)
  if (node.op === 'call') return source.indexOf('(', node.start)
  if (node.op !== 'rcall') return node.start
  const [name, receiver] = node.args
  return source.indexOf('(', source.indexOf(name, receiver.end))
}

/** The faults of an expression that parses, in kube-apiserver's form; null where it compiles. */
export function compileFaults(
  source: string,
  ast: ASTNode,
  check: TypeCheckResult,
  use: CelUse,
): CelFault | null {
  const faults = [...ranges(source, ast), ...badPatterns(ast)]
  if (use === 'user-rule') faults.push(...unknownFields(source, ast))
  const other = check.valid ? null : located(source, ast, check)
  if (other !== null && faults.every(({ message }) => message !== other.message)) {
    faults.push(other)
  }
  if (faults.length > 0) {
    faults.sort((a, b) => a.offset - b.offset)
    return {
      detail: `compilation failed: ${faults.map((fault) => drawn(source, fault)).join('\n')}`,
      exact: faults.every(({ exact }) => exact),
    }
  }
  if (use === 'mapping') return null
  // A bare claim is of type any, which is not bool, whatever the token will hold.
  const isBool = check.type === 'bool' && shapeOf(ast) !== 'any'
  return isBool ? null : { detail: 'must evaluate to bool', exact: true }
}

function ranges(source: string, ast: ASTNode): Located[] {
  const found: Located[] = []
  for (const node of nodesOf(ast)) {
    if (node.op !== 'rcall' || !comprehensions.has(node.args[0])) continue
    // The filter of a claim is at fault itself, not what goes over its result.
    const range = node.args[1]
    const isNested = range.op === 'rcall' && comprehensions.has(range.args[0])
    if (isNested) continue
    if (shapeOf(range) !== 'any') continue
    found.push({
      offset: placeOf(source, range),
      message: `expression of type 'any' cannot be range of a comprehension (must be list, map, or dynamic)`,
      exact: true,
    })
  }
  return found
}

const operators = new Set(['==', '!=', '+', '-', '*', '/', '%', '<', '<=', '>', '>=', 'in'])
type Invalid = NonNullable<TypeCheckResult['error']>

function located(source: string, ast: ASTNode, { error }: TypeCheckResult): Located {
  const summary = error?.summary ?? 'unknown'
  const start = error?.range?.start ?? 0
  const node = nodeAt(ast, error)
  switch (error?.code ?? '') {
    case 'unknown_variable': {
      const name = summary.slice('Unknown variable: '.length)
      return { offset: start, message: undeclared(name), exact: true }
    }
    case 'no_such_key':
      return {
        offset: source.lastIndexOf('.', start),
        message: `undefined field '${summary.slice('No such key: '.length)}'`,
        exact: true,
      }
    case 'no_matching_overload': {
      if (node?.op !== 'call' && node?.op !== 'rcall') break
      const name = node.args[0]
      if (known.has(name)) return callFault(source, node, summary)
      return { offset: placeOf(source, node), message: undeclared(name), exact: true }
    }
    case 'no_such_overload': {
      const found = operatorFault(source, node, summary)
      if (found !== null) return found
      break
    }
    case 'heterogeneous_list_element':
      return {
        offset: start,
        message: summary.slice(summary.indexOf('expected type')),
        exact: true,
      }
    default:
  }
  return { offset: start, message: summary, exact: false }
}

/** A function that is known, and does not take these types. */
function callFault(source: string, node: ASTNode, summary: string): Located {
  const call = /'(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(summary)
  const [receiver, name, types] = [call?.[1], call?.[2] ?? '', call?.[3] ?? '']
  const to = `${receiver === undefined ? '' : `${receiver}.`}(${types})`
  return {
    offset: placeOf(source, node),
    message: `found no matching overload for '${name}' applied to '${spellType(to)}'`,
    // Of lists and maps the evaluator leaves out what is in them.
    exact: !/list|map|dyn/.test(to),
  }
}

/** cel-js writes `list<string>` and `dyn`, cel-go `list(string)` and `any`. */
function spellType(type: string): string {
  return type
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replaceAll('dyn', 'any')
    .replaceAll('$user', 'kubernetes.UserInfo')
}

function undeclared(name: string): string {
  return `undeclared reference to '${name}' (in container '')`
}

function nodeAt(ast: ASTNode, error: Invalid | undefined): ASTNode | undefined {
  const { start, end } = error?.range ?? { start: -1, end: -1 }
  for (const node of nodesOf(ast)) if (node.start === start && node.end === end) return node
  return undefined
}

function operatorFault(source: string, node: ASTNode | undefined, summary: string): Located | null {
  const negated = /^no such overload: !(\w+)$/.exec(summary)?.[1]
  if (node?.op === '!_' && negated !== undefined) {
    const message = `found no matching overload for '!_' applied to '(${negated})'`
    return { offset: node.start, message, exact: true }
  }
  if (node === undefined || !operators.has(node.op)) return null
  const [left] = node.args as [ASTNode, ASTNode]
  const types = /^no such overload: (.+) (\S+) (.+)$/.exec(summary)
  if (types === null) return null
  const spell = (type = '') => spellType(type)
  const operator = node.op === 'in' ? '@in' : `_${node.op}_`
  return {
    offset: source.indexOf(node.op, left.end),
    message: `found no matching overload for '${operator}' applied to '(${spell(types[1])}, ${spell(types[3])})'`,
    exact: true,
  }
}

/** cel-go's picture of a fault: the line, and an arrow under the place. */
export function drawn(
  source: string,
  { offset, message }: Pick<Located, 'offset' | 'message'>,
): string {
  const before = source.slice(0, offset)
  const lineNumber = before.split('\n').length
  const lineStart = before.lastIndexOf('\n') + 1
  const line = source.slice(lineStart).split('\n')[0] ?? ''
  const column = [...source.slice(lineStart, offset)]
  const dots = column.map((character) => (character > '\u007f' ? '．' : '.')).join('')
  return `ERROR: <input>:${lineNumber}:${column.length + 1}: ${message}\n | ${line}\n | ${dots}^`
}
