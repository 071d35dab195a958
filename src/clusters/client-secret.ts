import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits for people to paste, and what is stored of them. */
export function makeSecret(): { secret: string; secretHash: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, secretHash: hashSecret(secret) }
}

/** Whether this is the secret of that hash; takes the same time either way. A public client matches nothing. */
export function matchSecret(secretHash: string | null, presented: string): boolean {
  if (secretHash === null) return false
  const expected = Buffer.from(secretHash)
  const actual = Buffer.from(hashSecret(presented))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** SHA-256 will do: nobody guesses 256 random bits. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
