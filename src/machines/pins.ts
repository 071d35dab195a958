import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import type { Pin } from './types.ts'

/** Checked by their own rules for every token; a rule that named them would only seem to say something. */
const OWN_RULES = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])
const MAX_LENGTH = 512

/** @throws LanyardError ERR_RULE_INVALID with the claim at fault */
export function parsePins(pins: readonly Pin[]): Pin[] {
  const seen = new Set<string>()
  for (const pin of pins) {
    const claim = quoteName(pin.claim)
    if (pathOf(pin.claim) === null) {
      throw invalid(
        `${claim} is neither the name of a claim nor a JSON pointer`,
        'a claim inside another is written /kubernetes.io/namespace',
      )
    }
    if (OWN_RULES.has(pin.claim)) {
      throw invalid(
        `claim ${claim} is checked for every token, and no rule can say what it must be`,
      )
    }
    if (seen.has(pin.claim)) throw invalid(`claim ${claim} is said twice`)
    seen.add(pin.claim)
    const fault = valueFault(pin)
    if (fault !== null) throw invalid(`claim ${claim} ${fault}`)
  }
  return [...pins]
}

function valueFault({ kind, value }: Pin): string | null {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return 'must be a whole number'
  if (typeof value !== 'string') return null
  if (value === '') return 'would have to be empty'
  if (value.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  if (kind === 'exact') return null
  const [before = '', ...after] = value.split('*')
  if (after.length !== 1) return 'needs exactly one * in its pattern'
  return before === '' ? 'begins with *: it would match everybody' : null
}

/** Why these claims are not what the pin wants, with both values; null where they are. */
export function pinFault(pin: Pin, claims: Readonly<Record<string, unknown>>): string | null {
  const found = resolve(pin.claim, claims)
  if (found === undefined) return `claim ${pin.claim} is missing`
  const matches =
    pin.kind === 'exact'
      ? found === pin.value
      : typeof found === 'string' && matchesGlob(pin.value, found)
  if (matches) return null
  return `claim ${pin.claim} is ${show(found)}, and the rule wants ${show(pin.value)}`
}

/** One segment: never across `/` or `:`, which is what `sub` and `ref` are made of, and never nothing. */
function matchesGlob(pattern: string, value: string): boolean {
  const [before = '', after = ''] = pattern.split('*')
  if (value.length <= before.length + after.length) return false
  if (!value.startsWith(before) || !value.endsWith(after)) return false
  const middle = value.slice(before.length, value.length - after.length)
  return !/[/:*\p{C}\p{Z}]/u.test(middle)
}

/** A name as it stands, dots included (`kubernetes.io`), or the steps of a JSON pointer. Null for neither. */
function pathOf(claim: string): string[] | null {
  if (claim === '' || claim.length > 128 || /[\p{C}\p{Z}]/u.test(claim)) return null
  if (!claim.startsWith('/')) return [claim]
  const steps = claim.slice(1).split('/')
  // RFC 6901 §3: a tilde is followed by 0 or 1.
  if (steps.some((step) => step === '' || /~(?![01])/.test(step))) return null
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function resolve(claim: string, claims: Readonly<Record<string, unknown>>): unknown {
  let at: unknown = claims
  for (const step of pathOf(claim) ?? []) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    if (!Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, unknown>)[step]
  }
  return at
}

/** Of a foreign value no more than fits a line. */
function show(value: unknown): string {
  if (typeof value === 'string') return quoteName(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function invalid(sentence: string, hint?: string): LanyardError {
  return new LanyardError('ERR_RULE_INVALID', sentence, hint === undefined ? {} : { hint })
}
