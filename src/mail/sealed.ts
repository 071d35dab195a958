import { CompactEncrypt, compactDecrypt } from 'jose'
import type { MailMessage, SealedMessage } from './types.ts'

type Words = Pick<MailMessage, 'subject' | 'text'>

/** Bound to its row: what is moved to another recipient does not open. */
const kidOf = ({ kind, to }: { kind: string; to: string }) => `${kind} ${to}`

export async function sealMessage(
  wrapping: Uint8Array,
  { kind, to, subject, text, expiresAt }: MailMessage,
): Promise<SealedMessage> {
  const words: Words = { subject, text }
  const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(words)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: kidOf({ kind, to }) })
    .encrypt(wrapping)
  return { kind, to, jwe, expiresAt }
}

/** @throws where it was sealed under another key or for another row */
export async function openMessage(wrapping: Uint8Array, sealed: SealedMessage): Promise<Words> {
  const { plaintext, protectedHeader } = await compactDecrypt(sealed.jwe, wrapping, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  if (protectedHeader.kid !== kidOf(sealed)) throw new TypeError('it belongs to another row')
  return JSON.parse(new TextDecoder().decode(plaintext)) as Words
}
