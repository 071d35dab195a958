import { createHash, randomBytes } from 'node:crypto'
import type { Transaction } from '../../db/index.ts'
import type { UserId } from '../errors/index.ts'

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
