import { createHash } from 'node:crypto'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'

/** Names what a form showed: a form over older facts would undo what came after them. */
export function versionOf(fields: object): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
}

/** @throws LanyardError ERR_FORM_STALE where the form showed something else than these fields */
export function refuseStale(form: Form, fields: object, what: string): void {
  if (form.get('version') === versionOf(fields)) return
  throw new LanyardError(
    'ERR_FORM_STALE',
    `somebody changed this ${what} after this form was opened`,
    { hint: 'open the form again, and change what is still to be changed' },
  )
}
