import { CsvError, parse } from 'csv-parse/sync'
import { LanyardError } from '../errors/index.ts'
import { canonicaliseName, nameFault, quoteName } from '../kubernetes/index.ts'

/** One line of a static token file or of a password file: the secret comes first. */
export interface ImportLine {
  readonly line: number
  readonly secret: string
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
}

export interface LineFault {
  readonly line: number
  readonly sentence: string
}

export interface ImportFile {
  /** What is taken over: the last line of each secret, as kube-apiserver reads it. */
  readonly lines: readonly ImportLine[]
  /** What keeps the file from being taken over. */
  readonly faults: readonly LineFault[]
  readonly warnings: readonly LineFault[]
}

const MAX_BYTES = 8 * 1024 * 1024
const SHORT = 16

/**
 * Reads `secret,user,uid,"group1,group2"`, as kube-apiserver's `--token-auth-file` does
 * (k8s.io/apiserver, pkg/authentication/token/tokenfile): three columns at least, a line without a token is skipped, the last of
 * two equal tokens counts.
 * @throws LanyardError ERR_IMPORT_FILE where it is no CSV
 */
export function readImportFile(text: string, kind: 'token' | 'password'): ImportFile {
  const faults: LineFault[] = []
  const warnings: LineFault[] = []
  // Passwords may be equal, and a user has one: the last line of each.
  const bySecret = new Map<string, ImportLine>()
  for (const { line, record } of recordsOf(text)) {
    const [secret = '', username = '', uid = '', list = ''] = record
    if (record.length < 3) {
      faults.push({ line, sentence: `has ${record.length} columns; ${kind},user,uid are needed` })
      continue
    }
    if (secret === '') {
      warnings.push({ line, sentence: `has no ${kind} and is skipped, as kube-apiserver does` })
      continue
    }
    const groups = list === '' ? [] : [...new Set(list.split(','))]
    faults.push(...nameFaults(line, username, groups))
    if (secret.length < SHORT && kind === 'token') {
      warnings.push({
        line,
        sentence: `has a token of ${secret.length} characters, which can be guessed`,
      })
    }
    const key = kind === 'token' ? secret : username
    const before = bySecret.get(key)
    if (before !== undefined) {
      const what = kind === 'token' ? 'token' : 'user'
      warnings.push({
        line,
        sentence: `has the same ${what} as line ${before.line}: this one counts`,
      })
    }
    bySecret.set(key, { line, secret, username, uid, groups })
  }
  return { lines: [...bySecret.values()], faults, warnings }
}

function recordsOf(text: string): { line: number; record: string[] }[] {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new LanyardError('ERR_IMPORT_FILE', `the file is larger than ${MAX_BYTES} bytes`)
  }
  try {
    const rows: unknown = parse(text, {
      ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true },
    })
    return (rows as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      line: info.lines,
      record,
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // Its own message quotes the field, which may be a secret: where and of what kind it is says enough.
    const kind = error.code.replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase()
    const line = Number(error['lines'])
    throw new LanyardError('ERR_IMPORT_FILE', `line ${line} of the file is no CSV: ${kind}`, {
      hint: 'each line is secret,user,uid,"group1,group2"; a quote within quotes is written twice',
    })
  }
}

/** The very names must go on: what Lanyard would write otherwise would be somebody else to RBAC. */
function nameFaults(line: number, username: string, groups: readonly string[]): LineFault[] {
  const names = [['user', username], ...groups.map((name) => ['group', name] as const)] as const
  return names.flatMap(([kind, name]): LineFault[] => {
    const canonical = canonicaliseName(name)
    if (canonical !== name && nameFault(kind, canonical) === null) {
      const noun = kind === 'user' ? 'username' : 'group name'
      const sentence = `${noun} ${quoteName(name)} would become ${quoteName(canonical)}, which RBAC takes for another`
      return [{ line, sentence }]
    }
    const fault = nameFault(kind, canonical)
    return fault === null ? [] : [{ line, sentence: fault.message }]
  })
}
