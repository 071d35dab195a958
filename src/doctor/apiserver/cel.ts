import { Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import {
  type CelFault,
  compileFaults,
  drawn,
  needsKubernetes,
  needsRe2,
  selects,
} from './cel-check.ts'
import type { CelUse } from './types.ts'

export type CelOutcome =
  | { readonly ok: true; readonly value: unknown }
  /** `error` is what follows `resulted in error: `. */
  | { readonly ok: false; readonly error: string }

export interface CompiledCel {
  readonly expression: string
  /** The top is `split`: Kubernetes takes its list for no list of strings. */
  readonly splits: boolean
  readonly usesEmail: boolean
  readonly usesEmailVerified: boolean
  /** Evaluates over the token's claims, or over the user. */
  evaluate(over: Readonly<Record<string, unknown>>): CelOutcome
}

export type CelCompilation =
  | { readonly kind: 'compiled'; readonly compiled: CompiledCel }
  | ({ readonly kind: 'fault' } & CelFault)
  /** Kubernetes knows functions that this evaluator has not, and takes longer expressions. */
  | { readonly kind: 'unknown'; readonly what: string }

class NoSuchOverload extends Error {}

function environment(): Environment {
  return new Environment({
    enableOptionalTypes: true,
    limits: { maxAstNodes: 2000 },
  }).registerOperator('string in string', (): boolean => {
    throw new NoSuchOverload()
  })
}

const overClaims = environment().registerVariable('claims', 'map<string, dyn>')
const overUser = environment().registerVariable({
  name: 'user',
  schema: {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
})

/** Compiles an expression as kube-apiserver does when it reads its configuration. */
export function compileCel(use: CelUse, expression: string): CelCompilation {
  const environmentOfUse = use === 'user-rule' ? overUser : overClaims
  let parsed: ReturnType<Environment['parse']>
  try {
    parsed = environmentOfUse.parse(expression)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    if (error.code === 'limit_exceeded') {
      return { kind: 'unknown', what: 'an expression of this size' }
    }
    return {
      kind: 'fault',
      detail: `compilation failed: ${drawn(expression, { offset: error.range?.start ?? 0, message: `Syntax error: ${error.summary}` })}`,
      exact: false,
    }
  }
  const strange = needsKubernetes(parsed.ast)
  if (strange !== null) return { kind: 'unknown', what: `the function "${strange}"` }
  if (needsRe2(parsed.ast)) return { kind: 'unknown', what: 'a pattern of RE2' }
  const fault = compileFaults(expression, parsed.ast, parsed.check(), use)
  if (fault !== null) return { kind: 'fault', ...fault }
  return { kind: 'compiled', compiled: program(use, expression, parsed) }
}

function program(
  use: CelUse,
  expression: string,
  parsed: ReturnType<Environment['parse']>,
): CompiledCel {
  const { ast } = parsed
  return {
    expression,
    splits: ast.op === 'rcall' && ast.args[0] === 'split',
    usesEmail: selects(ast, 'email'),
    usesEmailVerified: selects(ast, 'email_verified'),
    evaluate(over) {
      const values = expression.includes('__') ? withEscapedNames(over) : over
      try {
        const value: unknown = parsed(use === 'user-rule' ? { user: values } : { claims: values })
        return { ok: true, value }
      } catch (error) {
        return { ok: false, error: sentenceOf(error) }
      }
    },
  }
}

const goTypes: Readonly<Record<string, string>> = {
  ...{ string: 'String', double: 'Double', int: 'Int', bool: 'Bool', null: 'Null' },
}
/** Functions whose refusal cel-go words without a name. */
const plain = /'[^']*\.(?:startsWith|endsWith|contains|matches)\(/

/** cel-go's words for what went wrong while an expression ran. */
function sentenceOf(error: unknown): string {
  if (error instanceof NoSuchOverload) return 'no such overload'
  if (!(error instanceof EvaluationError)) {
    if (error instanceof Error && error.cause instanceof NoSuchOverload) return 'no such overload'
    throw error
  }
  const { code, summary } = error
  if (error.cause instanceof NoSuchOverload) return 'no such overload'
  switch (code) {
    case 'no_such_key':
      return `no such key: ${summary.slice('No such key: '.length)}`
    case 'index_out_of_bounds':
      return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`
    case 'no_such_overload':
    case 'invalid_logical_operand':
    case 'invalid_condition_type':
      return 'no such overload'
    case 'no_matching_overload':
      return overloadSentence(summary)
    case 'invalid_comprehension_range':
      return `got 'types.${goTypes[/'(\w+)'/.exec(summary)?.[1] ?? ''] ?? 'Unknown'}', expected iterable type`
    case 'int_conversion_error':
      return `type conversion error from 'string' to 'int'`
    case 'invalid_timestamp':
      return `type conversion error from 'string' to 'google.protobuf.Timestamp'`
    default:
      return summary
  }
}

function overloadSentence(summary: string): string {
  if (plain.test(summary)) return 'no such overload'
  if (/'size\(/.test(summary)) return 'no such overload: size'
  const call = /'(?:([\w<>, ]+)\.)?(\w+)\(([^']*)\)'/.exec(summary)
  if (call === null) return 'no such overload'
  const types = [call[1], call[3]].filter((part) => part !== undefined && part !== '')
  return `no such overload: ${call[2]}(${types.join(', ')})`
}

const keywords =
  /^(?:true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/

/** Kubernetes' spelling of a name that CEL cannot write after a dot: `a.b` is `a__dot__b`. */
function escapeName(name: string): string {
  if (keywords.test(name)) return `__${name}__`
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

function withEscapedNames(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).map(
    ([name, inner]) => [name, withEscapedValue(inner)] as const,
  )
  const escaped = entries.map(([name, inner]) => [escapeName(name), inner] as const)
  return Object.fromEntries([...escaped, ...entries])
}

function withEscapedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withEscapedValue)
  if (typeof value !== 'object' || value === null) return value
  return withEscapedNames(value as Record<string, unknown>)
}

/** A value as a list of strings, as groups and extra are read: empty strings fall away. Null where it is none. */
export function stringsOf(value: unknown, compiled: CompiledCel): readonly string[] | null {
  if (value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value) || compiled.splits) return null
  const strings = value.filter((item): item is string => typeof item === 'string')
  return strings.length === value.length ? strings.filter((item) => item !== '') : null
}
