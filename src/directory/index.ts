/**
 * directory: who people are: users, groups, passwords, and how often somebody may guess one.
 *
 * It owns the tables users, passwords, groups, group_users, group_groups, setup_links, failure_budgets, and the buried names of users and
 * groups. Names are canonical and never reserved when they enter, and nobody inherits a name. It keeps the last admin. It
 * decides nothing about clusters and knows no token, device or page.
 */
import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Context } from './context.ts'
import { createEndMemberships } from './ended-memberships.ts'
import { createGroupOwners } from './group-owners.ts'
import { createGroups } from './groups.ts'
import { createHashing, defaultHashing, type HashingOptions } from './hashing.ts'
import { createImports } from './import-people.ts'
import { createMembershipRequests } from './membership-requests.ts'
import { canonicalName } from './names.ts'
import { passwordFaults } from './password-rules.ts'
import { createSetupLink } from './setup-link.ts'
import { verifyPassword } from './sign-in.ts'
import { createSubjects } from './subject.ts'
import type { Directory } from './types.ts'
import { createUsers } from './users.ts'

export type { HashingOptions } from './hashing.ts'
export { canonicalName } from './names.ts'
export { SignInLimitedError } from './passwords.ts'
export type {
  Directory,
  Group,
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
  /** No password may be little more than the words in it. */
  readonly issuerHost: string
  readonly hashing?: HashingOptions
}

/** @throws LanyardError ERR_NAME_RESERVED, ERR_NAME_INVALID for the admin group */
export function createDirectory(options: DirectoryOptions): Directory {
  const { store, clock, audit, secret, issuerHost, hashing = defaultHashing() } = options
  if (secret.length < 32) throw new TypeError('the directory needs a secret of 32 bytes')
  const adminGroup = canonicalName('group', options.adminGroup)
  const context: Context = {
    store,
    clock,
    audit,
    hashing: createHashing(hashing),
    adminGroup,
    secret,
    issuerHost,
  }
  return {
    users: createUsers(context),
    groups: createGroups(context),
    owners: createGroupOwners(context),
    requests: createMembershipRequests(context),
    endMemberships: createEndMemberships(context),
    imports: createImports(context),
    setupLink: createSetupLink(context),
    subject: createSubjects(context),
    isAdmin: ({ status, groups }) => status === 'active' && groups.includes(adminGroup),
    verifyPassword: (attempt) => verifyPassword(context, attempt),
    passwordFaults: (password, person) => passwordFaults(password, person, issuerHost),
  }
}
