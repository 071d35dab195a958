import { goQuote } from './go-json.ts'
import type { SettingsFault } from './types.ts'

/** Collects Kubernetes' field errors: `path: Invalid value: "x": why`. */
export class FieldErrors {
  readonly faults: SettingsFault[] = []
  readonly #lineOf: (path: string) => number | null

  constructor(lineOf: (path: string) => number | null) {
    this.#lineOf = lineOf
  }

  add(path: string, sentence: string, exact = true): void {
    const message = `${path}: ${sentence}`
    // Equal sentences are told once.
    if (this.faults.some((fault) => fault.message === message)) return
    this.faults.push({ line: this.#lineOf(path), path, message, exact })
  }

  required(path: string, detail = ''): void {
    this.add(path, `Required value${detail === '' ? '' : `: ${detail}`}`)
  }

  duplicate(path: string, value: string): void {
    this.add(path, `Duplicate value: ${goQuote(value)}`)
  }

  invalid(path: string, value: string, detail: string, exact = true): void {
    this.add(path, `Invalid value: ${goQuote(value)}: ${detail}`, exact)
  }
}
