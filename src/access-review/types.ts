import type { By, ClusterId, EpochMs } from '../errors/index.ts'

/** Why a group is looked at. */
export type Reason =
  /** Its members administer Lanyard. */
  | { readonly kind: 'admins' }
  /** A sign-in must be good before a token carries it. */
  | {
      readonly kind: 'policy'
      readonly factors: 'any' | 'two' | 'passkey'
      /** Seconds. */
      readonly maxAge: number | null
    }
  /** People may ask to be in it for a time. */
  | { readonly kind: 'requestable'; readonly longestSeconds: number }
  /** It is bound to cluster-admin. */
  | {
      readonly kind: 'cluster-admin'
      readonly cluster: string
      /** Null where it holds everywhere. */
      readonly namespace: string | null
    }

export interface MemberReview {
  readonly username: string
  readonly displayName: string
  readonly status: 'active' | 'disabled'
  /** The groups between, from the one they are in to the one that is looked at; empty for a direct member. */
  readonly through: readonly string[]
  /** When the membership ends by itself; null for never. */
  readonly endsAt: EpochMs | null
  /** By browser or on a device; null for never, as far as is on record. */
  readonly signedInAt: EpochMs | null
  /** Null for never. */
  readonly enteredAt: EpochMs | null
  /** Those that live. */
  readonly devices: number
  readonly accessTokens: number
  /** Nothing of theirs was used for so long, and the account is older than that. */
  readonly isDormant: boolean
}

export interface GroupReview {
  readonly name: string
  readonly reasons: readonly Reason[]
  /** By username. */
  readonly members: readonly MemberReview[]
  /** True where there are more than were read. */
  readonly hasMore: boolean
}

/** What lives and was not used for so long. */
export interface IdleLogin {
  readonly kind: 'device' | 'access token'
  readonly username: string
  /** As a device names itself. */
  readonly name: string
  readonly lastUsedAt: EpochMs | null
  readonly expiresAt: EpochMs
}

/** A user or group of Lanyard's, bound to a role in a cluster. */
export interface BoundName {
  readonly kind: 'user' | 'group'
  /** As Lanyard has it: without the cluster's prefix. */
  readonly name: string
  readonly roleKind: 'ClusterRole' | 'Role'
  readonly role: string
  /** Null where it holds everywhere. */
  readonly namespace: string | null
  readonly binding: string
}

/** A subject that is bound and that nobody has here. */
export interface UnknownSubject {
  readonly kind: 'user' | 'group'
  /** As the binding has it. */
  readonly subject: string
  /** `ClusterRoleBinding node-readers`, `RoleBinding web/deployers`. */
  readonly bindings: readonly string[]
  /** What was meant, perhaps: as the binding should have it. */
  readonly near: string | null
}

export interface ClusterReview {
  readonly cluster: string
  /** `none` where Lanyard was given no way to read it, `failed` where that did not work. */
  readonly state: 'read' | 'none' | 'failed'
  /** Why it failed: one sentence without capital or full stop. */
  readonly fault: string | null
  readonly bound: readonly BoundName[]
  readonly unknown: readonly UnknownSubject[]
  /** Groups that may enter and are bound to nothing. */
  readonly unbound: readonly string[]
  /** True where there are more bindings than were read, or more unknown subjects than are told. */
  readonly hasMore: boolean
}

export interface AccessReview {
  readonly at: EpochMs
  readonly dormantDays: number
  readonly groups: readonly GroupReview[]
  /** True where groups or members were left out. */
  readonly hasMore: boolean
  /** Of the people in these groups. */
  readonly idle: readonly IdleLogin[]
  readonly clusters: readonly ClusterReview[]
}

export interface ReviewQuestion {
  /** 1 to 3,650; 90 unless told. */
  readonly dormantDays?: number
  /** How many memberships are read, in all; 1,000 unless told. */
  readonly most?: number
  /** This privileged group alone. Throws ERR_GROUP_UNKNOWN where it is none. */
  readonly group?: string
}

export interface RbacReader {
  readonly server: string
  readonly createdAt: EpochMs
}

export interface AccessReviews {
  /** Throws ERR_REVIEW_DAYS. */
  review(question?: ReviewQuestion): Promise<AccessReview>
  /** How a cluster's role bindings are read. */
  readonly readers: {
    find(cluster: string): Promise<RbacReader | undefined>
    /**
     * Tries what the kubeconfig says, and keeps it encrypted. Throws ERR_KUBECONFIG_INVALID, ERR_RBAC_READER where the cluster does
     * not take it, ERR_RBAC_READER_WIDE where it may do more than read.
     */
    set(cluster: string, kubeconfig: string, by: By): Promise<RbacReader>
    /** Resolves with false where there was none. */
    remove(cluster: string, by: By): Promise<boolean>
  }
}

/** What is kept of a cluster's kubeconfig. */
export interface ReaderDoor {
  readonly clusterId: ClusterId
  readonly cluster: string
  readonly server: string
  readonly certificateAuthority: string | null
  readonly token: string
}
