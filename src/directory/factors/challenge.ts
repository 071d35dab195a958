import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Transaction } from '../../../db/index.ts'
import type { EpochMs } from '../../errors/index.ts'

/** WebAuthn §15.1 recommends five to ten minutes where the person is verified. */
export const CHALLENGE_MS = 10 * 60_000
const NONCE_BYTES = 16
const TIME_BYTES = 6
const HEAD_BYTES = NONCE_BYTES + TIME_BYTES
const MAC_BYTES = 32

/** What a challenge is good for, and nothing else. */
export interface Purpose {
  readonly act: 'register' | 'sign in'
  /** Null where it is for whoever comes. */
  readonly userId: string | null
  /** Names the browser. */
  readonly binding: string
}

/** Random bytes, an end and a MAC over both and the purpose: nothing is stored for whoever asks. */
export function makeChallenge(
  key: Uint8Array,
  purpose: Purpose,
  now: EpochMs,
): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(HEAD_BYTES)
  randomBytes(NONCE_BYTES).copy(head)
  head.writeUIntBE(now + CHALLENGE_MS, NONCE_BYTES, TIME_BYTES)
  return new Uint8Array(Buffer.concat([head, macOf(key, purpose, head)]))
}

export function isGenuine(
  key: Uint8Array,
  purpose: Purpose,
  challenge: string,
  now: EpochMs,
): boolean {
  const bytes = Buffer.from(challenge, 'base64url')
  if (bytes.length !== HEAD_BYTES + MAC_BYTES) return false
  const head = bytes.subarray(0, HEAD_BYTES)
  const genuine = timingSafeEqual(bytes.subarray(HEAD_BYTES), macOf(key, purpose, head))
  return genuine && endOf(bytes) > now
}

/** @returns false where it was answered before: one conditional insert, so of two at once one counts */
export async function spendChallenge(tx: Transaction, challenge: string): Promise<boolean> {
  const bytes = Buffer.from(challenge, 'base64url')
  const { numInsertedOrUpdatedRows } = await tx.query
    .insertInto('spent_challenges')
    .values({
      hash: createHash('sha256').update(bytes).digest('base64url'),
      expires_at: endOf(bytes),
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

function endOf(bytes: Buffer): EpochMs {
  return bytes.readUIntBE(NONCE_BYTES, TIME_BYTES)
}

function macOf(key: Uint8Array, { act, userId, binding }: Purpose, head: Uint8Array): Buffer {
  return createHmac('sha256', key)
    .update(head)
    .update(JSON.stringify([act, userId, binding]))
    .digest()
}
