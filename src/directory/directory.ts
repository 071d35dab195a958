import type { UserId } from '../errors/index.ts'
import type { EmailChanges } from './email-changes.ts'
import type { Factors } from './factors/types.ts'
import type { Invitations } from './invitation-types.ts'
import type { Limits } from './limits.ts'
import type { Notices } from './notices.ts'
import type { People } from './people.ts'
import type { ResetLinks } from './reset-links.ts'
import type {
  GroupOwners,
  Groups,
  Imports,
  MembershipRequests,
  SetupLink,
  SignInAttempt,
  SignInResult,
  Subject,
  Users,
} from './types.ts'

export interface Directory {
  readonly imports: Imports
  readonly users: Users
  readonly groups: Groups
  readonly people: People
  readonly owners: GroupOwners
  readonly requests: MembershipRequests
  /** Takes away memberships whose time is over; resolves with how many went. */
  endMemberships(): Promise<number>
  readonly setupLink: SetupLink
  readonly invitations: Invitations
  readonly resetLinks: ResetLinks
  readonly emailChanges: EmailChanges
  readonly notices: Notices
  /** Whether links and notices go out by mail. */
  readonly sendsMail: boolean
  /** What people sign in with besides a password. */
  readonly factors: Factors
  readonly limits: Limits
  /** Who this is now: one query. */
  subject(userId: UserId): Promise<Subject | undefined>
  isAdmin(subject: Subject): boolean
  /**
   * Checks a password within the failure budgets, which begin anew for whoever has no second factor. Unknown, disabled and passwordless accounts cost the same work and get the
   * same answer as a wrong password.
   * @throws LanyardError ERR_BUSY when too many passwords are being checked already
   */
  verifyPassword(attempt: SignInAttempt): Promise<SignInResult>
  /** One sentence for each rule that `password` breaks; empty when it may be used. */
  passwordFaults(
    password: string,
    person: { readonly username: string; readonly displayName?: string },
  ): string[]
}
