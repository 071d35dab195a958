import { randomBytes } from 'node:crypto'
import type { Transaction } from '../../db/index.ts'
import { LanyardError } from '../errors/index.ts'
import { canonicaliseName, type NameKind, nameFault, quoteName } from '../kubernetes/index.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const MAX_LABEL = 128
const MAX_EMAIL = 254
/** Controls, line separators, and what turns the direction of text or cannot be seen. */
const UNSEEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/**
 * The form in which a name is kept and compared: NFKC, lower case.
 * @throws LanyardError ERR_NAME_RESERVED, ERR_NAME_INVALID
 */
export function canonicalName(kind: NameKind, input: string): string {
  const name = canonicaliseName(input)
  const fault = nameFault(kind, name)
  if (fault !== null) throw new LanyardError(fault.code, fault.message)
  return name
}

/** 128 random bits as 26 letters and digits: no id begins with a sign that a command would take for an option. */
export function randomId(): string {
  let id = ''
  let bits = 0
  let value = 0
  for (const byte of randomBytes(17)) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      id += ALPHABET[(value >> bits) & 31]
    }
    value &= 31
  }
  return id.slice(0, 26)
}

/** @throws LanyardError ERR_NAME_RETIRED */
export async function refuseRetiredName(
  tx: Transaction,
  kind: NameKind,
  name: string,
): Promise<void> {
  const grave = await tx.query
    .selectFrom('tombstones')
    .select('name')
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst()
  if (grave === undefined) return
  const noun = kind === 'user' ? 'username' : 'group name'
  throw new LanyardError('ERR_NAME_RETIRED', `${noun} ${quoteName(name)} was used before`, {
    hint: 'choose another: bindings made for the old one would apply to the new one',
  })
}

export async function buryName(
  tx: Transaction,
  kind: NameKind,
  name: string,
  now: number,
): Promise<void> {
  await tx.query.insertInto('tombstones').values({ kind, name, buried_at: now }).execute()
}

/** @throws LanyardError ERR_DISPLAY_NAME */
export function parseDisplayName(input: string): string {
  const name = input.normalize('NFC').trim()
  const length = [...name].length
  if (length >= 1 && length <= MAX_LABEL && !UNSEEN.test(name)) return name
  throw new LanyardError(
    'ERR_DISPLAY_NAME',
    `display name ${quoteName(input)} must have 1 to ${MAX_LABEL} visible characters`,
  )
}

/** @throws LanyardError ERR_DESCRIPTION */
export function parseDescription(input: string): string {
  const text = input.normalize('NFC').trim()
  if ([...text].length <= MAX_LABEL * 2 && !UNSEEN.test(text)) return text
  throw new LanyardError(
    'ERR_DESCRIPTION',
    `description ${quoteName(input)} must have at most ${MAX_LABEL * 2} visible characters`,
  )
}

/** @throws LanyardError ERR_REASON */
export function parseReason(input: string): string {
  const text = input.normalize('NFC').trim()
  const length = [...text].length
  if (length >= 1 && length <= MAX_LABEL * 2 && !UNSEEN.test(text)) return text
  throw new LanyardError(
    'ERR_REASON',
    `reason ${quoteName(input)} must have 1 to ${MAX_LABEL * 2} visible characters`,
  )
}

/**
 * Says only whether this could be an address: whether it is one is known once its owner has proved it.
 * @throws LanyardError ERR_EMAIL
 */
export function parseEmail(input: string): string {
  if (input.length <= MAX_EMAIL && /^[^\s@]+@[^\s@]+$/u.test(input) && !UNSEEN.test(input)) {
    return input
  }
  throw new LanyardError('ERR_EMAIL', `e-mail address ${quoteName(input)} is not of the form a@b`)
}
