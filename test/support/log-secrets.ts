/**
 * What the tests leave for the end of the whole run (run.ts): the secrets they used, the logs of every server they started,
 * and what they could not prove. A test file that runs by itself leaves nothing.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'

const directory = process.env['LANYARD_TEST_LOGS']
/** Shorter ones stand in any log by chance. */
const SHORTEST_SECRET = 8
let logs = 0

/**
 * Remembers a password, token, code, cookie or key: the run fails when it stands in any log.
 * @param what what it is, for the complaint: the value itself is never printed
 */
export function noteSecret(value: string, what = 'secret'): void {
  if (value.length < SHORTEST_SECRET) {
    throw new TypeError(`a secret to look for needs ${SHORTEST_SECRET} characters or more`)
  }
  note('secrets.jsonl', { value, what })
}

/** Where a server that a test starts writes its log: a new file at every call. */
export function logFile(name: string): string {
  if (directory === undefined) return devNull
  logs += 1
  mkdirSync(join(directory, 'logs'), { recursive: true })
  return join(directory, 'logs', `${name}-${process.pid}-${logs}.log`)
}

/** Names what this run does not prove, and how to get it; with `CI` set the run then fails. */
export function noteSkipped(what: string, how: string): void {
  note('skipped.jsonl', { what, how })
}

function note(file: string, line: object): void {
  if (directory === undefined) return
  mkdirSync(directory, { recursive: true })
  // One write in append mode: files of tests that run at once do not mix.
  appendFileSync(join(directory, file), `${JSON.stringify(line)}\n`)
}

export interface Skipped {
  readonly what: string
  readonly how: string
}

/** What `noteSkipped` collected, each thing once. */
export function readSkipped(from: string): Skipped[] {
  const byWhat = readNotes<Skipped>(from, 'skipped.jsonl').map(
    (skipped) => [skipped.what, skipped] as const,
  )
  return [...new Map(byWhat).values()]
}

/** Every place where a log holds a secret: `file:line holds …`, without the secret. */
export function findSecrets(from: string): string[] {
  const secrets = readNotes<{ value: string; what: string }>(from, 'secrets.jsonl')
  return list(join(from, 'logs')).flatMap((file) =>
    findIn(readFileSync(join(from, 'logs', file), 'utf8'), secrets).map(
      (found) => `${file}:${found}`,
    ),
  )
}

const ALWAYS_SECRET: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]{8,}\.eyJ[\w-]{8,}/, 'a JWT'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
]

function findIn(log: string, secrets: readonly { value: string; what: string }[]): string[] {
  const found: string[] = []
  for (const [pattern, what] of ALWAYS_SECRET) {
    const match = pattern.exec(log)
    if (match !== null) found.push(`${lineAt(log, match.index)} holds ${what}`)
  }
  for (const { value, what } of new Map(secrets.map((secret) => [secret.value, secret])).values()) {
    const index = spellings(value)
      .map((spelling) => log.indexOf(spelling))
      .find((place) => place >= 0)
    if (index !== undefined) found.push(`${lineAt(log, index)} holds a ${what}`)
  }
  return found
}

/** As itself, in a URL, in a form, in JSON, and in base64 wherever it begins, as within Basic credentials. */
function spellings(value: string): string[] {
  const inUrl = encodeURIComponent(value)
  const texts = [value, inUrl, inUrl.replaceAll('%20', '+'), JSON.stringify(value).slice(1, -1)]
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
    // Only characters that no neighbouring byte has a part in.
    const from = Math.ceil((offset * 8) / 6)
    const to = Math.floor((bytes.length * 8) / 6)
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)]
  })
  return [...new Set([...texts, ...inBase64])]
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function readNotes<T>(from: string, file: string): T[] {
  if (!list(from).includes(file)) return []
  return readFileSync(join(from, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
