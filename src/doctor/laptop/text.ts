/** Null for whatever is no text. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
