import { timingSafeEqual } from 'node:crypto'

/** Compares what was sent with a secret, in a time that tells nothing but the length. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
