import { CompactEncrypt, compactDecrypt } from 'jose'
import { LanyardError } from '../errors/index.ts'

/** Keeps secrets of clusters under the key file. */
export interface Sealed {
  seal(secret: Uint8Array, kid: string): Promise<string>
  /** Throws ERR_KEY_SECRET. */
  open(jwe: string, kid: string): Promise<Uint8Array>
}

/** `kid` binds each to its row: one that is moved to another does not open. */
export function createSealed(wrapping: Uint8Array): Sealed {
  return {
    seal: (secret, kid) =>
      new CompactEncrypt(secret)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt(wrapping),
    async open(jwe, kid) {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(jwe, wrapping, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        if (protectedHeader.kid !== kid) throw new TypeError('it belongs to another row')
        return plaintext
      } catch (cause) {
        throw new LanyardError('ERR_KEY_SECRET', `what is kept for "${kid}" cannot be decrypted`, {
          hint: 'start with the key file or LANYARD_KEY_SECRET that this data directory was made with',
          cause,
        })
      }
    },
  }
}
