import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Outbound } from '../outbound/index.ts'

/** What this room works with. */
export interface CertificateRooms {
  readonly store: Store
  readonly clock: Clock
  readonly directory: Pick<Directory, 'subject'>
  readonly clusters: Pick<Clusters, 'get' | 'find' | 'list' | 'target'>
  readonly audit: Pick<Audit, 'countRefusal'>
  readonly outbound: Outbound
  /** 32 bytes that the keys of CAs and the tokens of signers are encrypted under. */
  readonly wrapping: Uint8Array
}
