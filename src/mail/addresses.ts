import { LanyardError } from '../errors/index.ts'

const LONGEST = 254
/** Nothing that a header or an SMTP command gives a meaning to: a list, a group, a comment, a quoted part (RFC 5322 §3.4, RFC 5321 §4.1.2). */
const DELIVERABLE =
  /^[^\s@<>()[\]\\,;:"\p{C}\p{Z}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u

/** Whether mail can be sent to it. */
export function isDeliverable(address: string): boolean {
  return address.length <= LONGEST && DELIVERABLE.test(address)
}

/** @throws LanyardError ERR_MAIL_ADDRESS */
export function deliverableAddress(address: string): string {
  if (isDeliverable(address)) return address
  throw new LanyardError('ERR_MAIL_ADDRESS', 'no mail can be sent to this address', {
    hint: 'it must be one plain address such as ada@example.com',
  })
}

/** A text as one line of a mail: no control, no line break, nothing unseen. */
export function oneLine(text: string, longest = 200): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return [...line].slice(0, longest).join('')
}

/** What somebody else chose, as part of a mail: nothing of it becomes a link. */
export function plainWords(text: string): string {
  return oneLine(text.replace(/[^\p{L}\p{N}\s_@+-]+/gu, ' '), 64)
}
