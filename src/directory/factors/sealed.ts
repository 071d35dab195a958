import { CompactEncrypt, compactDecrypt } from 'jose'
import { LanyardError, type UserId } from '../../errors/index.ts'

/** A secret of one-time codes as it is kept: bound to its person, so that a row moved to another does not open. */
export function sealSecret(
  wrapping: Uint8Array,
  userId: UserId,
  secret: Uint8Array,
): Promise<string> {
  return new CompactEncrypt(secret)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: userId })
    .encrypt(wrapping)
}

/** @throws LanyardError ERR_KEY_SECRET */
export async function openSecret(
  wrapping: Uint8Array,
  userId: UserId,
  jwe: string,
): Promise<Uint8Array> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, wrapping, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader.kid !== userId) throw new TypeError('it belongs to another person')
    return plaintext
  } catch (cause) {
    throw new LanyardError('ERR_KEY_SECRET', 'a secret of one-time codes cannot be decrypted', {
      hint: 'start with the key file or LANYARD_KEY_SECRET that this data directory was made with',
      cause,
    })
  }
}
