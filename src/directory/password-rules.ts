import { createRequire } from 'node:module'
import { canonicaliseName } from '../kubernetes/index.ts'

/** SP 800-63B-4 §3.1.1.2: 15 where the password is the only factor; at least 64 must be allowed. */
const MIN_LENGTH = 15
const MAX_LENGTH = 1_024
/** Context words shorter than this occur in anybody's password by chance. */
const MIN_WORD = 4
/** What must be left of a password once its context words are taken away. */
const MIN_OWN = 8
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
] as const
const PRODUCT_WORDS = ['lanyard', 'kubernetes', 'kubectl', 'password'] as const

export interface Person {
  readonly username: string
  readonly displayName?: string
}

/**
 * One sentence for each rule of SP 800-63B-4 that a password breaks: length, and a blocklist of common passwords, of words from
 * its surroundings, repetitions and sequences. There are no rules of composition.
 */
export function passwordFaults(
  password: string,
  { username, displayName = '' }: Person,
  issuerHost: string,
): string[] {
  const normal = password.normalize('NFKC')
  const length = [...normal].length
  if (length < MIN_LENGTH)
    return [`password has ${length} characters; at least ${MIN_LENGTH} are needed`]
  if (length > MAX_LENGTH)
    return [`password has ${length} characters; at most ${MAX_LENGTH} are allowed`]
  const folded = canonicaliseName(normal)
  if (repeats(folded)) return ['password repeats one short piece']
  if (isSequence(folded)) return ['password is a sequence of neighbouring keys or letters']
  const faults: string[] = []
  const { found, own } = withoutWords(folded, contextWords([username, displayName, issuerHost]))
  if (found.length > 0 && own.length < MIN_OWN) {
    faults.push(`password is little more than ${found.map((word) => `"${word}"`).join(' and ')}`)
  }
  if (isCommon(folded)) faults.push('password is made of the most common passwords')
  return faults
}

/** A piece of at most half the length, over and over, the last time perhaps cut short. */
function repeats(text: string): boolean {
  const longest = Math.min(Math.floor(text.length / 2), MIN_LENGTH)
  for (let period = 1; period <= longest; period++) {
    if (text.slice(period) === text.slice(0, -period)) return true
  }
  return new Set(text).size <= 3
}

function isSequence(text: string): boolean {
  const plain = text.replaceAll(/[\s\-_.]/g, '')
  const turned = [...plain].reverse().join('')
  return ROWS.some((row) => (row + row).includes(plain) || (row + row).includes(turned))
}

function contextWords(sources: readonly string[]): string[] {
  const words = new Set<string>(PRODUCT_WORDS)
  for (const source of sources) {
    const folded = canonicaliseName(source)
    for (const word of [folded, ...folded.split(/[^\p{L}\p{M}\p{N}]+/u)]) {
      if (word.length >= MIN_WORD) words.add(word)
    }
  }
  return [...words].sort((a, b) => b.length - a.length)
}

/** The words found, the longest first, and the letters left once they, digits and signs are taken away. */
function withoutWords(
  text: string,
  words: readonly string[],
): { found: readonly string[]; own: string } {
  let rest = text
  const found: string[] = []
  for (const word of words) {
    if (!rest.includes(word)) continue
    found.push(word)
    rest = rest.replaceAll(word, ' ')
  }
  return { found, own: rest.replaceAll(/[^\p{L}\p{M}]+/gu, '') }
}

/** A common password, two of them in a row, or one with a few digits or signs around it. */
function isCommon(text: string): boolean {
  const { lines, longest } = commonPasswords()
  const has = (word: string) => word.length <= longest && lines.includes(`\n${word}\n`)
  const core = text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  if (has(text) || (core.length >= MIN_WORD && has(core))) return true
  // Each look walks the whole list, so where one half is too long to be in it, nobody looks for the other.
  const last = Math.min(text.length - MIN_WORD, longest)
  for (let at = Math.max(MIN_WORD, text.length - longest); at <= last; at++) {
    if (has(text.slice(0, at)) && has(text.slice(at))) return true
  }
  return false
}

let common: { readonly lines: string; readonly longest: number } | undefined

/**
 * Some fifty thousand leaked passwords, the most used first, one a line: half a megabyte, where the list's own module and its
 * array take twenty. So the module is dropped once read. Nothing is loaded until somebody sets a password.
 */
function commonPasswords() {
  if (common !== undefined) return common
  const require = createRequire(import.meta.url)
  const loadedBefore = new Set(Object.keys(require.cache))
  const { dictionary } = require('@zxcvbn-ts/language-common') as {
    readonly dictionary: { readonly 'passwords-common': readonly string[] }
  }
  const words = dictionary['passwords-common']
  common = {
    lines: `\n${words.join('\n')}\n`,
    longest: words.reduce((longest, { length }) => Math.max(longest, length), 0),
  }
  for (const file of Object.keys(require.cache)) {
    if (!loadedBefore.has(file)) delete require.cache[file]
  }
  return common
}
