import { isMap, isScalar, isSeq } from 'yaml'
import { advice, failed } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { HIDDEN } from '../secret-text.ts'
import { nearest } from './nearest.ts'
import {
  applyEdit,
  type Edit,
  editRange,
  indentOf,
  rangeOf,
  readSource,
  replaceFile,
  type Source,
} from './source.ts'
import type { Trust } from './trust.ts'

/** True for a text that kube-apiserver takes. */
export type IsTaken = (text: string) => boolean

/** What YAML itself does not read: where, and the smallest change of one line's indentation after which all is well. */
export function checkYaml(source: Source, trust: Trust, isTaken: IsTaken): Finding[] {
  const [error] = source.document.errors
  if (error === undefined) return []
  const line = source.lineAt(error.pos[0])
  // Behind a colon it quotes the file.
  const message = error.message.split(/ at line |:/)[0] ?? ''
  return [
    failed(
      'config.accepted',
      `${source.file} is not valid YAML at line ${line}: ${lower(message)}`,
      {
        seen: [`line ${line}: ${source.quote(line)}`],
        why: 'kube-apiserver does not start with it; one that runs keeps the file before',
        fixes: repairIndent(source, line, isTaken) ?? wholeFile(source, trust),
      },
    ),
  ]
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Characters of a file that is read again for every indentation. */
const MAX_TRIED = 32_768

/** Tabs, and lines that stand too far to one side: the first indentation with which the file is taken. */
function repairIndent(source: Source, line: number, isTaken: IsTaken): readonly Fix[] | null {
  if (source.text.length > MAX_TRIED) return null
  if (/^ *\t/m.test(source.text)) {
    const edits = linesOf(source).flatMap(([number, text]): Edit[] => {
      const indent = indentOf(text)
      const insert = indent.replaceAll('\t', '  ') + text.slice(indent.length)
      return indent.includes('\t') ? [lineEdit(source, number, insert)] : []
    })
    const fixed = edits.reduce(applyEdit, source.text)
    if (isTaken(fixed)) return edits.map((edit) => shown(source, edit))
  }
  const near = [line, line - 1, line + 1].filter((each) => source.lineText(each).trim() !== '')
  const edits = near.flatMap((each) => {
    const text = source.lineText(each)
    const own = indentOf(text).length
    return Array.from({ length: 16 }, (_, spaces) => spaces)
      .filter((spaces) => spaces !== own)
      .toSorted((a, b) => Math.abs(a - own) - Math.abs(b - own))
      .map((spaces) => lineEdit(source, each, ' '.repeat(spaces) + text.trimStart()))
  })
  const found = edits.find((edit) => isTaken(applyEdit(source.text, edit)))
  return found === undefined ? null : [shown(source, found)]
}

/** A line within a secret says so by what stands above it alone. */
function shown(source: Source, edit: Edit): Fix {
  const line = edit.line ?? 1
  if (source.quote(line) !== HIDDEN) return edit
  return advice(
    `in ${edit.file}, let ${indentOf(edit.insert ?? '').length} spaces stand before line ${line}`,
  )
}

function linesOf({ text }: Source): [number, string][] {
  return text.split('\n').map((line, index) => [index + 1, line])
}

function lineEdit({ file, lineText }: Source, line: number, insert: string): Edit {
  return { kind: 'edit', place: 'apiserver', file, line, remove: lineText(line), insert }
}

function wholeFile(source: Source, { cluster }: Trust): readonly Fix[] {
  return [replaceFile(source, cluster.authenticationConfiguration)]
}

/** The fields of an AuthenticationConfiguration; a leaf is null. */
interface Fields {
  readonly [name: string]: Fields | null
}
const mapping: Fields = { claim: null, prefix: null, expression: null }
const rule: Fields = { claim: null, requiredValue: null, expression: null, message: null }
const fields: Fields = {
  apiVersion: null,
  kind: null,
  anonymous: { enabled: null, conditions: { path: null } },
  jwt: {
    issuer: {
      url: null,
      discoveryURL: null,
      certificateAuthority: null,
      audiences: null,
      audienceMatchPolicy: null,
      egressSelectorType: null,
    },
    claimValidationRules: rule,
    claimMappings: {
      username: mapping,
      groups: mapping,
      uid: { claim: null, expression: null },
      extra: { key: null, valueExpression: null },
    },
    userValidationRules: { expression: null, message: null },
  },
}

/** Fields that kube-apiserver does not know: it decodes strictly. */
export function checkFields(source: Source, isTaken: IsTaken): Finding[] {
  return unknownIn(source.document.contents, fields, '').map(({ path, key, range, siblings }) => {
    const right = nearest(key, siblings)
    const line = source.lineAt(range[0])
    const rename = right === null ? null : editRange(source, range, right)
    const fixes =
      rename !== null && isTaken(applyEdit(source.text, rename))
        ? [rename]
        : (repairIndent(source, line, isTaken) ?? (rename === null ? [] : [rename]))
    return failed('config.accepted', `kube-apiserver does not know the field ${path}`, {
      seen: [`${source.file}:${line}: ${source.quote(line)}`],
      why: `it does not start: strict decoding error: unknown field "${path}"`,
      fixes,
    })
  })
}

interface Unknown {
  readonly path: string
  readonly key: string
  readonly range: readonly [number, number]
  readonly siblings: readonly string[]
}

function unknownIn(node: unknown, known: Fields, path: string): Unknown[] {
  if (isSeq(node)) {
    return node.items.flatMap((item, index) => unknownIn(item, known, `${path}[${index}]`))
  }
  if (!isMap(node)) return []
  return node.items.flatMap(({ key, value }): Unknown[] => {
    if (!isScalar(key)) return []
    const name = String(key.value)
    const here = path === '' ? name : `${path}.${name}`
    const below = known[name]
    if (below === undefined) {
      return [{ path: here, key: name, range: rangeOf(key), siblings: Object.keys(known) }]
    }
    return below === null ? [] : unknownIn(value, below, here)
  })
}

/** For a candidate: whether it can be read at all, with nothing unknown in it. */
export function isWellFormed(text: string): boolean {
  const source = readSource('', text)
  return (
    source.document.errors.length === 0 &&
    isMap(source.document.contents) &&
    unknownIn(source.document.contents, fields, '').length === 0
  )
}
