import { CsvError, parse } from 'csv-parse/sync'
import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'

/** What is wrong with a line; 0 for the file as a whole. */
export interface CsvFault {
  readonly line: number
  readonly sentence: string
}

/** A line of a file, its cells by the names of their columns. */
export interface CsvLine {
  readonly line: number
  readonly cells: ReadonlyMap<string, string>
}

/** A write holds up every other, tokens included: about half a second for a thousand new people. */
const MOST_LINES = 2_000
const MOST_CHARACTERS = 1_048_576

/** What a spreadsheet takes for a formula when a cell begins so (OWASP, "CSV Injection"); some take signs of full width for the same. */
const FORMULA = /^'*[=+\-@＝＋－＠\t\r\n]/
const GUARDED = /^'+[=+\-@＝＋－＠\t\r\n]/

/**
 * Reads a file whose first line names its columns: commas, or semicolons as spreadsheets of half of Europe write them. An apostrophe that
 * an export put before a formula is taken off again.
 * @throws LanyardError ERR_CSV where it is no CSV at all
 */
export function readCsv(
  text: string,
  columns: readonly string[],
): { readonly lines: readonly CsvLine[]; readonly faults: readonly CsvFault[] } {
  if (text.length > MOST_CHARACTERS) {
    throw new LanyardError('ERR_CSV', 'the file is larger than a mebibyte', {
      hint: 'import it in several parts',
    })
  }
  const [first, ...rest] = recordsOf(text)
  if (first === undefined) return { lines: [], faults: [{ line: 0, sentence: 'is empty' }] }
  const names = first.record.map((name) => name.trim().toLowerCase())
  const faults = headFaults(names, columns).map((sentence) => ({ line: first.line, sentence }))
  if (rest.length > MOST_LINES) {
    faults.push({ line: 0, sentence: `has more than ${MOST_LINES} lines; import it in parts` })
  }
  if (faults.length > 0) return { lines: [], faults }
  const lines: CsvLine[] = []
  for (const { line, record } of rest) {
    if (record.length === names.length) {
      const cells = record.map((cell, at) => [names[at] ?? '', unguard(cell.trim())] as const)
      lines.push({ line, cells: new Map(cells) })
    } else {
      const sentence = `has ${record.length} columns; the first line names ${names.length}`
      faults.push({ line, sentence })
    }
  }
  return { lines, faults }
}

function headFaults(names: readonly string[], [key = '', ...others]: readonly string[]): string[] {
  const known = [key, ...others]
  return [
    ...names
      .filter((name) => !known.includes(name))
      .map((name) => `column ${quoteName(name)} is none of ${known.join(', ')}`),
    ...(new Set(names).size === names.length ? [] : ['names a column twice']),
    ...(names.includes(key) ? [] : [`has no column ${quoteName(key)}`]),
  ]
}

function recordsOf(text: string): { line: number; record: string[] }[] {
  const head = /^[^\r\n]*/.exec(text)?.[0] ?? ''
  const delimiter = head.includes(';') && !head.includes(',') ? ';' : ','
  try {
    const rows: unknown = parse(text, {
      ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true, delimiter },
      max_record_size: 65_536,
    })
    return (rows as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      line: info.lines,
      record,
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const kind = error.code.replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase()
    throw new LanyardError('ERR_CSV', `line ${Number(error['lines'])} is no CSV: ${kind}`, {
      hint: 'a cell with a comma or a quote stands between quotes, and a quote in it is written twice',
    })
  }
}

/** RFC 4180 §2, with an apostrophe before what a spreadsheet would run. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quoteCell).join(',')}\r\n`
}

function quoteCell(cell: string): string {
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",;\r\n']|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function unguard(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell
}
