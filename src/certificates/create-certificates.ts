import { createAuthorities } from './authorities.ts'
import type { CertificateRooms } from './rooms.ts'
import { createSealed } from './sealed.ts'
import { planSubject, signCertificate } from './sign.ts'
import { createSigners } from './signers.ts'
import type { Certificates } from './types.ts'

/** Opens the room on a store. */
export function createCertificates(rooms: CertificateRooms): Certificates {
  const sealed = createSealed(rooms.wrapping)
  const authorities = createAuthorities(rooms, sealed)
  const signers = createSigners(rooms, sealed)
  const all = { ...rooms, authorities, signers }
  return {
    authorities: authorities.api,
    signers: signers.api,
    async subject(ask) {
      const { subject, signer } = await planSubject(all, ask)
      return { subject, signer }
    },
    sign: (ask) => signCertificate(all, ask),
  }
}
