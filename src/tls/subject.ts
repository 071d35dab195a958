// Before the library, which looks for it while it loads.
import 'reflect-metadata'

import * as x509 from '@peculiar/x509'

/** Where kube-apiserver 1.33 and newer read a user's UID (k8s.io/apiserver, authentication/request/x509). */
export const UID_OID = '1.3.6.1.4.1.57683.2'

const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'

/** A subject as kube-apiserver reads it. */
export interface NameFields {
  /** CN. */
  readonly username: string
  /** Every O. */
  readonly groups: readonly string[]
  /** Null where there is none. */
  readonly uid: string | null
}

/** One RDN each: several values in one RDN are a set, whose order says nothing. */
export function writeName({ username, groups, uid }: NameFields): x509.Name {
  return new x509.Name([
    { CN: [username] },
    ...groups.map((group) => ({ O: [group] })),
    ...(uid === null ? [] : [{ [UID_OID]: [uid] }]),
  ])
}

/** Null where the name has more or fewer than one CN, more than one UID, or anything else in it. */
export function readName(name: x509.Name): NameFields | null {
  const usernames = name.getField(COMMON_NAME)
  const groups = name.getField(ORGANIZATION)
  const uids = name.getField(UID_OID)
  const all = name.toJSON().flatMap((rdn) => Object.values(rdn).flat())
  const [username] = usernames
  if (username === undefined || usernames.length !== 1 || uids.length > 1) return null
  if (all.length !== usernames.length + groups.length + uids.length) return null
  return { username, groups, uid: uids[0] ?? null }
}
