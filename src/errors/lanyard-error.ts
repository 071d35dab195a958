export interface LanyardErrorOptions {
  /** What to do next: one clause in the imperative, without a full stop, shown after `hint:`. */
  readonly hint?: string
  readonly cause?: unknown
}

/** A coded failure that a person can act on. Codes are `ERR_` and upper case, and never change their meaning. */
export class LanyardError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(code: `ERR_${string}`, message: string, options: LanyardErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LanyardError'
    this.code = code
    this.hint = options.hint
  }
}

/** True for any error, ours or Node's own (`ENOENT`, `EADDRINUSE`), that carries this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
