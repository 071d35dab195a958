import { randomFillSync } from 'node:crypto'

// Letters and digits that cannot be taken for one another when somebody reads a reference out aloud.
const alphabet = 'abcdefghjkmnpqrstuvwxyz023456789'
const pool = Buffer.alloc(4096)
let used = pool.length

/** A reference such as `r-7kqm-x2hp`: 40 random bits, for people to quote; it opens nothing. */
export function newRequestId(): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let id = 'r-'
  for (let index = 0; index < 8; index += 1) {
    if (index === 4) id += '-'
    id += alphabet.charAt(pool.readUInt8(used + index) & 31)
  }
  used += 8
  return id
}
