import { LanyardError } from '../errors/index.ts'

/** One thing that is wrong with the configuration. */
export interface Fault {
  /** A file, or `environment`. */
  readonly file: string
  /** From 1; null in the environment. */
  readonly line: number | null
  /** As it was written: dotted in the file, the variable's name in the environment. */
  readonly key: string
  /** As it was written; null when there is none to show. */
  readonly value: string | null
  /** What would be right. */
  readonly expected: string
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends LanyardError {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    const lines = faults.map((fault) => `\n  ${describeFault(fault)}`)
    super('ERR_CONFIG', `the configuration has ${count}:${lines.join('')}`, {
      hint: 'docs/reference/configuration.md lists every key',
    })
    this.faults = faults
  }
}

function describeFault({ file, line, key, value, expected }: Fault): string {
  const where = line === null ? file : `${file}:${line}`
  return `${where}: ${key}${value === null ? '' : ` is ${value}`}; expected ${expected}`
}

/** A value as a fault shows it: on one line and not for ever. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
