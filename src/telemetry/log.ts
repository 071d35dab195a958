/** Structured log lines. Whatever is passed, nothing that looks like a secret gets out. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A log that adds these fields to each of its lines. */
  child(bindings: object): Log
}
