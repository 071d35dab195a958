import type { Generated } from 'kysely'

/** What a sign-in must have been. */
export interface PolicyColumns {
  factors: Generated<'any' | 'two' | 'passkey'>
  /** Seconds since the sign-in; null for any. */
  max_age: number | null
}

export interface TargetPolicyColumns extends PolicyColumns {
  /** Whether a token without a guarded group is issued, or none, until the sign-in is good enough for the group. */
  step_up: Generated<'refuse' | 'withhold'>
}
