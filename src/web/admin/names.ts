import type { Form } from '../../http/index.ts'

/** Names in a field, with spaces or commas between them; no name holds either. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/u).filter((name) => name !== ''))]
}

/** What is ticked: the rest of the names of fields that begin with `prefix`. */
export function ticked(form: Form, prefix: string): string[] {
  return [...form.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}
