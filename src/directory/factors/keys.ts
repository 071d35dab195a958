import { createHmac } from 'node:crypto'

/** One key for each use, so that what is made for one is worth nothing to another. */
export interface FactorKeys {
  /** Encrypts the secrets of one-time codes. */
  readonly wrapping: Uint8Array
  /** Authenticates the challenges of passkeys. */
  readonly challenges: Uint8Array
  /** Hashes recovery codes: whoever has the database alone cannot try them out. */
  readonly recoveryCodes: Uint8Array
}

export function deriveFactorKeys(secret: Uint8Array): FactorKeys {
  const keyFor = (use: string) => createHmac('sha256', secret).update(use).digest()
  return {
    wrapping: keyFor('wrapping'),
    challenges: keyFor('challenges'),
    recoveryCodes: keyFor('recovery codes'),
  }
}
