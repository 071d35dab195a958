import { hkdfSync } from 'node:crypto'

/** One 256-bit key a purpose from the server's secret (RFC 5869), so that none can stand in for another. */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `lanyard ${purpose}`, 32))
}
