import type { Store } from '../../db/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Config } from '../config/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AdminDoor } from '../issuer/index.ts'

/** What the facts are gathered from: by a command, or by a running server. */
export interface DiagnosisRooms {
  readonly config: Pick<
    Config,
    'data' | 'issuer' | 'issuerIsDefault' | 'lifetimes' | 'maxTokenBytes' | 'tls'
  >
  readonly store: Store
  readonly directory: Directory
  readonly clusters: Clusters
  issuer(): Promise<AdminDoor>
  /** PEM of Lanyard's own CA; null where its certificate comes from elsewhere. */
  certificateAuthority(): Promise<string | null>
}
