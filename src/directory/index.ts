/**
 * directory: who people are: users, groups, passwords, and how often somebody may guess one.
 *
 * It owns the tables users, passwords, groups, group_users, group_groups, setup_links, failure_budgets, and the buried names of users and
 * groups. Names are canonical and never reserved when they enter, and nobody inherits a name. It keeps the last admin. It
 * decides nothing about clusters and knows no token, device or page.
 */
export type { HashingOptions } from './hashing.ts'
export { canonicalName } from './names.ts'
export type {
  Directory,
  Group,
  Groups,
  KnownBrowser,
  Member,
  NewUser,
  Page,
  PasswordChange,
  SetupLink,
  SignInAttempt,
  SignInResult,
  Subject,
  User,
  UserChange,
  UserStatus,
  Users,
} from './types.ts'
