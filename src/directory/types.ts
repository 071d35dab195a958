import type { Transaction } from '../../db/index.ts'
import type { By, EpochMs, GroupId, UserId } from '../errors/index.ts'

export type UserStatus = 'active' | 'disabled'

export interface User {
  /** The `sub` of every token; never changes, never reused. */
  readonly id: UserId
  /** Canonical. What Kubernetes sees. */
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly status: UserStatus
  readonly createdAt: EpochMs
  /** Browser sessions older than this are void. */
  readonly sessionsValidFrom: EpochMs
  readonly hasPassword: boolean
  readonly mustChangePassword: boolean
}

export interface Group {
  readonly id: GroupId
  /** Canonical. What RBAC binds. */
  readonly name: string
  readonly description: string
  readonly createdAt: EpochMs
  /** What a sign-in must have been before a token carries the group. */
  readonly policy: {
    readonly factors: 'any' | 'two' | 'passkey'
    /** Seconds; null for any age. */
    readonly maxAge: number | null
  }
  /** Seconds for which somebody may ask to be a member; null where nobody may. */
  readonly longestMembership: number | null
}

export interface GroupChange {
  readonly description?: string
  readonly policy?: Group['policy']
  /** Null: nobody may ask. */
  readonly longestMembership?: number | null
}

/** A user as every decision sees them: read again at every grant, never cached. */
export interface Subject {
  readonly userId: UserId
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly status: UserStatus
  readonly sessionsValidFrom: EpochMs
  readonly mustChangePassword: boolean
  /** Names of all groups, those reached through other groups included; sorted, each once. */
  readonly groups: readonly string[]
  /** Those of them that ask more of a sign-in than any. */
  readonly guarded: readonly {
    readonly name: string
    readonly policy: {
      readonly factors: 'any' | 'two' | 'passkey'
      /** Seconds. */
      readonly maxAge: number | null
    }
  }[]
  /** How they are in each of them: directly (`via` null) or through another one. Empty where none is guarded: nobody asks. */
  readonly ways: readonly { readonly name: string; readonly via: string | null }[]
  /** When the first of the memberships ends by itself; null where none does. */
  readonly groupsEndAt: EpochMs | null
}

/** A browser whose signed cookie says that it once signed this user in. */
export interface KnownBrowser {
  readonly id: string
  readonly userId: UserId
}

export interface NewUser {
  readonly username: string
  /** The username unless given. */
  readonly displayName?: string
  readonly email?: string
  readonly password?: string
  /** Whether the password must be changed at the first sign-in: yes unless told. */
  readonly mustChange?: boolean
}

export interface UserChange {
  readonly displayName?: string
  /** Null removes it. A new address is unverified until proved. */
  readonly email?: string | null
  readonly emailVerified?: boolean
}

export interface PasswordChange {
  readonly current: string
  readonly next: string
  readonly address: string | null
  readonly knownBrowser: KnownBrowser | null
}

export interface Page {
  /** Names greater than this one. */
  readonly after?: string
  /** 1 to 1,000; 1,000 unless told. */
  readonly limit?: number
  readonly prefix?: string
}

/** People. Names are taken in any form and kept in their canonical one. Unknown names throw ERR_USER_UNKNOWN. */
export interface Users {
  /** @throws LanyardError ERR_NAME_RESERVED, ERR_NAME_INVALID, ERR_USER_EXISTS, ERR_NAME_RETIRED, ERR_DISPLAY_NAME, ERR_EMAIL, ERR_PASSWORD */
  add(user: NewUser, by: By): Promise<User>
  /** In the order of names. */
  list(page?: Page): Promise<User[]>
  find(username: string): Promise<User | undefined>
  get(username: string): Promise<User>
  byId(id: UserId): Promise<User | undefined>
  /** @throws LanyardError ERR_DISPLAY_NAME, ERR_EMAIL */
  change(username: string, change: UserChange, by: By): Promise<User>
  /** @throws LanyardError ERR_LAST_ADMIN */
  disable(username: string, by: By): Promise<User>
  enable(username: string, by: By): Promise<User>
  /** Makes every sign-in of theirs void, in browsers and on devices; they may sign in again. */
  endSessions(username: string, by: By): Promise<void>
  /** The username is buried: nobody can have it again. @throws LanyardError ERR_LAST_ADMIN */
  delete(username: string, by: By): Promise<void>
  /** Ends the user's browser sessions. @throws LanyardError ERR_PASSWORD */
  setPassword(
    username: string,
    password: string,
    options: { readonly mustChange?: boolean },
    by: By,
  ): Promise<void>
  /**
   * The user's own change: asks for the current password within the account's failure budget, and ends the other sessions.
   * @throws LanyardError ERR_PASSWORD_WRONG, ERR_SIGNIN_LIMITED (a SignInLimitedError), ERR_PASSWORD, ERR_BUSY
   */
  changePassword(userId: UserId, change: PasswordChange, by: By): Promise<void>
}

/** Either a user or a group, by name. */
export type Member =
  | { readonly user: string; readonly group?: never }
  | { readonly group: string; readonly user?: never }

/** Named sets of users and groups. Unknown names throw ERR_GROUP_UNKNOWN or ERR_USER_UNKNOWN. */
export interface Groups {
  /** @throws LanyardError ERR_NAME_RESERVED, ERR_NAME_INVALID, ERR_GROUP_EXISTS, ERR_NAME_RETIRED, ERR_DESCRIPTION */
  add(group: { readonly name: string; readonly description?: string }, by: By): Promise<Group>
  list(page?: Page): Promise<Group[]>
  find(name: string): Promise<Group | undefined>
  get(name: string): Promise<Group>
  /** @throws LanyardError ERR_DESCRIPTION, ERR_POLICY_INVALID, ERR_MEMBERSHIP_LONGEST */
  change(name: string, change: GroupChange, by: By): Promise<Group>
  /** The name is buried: nobody can have it again. @throws LanyardError ERR_LAST_ADMIN */
  delete(name: string, by: By): Promise<void>
  /**
   * Resolves with false when it was one already, for as long. `endsAt` is for users; a membership is made longer, never shorter.
   * @throws LanyardError ERR_GROUP_CIRCLE, ERR_MEMBERSHIP_END
   */
  addMember(group: string, member: Member, by: By, endsAt?: EpochMs | null): Promise<boolean>
  /** Resolves with false when it was none. @throws LanyardError ERR_LAST_ADMIN */
  removeMember(group: string, member: Member, by: By): Promise<boolean>
  /** The direct members, in the order of names. */
  members(group: string): Promise<{ readonly users: string[]; readonly groups: string[] }>
  /** Every group of a user; `via` names the member group through which they are in it, null when directly. */
  of(userId: UserId): Promise<{ readonly name: string; readonly via: string | null }[]>
  /** When direct memberships of a user end, by group; those without an end are left out. */
  ends(userId: UserId): Promise<ReadonlyMap<string, EpochMs>>
}

/** Who may manage a group's members, and nothing else. Unknown names throw ERR_GROUP_UNKNOWN or ERR_USER_UNKNOWN. */
export interface GroupOwners {
  /** Resolves with false when they were one already. */
  add(group: string, username: string, by: By): Promise<boolean>
  remove(group: string, username: string, by: By): Promise<boolean>
  list(group: string): Promise<string[]>
  /** Names of the groups that somebody owns. */
  of(userId: UserId): Promise<string[]>
}

export interface MembershipRequest {
  readonly id: string
  readonly group: string
  readonly userId: UserId
  readonly username: string
  readonly reason: string
  readonly seconds: number
  readonly state: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  readonly createdAt: EpochMs
  /** Nobody answers it after this. */
  readonly expiresAt: EpochMs
  readonly decidedAt: EpochMs | null
  readonly decidedBy: string | null
  /** Of the membership. */
  readonly endsAt: EpochMs | null
}

/** How the one who approves has signed in. */
export interface RequestApproval {
  readonly userId: UserId
  readonly amr: readonly string[]
  readonly authenticatedAt: EpochMs
}

/** Membership for a while. Who may answer (an owner, an admin) is for the caller to know. */
export interface MembershipRequests {
  /**
   * @throws LanyardError ERR_GROUP_UNKNOWN, ERR_GROUP_NOT_REQUESTABLE, ERR_REASON, ERR_REQUEST_TIME, ERR_REQUEST_EXISTS,
   * ERR_REQUESTS_MANY, ERR_MEMBER_ALREADY
   */
  ask(
    request: {
      readonly userId: UserId
      readonly group: string
      readonly seconds: number
      readonly reason: string
    },
    by: By,
  ): Promise<MembershipRequest>
  /** @throws LanyardError ERR_REQUEST_UNKNOWN (another's too), ERR_REQUEST_SETTLED */
  withdraw(id: string, userId: UserId, by: By): Promise<void>
  refuse(id: string, by: By): Promise<void>
  /** @throws LanyardError ERR_REQUEST_OWN, ERR_PASSKEY_NEEDED, ERR_REQUEST_UNKNOWN, ERR_REQUEST_SETTLED, ERR_GROUP_NOT_REQUESTABLE */
  approve(id: string, approval: RequestApproval, by: By): Promise<MembershipRequest>
  get(id: string): Promise<MembershipRequest>
  /** Those that wait for an answer, the oldest first: at most 200, of these groups or of all. */
  waiting(groups: readonly string[] | 'all'): Promise<MembershipRequest[]>
  /** Somebody's last 20, the newest first. */
  of(userId: UserId): Promise<MembershipRequest[]>
  /** What may be asked for, and whether they are a member now: at most 200. */
  requestable(userId: UserId): Promise<
    {
      readonly name: string
      readonly description: string
      readonly longestSeconds: number
      readonly member: false | { readonly endsAt: EpochMs | null }
    }[]
  >
}

export interface SetupLink {
  /** Makes the code that lets the first admin in, for 30 minutes; older ones die. @throws LanyardError ERR_SETUP_CLOSED */
  issue(by: By): Promise<{ readonly code: string; readonly expiresAt: EpochMs }>
  /** True while no active user is an admin. */
  isOpen(): Promise<boolean>
  /**
   * Consumes the code and makes the first admin, and their group, in one transaction.
   * @throws LanyardError ERR_SETUP_CLOSED, ERR_SETUP_CODE, ERR_PASSWORD and those of `Users.add`
   */
  complete(
    setup: {
      readonly code: string
      readonly username: string
      readonly password: string
      readonly displayName?: string
    },
    by: By,
  ): Promise<User>
}

export interface SignInAttempt {
  readonly username: string
  readonly password: string
  /** The peer's address; null counts as one network of its own. */
  readonly address: string | null
  /** From the signed cookie; it counts only for the account that it names. */
  readonly browser: KnownBrowser | null
  readonly requestId?: string | null
}

export type SignInResult =
  | { readonly kind: 'ok'; readonly subject: Subject }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }

/** Somebody of another list; every name in it is canonical already. */
export interface PersonToImport {
  readonly username: string
  readonly groups: readonly string[]
  /** Hashed before the write; null for none. */
  readonly password: { readonly hash: string; readonly mustChange: boolean } | null
}

export interface ImportedPerson {
  readonly userId: UserId
  readonly isNew: boolean
  /** False where they have one of their own, which stays. */
  readonly hasPassword: boolean
}

export interface Imports {
  /** Whatever its strength: it is somebody's already. Throws ERR_BUSY. */
  hashPassword(password: string): Promise<string>
  /** Adds whoever and whatever group is missing, in the write of whoever calls. Throws ERR_NAME_RETIRED. */
  put(tx: Transaction, person: PersonToImport, by: By): Promise<ImportedPerson>
}
