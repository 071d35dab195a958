import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Mail } from '../mail/index.ts'
import type { FactorKeys } from './factors/keys.ts'
import type { Hashing } from './hashing.ts'

/** What every part of the directory works with. */
export interface Context {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  readonly mail: Mail
  readonly hashing: Hashing
  /** Canonical. */
  readonly adminGroup: string
  /** Keys the failure budgets. */
  readonly secret: Uint8Array
  readonly issuerHost: string
  /** Where the pages are: scheme, host and port. */
  readonly issuerOrigin: string
  readonly brandName: string
  readonly factorKeys: FactorKeys
}
