import { randomBytes } from 'node:crypto'

/** RFC 5280 §4.1.2.2: positive, at most 20 octets; here 126 random bits. */
export function newSerial(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
  return bytes.toString('hex')
}
