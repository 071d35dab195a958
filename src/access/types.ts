import type { ApplicationId, ClusterId, DeviceId, EpochMs, UserId } from '../errors/index.ts'
import type { SignInPolicy } from './sign-in-policy.ts'

/** The client id of the plugin's own login; no cluster and no application may have it. */
export const KUBECTL_CLIENT_ID = 'kubectl-lanyard'

/** What becomes of a token that would carry a group whose policy the sign-in does not satisfy: none, or one without the group. */
export type StepUp = 'refuse' | 'withhold'

/** Where somebody wants in. `groups` are the names of those that may; `everyone` lets any active user in. */
export type Target =
  | {
      readonly kind: 'cluster'
      readonly id: ClusterId
      readonly name: string
      /** The cluster's client id and the only `aud` of its tokens. */
      readonly audience: string
      readonly everyone: boolean
      readonly groups: readonly string[]
      /** True where its apiserver asks for groups; false where tokens carry them. */
      readonly liveGroups: boolean
      /** Seconds without live groups after which tokens carry them all the same; null for never. */
      readonly fallbackAfter: number | null
      readonly policy: SignInPolicy
      readonly stepUp: StepUp
    }
  | {
      readonly kind: 'application'
      readonly id: ApplicationId
      readonly name: string
      readonly clientId: string
      readonly everyone: boolean
      readonly groups: readonly string[]
      readonly policy: SignInPolicy
      readonly stepUp: StepUp
    }
  /** The plugin's own login, which is worth nothing at any cluster. */
  | { readonly kind: 'kubectl' }

/** A user as the directory knows them now. */
export interface DecisionSubject {
  readonly userId: UserId
  readonly username: string
  readonly status: 'active' | 'disabled'
  readonly mustChangePassword: boolean
  /** Whatever was authenticated before this is void: browser sessions and devices alike. */
  readonly sessionsValidFrom: EpochMs
  /** Flattened names. */
  readonly groups: readonly string[]
  /** Those of the groups that have a sign-in policy of their own. */
  readonly guarded: readonly GuardedGroup[]
  /** How they are in a group: directly (`via` null) or through another one. A group without any stands by itself. */
  readonly ways: readonly { readonly name: string; readonly via: string | null }[]
  /** When the first of the memberships ends by itself; null where none does. */
  readonly groupsEndAt: EpochMs | null
}

export interface GuardedGroup {
  readonly name: string
  readonly policy: SignInPolicy
}

export interface DeviceState {
  readonly id: DeviceId
  readonly userId: UserId
  readonly clientId: string
  readonly expiresAt: EpochMs
  readonly revokedAt: EpochMs | null
}

export type RefusalReason =
  | 'user_unknown'
  | 'user_disabled'
  | 'device_unknown'
  | 'device_mismatch'
  | 'device_revoked'
  | 'device_expired'
  | 'authentication_too_old'
  | 'password_change_due'
  | 'name_reserved'
  | 'target_unknown'
  | 'not_in_group'
  | 'second_factor_required'
  | 'passkey_required'
  | 'sign_in_too_old'

export interface Refusal {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  /** For people: one sentence without capital or full stop. */
  readonly sentence: string
  /** What a new sign-in must be for another answer; absent where no sign-in helps. */
  readonly needs?: SignInPolicy
}
