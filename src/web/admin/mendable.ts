import { LanyardError } from '../../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../../http/index.ts'

/** A form that was refused for something that the admin can mend on it. */
export interface Mendable {
  readonly sentence: string
  readonly todo: string
  readonly status: number
}

/** What to say of it, beside the form. @throws the error itself where the form is not to blame. */
export function mendable(error: unknown): Mendable {
  if (!(error instanceof LanyardError) || errorStatus(error.code) >= 500) throw error
  return {
    sentence: sentenceOf(error.message),
    // What a hint names is a command: an admin has a form before them.
    todo: error.hint === undefined || error.hint.includes('lanyard ') ? '' : sentenceOf(error.hint),
    status: errorStatus(error.code),
  }
}

export function textIn(form: Form, name: string): string {
  return (form.get(name) ?? '').trim()
}

/** Lines of a field, without the empty ones. */
export function linesIn(form: Form, name: string): string[] {
  return textIn(form, name)
    .split(/\s+/)
    .filter((line) => line !== '')
}
