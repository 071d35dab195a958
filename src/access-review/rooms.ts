import type { Store } from '../../db/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Outbound } from '../outbound/index.ts'

/** What this room works with. */
export interface ReviewRooms {
  readonly store: Store
  readonly clock: Clock
  readonly clusters: Pick<Clusters, 'get' | 'list'>
  readonly outbound: Outbound
  readonly adminGroup: string
  /** Keeps secrets of clusters under the key file. */
  readonly sealed: {
    seal(secret: Uint8Array, kid: string): Promise<string>
    open(jwe: string, kid: string): Promise<Uint8Array>
  }
}
