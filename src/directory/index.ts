/**
 * directory: who people are: users, groups, passwords, and how often somebody may guess one; and what else people sign in with.
 *
 * It owns the tables users, passwords, passkeys, one_time_codes, recovery_codes, spent_challenges, groups, group_users, group_groups,
 * setup_links, failure_budgets, and the buried names of users and groups.
 * Names are canonical and never reserved when they enter, and nobody inherits a name. It keeps the last admin. It
 * decides nothing about clusters and knows no token, device or page.
 */
import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../errors/index.ts'
import { createMail, type Mail } from '../mail/index.ts'
import type { Context } from './context.ts'
import type { Directory } from './directory.ts'
import { createEmailChanges } from './email-changes.ts'
import { createEndMemberships } from './ended-memberships.ts'
import { createFactors } from './factors/index.ts'
import { deriveFactorKeys } from './factors/keys.ts'
import { createGroupOwners } from './group-owners.ts'
import { createGroups } from './groups.ts'
import { createHashing, defaultHashing, type HashingOptions } from './hashing.ts'
import { createImports } from './import-people.ts'
import { createInvitations } from './invitations.ts'
import { createLimits } from './limits.ts'
import { createMembershipRequests } from './membership-requests.ts'
import { canonicalName } from './names.ts'
import { createNotices } from './notices.ts'
import { passwordFaults } from './password-rules.ts'
import { createPeople } from './people.ts'
import { createResetLinks } from './reset-links.ts'
import { createSetupLink } from './setup-link.ts'
import { verifyPassword } from './sign-in.ts'
import { createSubjects } from './subject.ts'
import { createUsers } from './users.ts'

export type { Counts } from './counts.ts'
export type { Affected, Effects, MembershipChange } from './counts-effects.ts'
export type { Directory } from './directory.ts'
export type {
  EmailChanges,
  EmailProof,
  PendingEmailChange,
} from './email-changes.ts'
export type {
  FactorList,
  FactorResult,
  Factors,
  Passkey,
} from './factors/types.ts'
export type { HashingOptions } from './hashing.ts'
export type {
  Invitation,
  Invitations,
  MadeInvitation,
  NewInvitation,
  OpenInvitation,
} from './invitation-types.ts'
export type { LimitedAccount, Limits } from './limits.ts'
export { linkGone } from './link-code.ts'
export { canonicalName } from './names.ts'
export type { NewNotice, Notices } from './notices.ts'
export { SignInLimitedError } from './passwords.ts'
export type { People } from './people.ts'
export type { CsvKind, CsvPlan } from './people-csv.ts'
export type { GroupStep, UserStep } from './people-csv-plan.ts'
export { csvLine } from './people-csv-text.ts'
export type { MadeResetLink, ResetLinks } from './reset-links.ts'
export type { FoundUser } from './search.ts'
export type { FoundGroup, FoundMember } from './search-groups.ts'
export type {
  Group,
  GroupChange,
  GroupOwners,
  Groups,
  ImportedPerson,
  Imports,
  KnownBrowser,
  Member,
  MembershipRequest,
  MembershipRequests,
  NewUser,
  Page,
  PasswordChange,
  PersonToImport,
  SetupLink,
  SignInAttempt,
  SignInResult,
  Subject,
  User,
  UserChange,
  UserStatus,
  Users,
} from './types.ts'

export interface DirectoryOptions {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  /** The group whose active members may administer Lanyard. */
  readonly adminGroup: string
  /** 32 bytes; keys the rows of failure budgets, so that they reveal no name. */
  readonly secret: Uint8Array
  /** 32 bytes; what one-time codes, recovery codes and the challenges of passkeys are kept under. */
  readonly factorSecret: Uint8Array
  /** The issuer's URL: passkeys are bound to its origin, and no password may be little more than the words in its host. */
  readonly issuer: string
  /** What people see in their authenticators; Lanyard unless told. */
  readonly brandName?: string
  readonly hashing?: HashingOptions
  /** Off unless given. */
  readonly mail?: Mail
}

function silentMail({
  store,
  clock,
  secret,
  issuer,
  brandName = 'Lanyard',
}: DirectoryOptions): Mail {
  const wrapping = secret.slice(0, 32)
  return createMail({ store, clock, settings: null, site: { name: brandName, issuer }, wrapping })
}

/** @throws LanyardError ERR_NAME_RESERVED, ERR_NAME_INVALID for the admin group */
export function createDirectory(options: DirectoryOptions): Directory {
  const { store, clock, audit, secret, factorSecret, hashing = defaultHashing() } = options
  if (secret.length < 32 || factorSecret.length < 32) {
    throw new TypeError('the directory needs secrets of 32 bytes')
  }
  const issuer = new URL(options.issuer)
  const adminGroup = canonicalName('group', options.adminGroup)
  const context: Context = {
    store,
    clock,
    audit,
    hashing: createHashing(hashing),
    mail: options.mail ?? silentMail(options),
    adminGroup,
    secret,
    issuerHost: issuer.hostname,
    issuerOrigin: issuer.origin,
    brandName: options.brandName ?? 'Lanyard',
    factorKeys: deriveFactorKeys(factorSecret),
  }
  return {
    users: createUsers(context),
    groups: createGroups(context),
    people: createPeople(context),
    owners: createGroupOwners(context),
    requests: createMembershipRequests(context),
    endMemberships: createEndMemberships(context),
    imports: createImports(context),
    setupLink: createSetupLink(context),
    invitations: createInvitations(context),
    resetLinks: createResetLinks(context),
    emailChanges: createEmailChanges(context),
    notices: createNotices(context),
    sendsMail: context.mail.enabled,
    factors: createFactors(context),
    limits: createLimits(context),
    subject: createSubjects(context),
    isAdmin: ({ status, groups }) => status === 'active' && groups.includes(adminGroup),
    verifyPassword: (attempt) => verifyPassword(context, attempt),
    passwordFaults: (password, person) => passwordFaults(password, person, context.issuerHost),
  }
}
