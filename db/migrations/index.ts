import { first } from './0001-first.ts'
import { clustersAndProbes } from './0002-clusters-and-probes.ts'
import { toldLogouts } from './0003-told-logouts.ts'
import { otherDoors } from './0004-other-doors.ts'
import { people } from './0005-people.ts'
import { auditChain } from './0006-audit-chain.ts'
import { accessReview } from './0007-access-review.ts'
import type { Migration } from './migration.ts'

export type { Migration } from './migration.ts'

/** All steps in order. Add a file, add a line here. */
export const migrations: readonly Migration[] = [
  first,
  clustersAndProbes,
  toldLogouts,
  otherDoors,
  people,
  auditChain,
  accessReview,
]
