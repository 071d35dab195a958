import { createHash, randomBytes } from 'node:crypto'
import type { Transaction } from '../../db/index.ts'
import { LanyardError, type UserId } from '../errors/index.ts'

/** No l, o, 0 or 1: somebody may have to read it from one screen and type it into another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
/** 28 of them hold 140 random bits. */
const CHARACTERS = 28
const BLOCK = 7

/** What a link that lets somebody in ends with. */
export function randomCode(): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('')
  return (characters.match(new RegExp(`.{${BLOCK}}`, 'g')) ?? []).join('-')
}

/** Of the code as somebody typed it: without its dashes, in any case. */
export function hashOfCode(code: string): string {
  const typed = code.toLowerCase().replaceAll(/[\s-]/g, '')
  return createHash('sha256').update(typed).digest('base64url')
}

/**
 * Links on the way to a person die with what they were made for: whoever changes a password, an address or a status has the last word.
 */
export async function endPendingLinks(tx: Transaction, userId: UserId): Promise<void> {
  await tx.query.deleteFrom('reset_links').where('user_id', '=', userId).execute()
  await tx.query.deleteFrom('email_changes').where('user_id', '=', userId).execute()
}

const gone = {
  invitation: [
    'ERR_INVITATION_CODE',
    'this invitation is not known, was used or revoked, or its time is over',
    'ask whoever invited you for a new one',
  ],
  reset: [
    'ERR_RESET_CODE',
    'this link is not known, was used or replaced, or its time is over',
    'ask for a new one',
  ],
  email: [
    'ERR_EMAIL_CODE',
    'this link is not known, was used or replaced, or its time is over',
    'ask for the change again on your account page',
  ],
} as const

/** One sentence for every cause: a code that is nobody's is told no more than one that was somebody's. */
export function linkGone(kind: keyof typeof gone): LanyardError {
  const [code, sentence, hint] = gone[kind]
  return new LanyardError(code, sentence, { hint })
}
