/*
 * Everything that a person or a program reads of a command passes here. The rules:
 *
 * - stdout is for the machine: the answer and nothing else, as text in columns or as one JSON value with `-o json`;
 * - stderr is for the person: notes, warnings, `lanyard: error: …` and then `lanyard: hint: …`, one line each,
 *   without capital or full stop;
 * - the terminal alone is for secrets that are typed;
 * - what came from outside is shown without anything that a terminal would obey.
 */
import { LanyardError, messageOf } from '../errors/index.ts'

/** `csv` only where a command says so. */
export type Format = 'text' | 'json' | 'csv'

/** What a command has to say. */
export interface Answer {
  /** In the documented shape. */
  readonly json: unknown
  /** The same for people; absent where there is nothing to say. */
  readonly text?: string
  /** With `-o csv`: RFC 4180, as it stands. */
  readonly csv?: string
  /** For people alone, on stderr, in both formats. */
  readonly notes?: readonly string[]
  /** 0 unless told. */
  readonly exitCode?: number
}

export interface Output {
  write(text: string): unknown
}

export interface Tell {
  answer(answer: Answer, format: Format): void
  /** Text that is the answer as it stands: help, completion scripts. */
  plain(text: string): void
  /** Help that nobody asked for. */
  aside(text: string): void
  note(sentence: string): void
  error(error: unknown): void
}

export function createTell(stdout: Output, stderr: Output): Tell {
  const note = (sentence: string) => void stderr.write(`lanyard: ${clean(sentence)}\n`)
  return {
    answer({ json, text, csv, notes = [] }, format) {
      if (format === 'csv' && csv !== undefined) stdout.write(csv)
      else if (format === 'json') stdout.write(`${JSON.stringify(json, null, 2)}\n`)
      else if (text !== undefined && text !== '') {
        stdout.write(`${cleanLines(text).replace(/\n$/, '')}\n`)
      }
      for (const sentence of notes) note(sentence)
    },
    plain: (text) => void stdout.write(text),
    aside: (text) => void stderr.write(text),
    note,
    error(error) {
      // A fault of a configuration is a list: its lines stay lines, as the server prints them.
      const [sentence = '', ...more] = messageOf(error).split('\n')
      note(`error: ${sentence}`)
      for (const line of more) stderr.write(`${clean(line)}\n`)
      if (error instanceof LanyardError) {
        if (error.hint !== undefined) note(`hint: ${error.hint}`)
      } else if (error instanceof Error && error.stack !== undefined) {
        // Without a code it is a fault of ours: the stack is what a report needs.
        stderr.write(`${error.stack}\n`)
      }
    },
  }
}

type Cell = string | number | boolean | null | readonly string[]

/** Columns under headings; nothing where there are no rows. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return ''
  const lines = [headings, ...rows.map((row) => row.map(show))]
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => [...(line[column] ?? '')].length)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One fact a line, the values under each other. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${show(value)}`).join('\n')
}

function show(cell: Cell): string {
  if (cell === null || cell === '') return '-'
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  if (typeof cell === 'object') return cell.length === 0 ? '-' : clean(cell.join(', '))
  return clean(String(cell))
}

/** Lines stay lines, and tabs tabs: files are printed here too. */
function cleanLines(text: string): string {
  return text.replace(/(?!\t|\r?\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
