/**
 * views: every page, as a function from plain data to a whole HTML document.
 *
 * It owns markup, wording and the assets beside it; each text goes through `html`, which escapes it. It decides nothing,
 * reads nothing, imports no other room, and writes no inline script and no inline style.
 */

export {
  type Choice,
  type NewTokenView,
  newTokenPage,
  type TokenMadeView,
  type TokenRow,
  type TokensView,
  tokenMadePage,
} from './access-tokens.ts'
export { type AccountView, type ActivityRow, accountPage, type DeviceRow } from './account.ts'
export { type AccessReviewView, accessReviewPage } from './admin/access-review.ts'
export {
  type ApplicationFields,
  type ApplicationFormView,
  type ApplicationView,
  applicationFormPage,
  applicationPage,
} from './admin/application.ts'
export { type ApplicationRow, applicationsPage } from './admin/applications.ts'
export {
  type AuditFields,
  type AuditView,
  auditPage,
  type BehindView,
  type EventRow,
} from './admin/audit.ts'
export { type ClusterView, clusterPage } from './admin/cluster.ts'
export type { ConfigView } from './admin/cluster-config.ts'
export type { DoctorView, FindingRow } from './admin/cluster-doctor.ts'
export {
  type ClusterFields,
  type ClusterFormView,
  clusterFormPage,
  type SecretOnceView,
  secretOncePage,
} from './admin/cluster-form.ts'
export {
  type ClusterHealth,
  type ClusterRow,
  clustersPage,
  type DoctorCount,
  type EntryRow,
} from './admin/clusters.ts'
export { type CsvPlanView, type CsvView, csvPage, csvPlanPage } from './admin/csv.ts'
export type { PolicyView } from './admin/entry.ts'
export type { AdminView } from './admin/frame.ts'
export { type GroupView, groupPage } from './admin/group.ts'
export type { GroupRulesView } from './admin/group-rules.ts'
export {
  type GroupRow,
  type GroupsView,
  groupsPage,
  type NewGroupView,
  newGroupPage,
} from './admin/groups.ts'
export {
  type InvitationRow,
  type InvitationsView,
  invitationsPage,
  type NewInvitationView,
  newInvitationPage,
} from './admin/invitations.ts'
export { type KeysView, keysPage } from './admin/keys.ts'
export { type LinkView, linkPage } from './admin/link.ts'
export {
  type IssuerFields,
  type IssuerFormView,
  issuerFormPage,
  type RuleFields,
  type RuleFormView,
  ruleFormPage,
} from './admin/machine-form.ts'
export {
  type ExplanationView,
  type IssuerRow,
  type MachinesView,
  machinesPage,
  type RuleRow,
} from './admin/machines.ts'
export { type Attention, type OverviewView, overviewPage } from './admin/overview.ts'
export { adminPath } from './admin/parts.ts'
export { type ActWords, type SudoView, sudoPage } from './admin/sudo.ts'
export {
  type DoorRow,
  type EditUserView,
  editUserPage,
  type UserView,
  userPage,
} from './admin/user.ts'
export {
  type NewUserView,
  newUserPage,
  type UserRow,
  type UserState,
  type UsersView,
  usersPage,
} from './admin/users.ts'
export { tooManyAttempts } from './attempts.ts'
export { brandStylesheet } from './brand.ts'
export { type ConsentView, consentPage } from './consent.ts'
export {
  type BrowserConfirmView,
  browserConfirmPage,
  type DeviceCodeView,
  type DeviceConfirmView,
  deviceCodePage,
  deviceConfirmPage,
} from './device.ts'
export {
  type EmailChangeView,
  emailConfirmedPage,
  emailConfirmPage,
  profilePage,
} from './email.ts'
export {
  type EnrolView,
  enrolPage,
  type OneTimeCodeView,
  oneTimeCodePage,
  type QrView,
  type RecoveryCodesView,
  recoveryCodesPage,
} from './enrol.ts'
export {
  type CodesView,
  codesPage,
  type FactorsView,
  type NewPasskeyView,
  type NewRecoveryCodesView,
  newPasskeyPage,
  newRecoveryCodesPage,
  type OnePasskeyView,
  onePasskeyPage,
  type PasskeyRow,
} from './factors.ts'
export type { FormTarget } from './form.ts'
export type { Html, Part } from './html.ts'
export {
  type InvitationView,
  invitationPage,
  type NewPasswordFailure,
} from './invitation.ts'
export { type KubectlView, kubectlPage, noClusterPage } from './kubectl.ts'
export { languagePage } from './language.ts'
export type { Site } from './layout.ts'
export {
  type MembershipRequestsView,
  membershipRequestsPage,
  type RequestRow,
} from './membership-requests.ts'
export {
  type DoneView,
  donePage,
  type ErrorView,
  errorPage,
  type NotAdmittedView,
  notAdmittedPage,
  type RefusedView,
  refusedPage,
  type SignOutView,
  signedOutPage,
  signOutPage,
} from './outcome.ts'
export { outsideText } from './outside.ts'
export { type PasskeyForm, type PasskeyView, passkeyPage } from './passkey.ts'
export { passkeyProofPage } from './passkey-proof.ts'
export { forgottenPage, linkSentPage, resetDonePage, resetPage } from './reset.ts'
export { type CodeView, codePage, type RecoveryUsedView, recoveryUsedPage } from './second-step.ts'
export { type SetupView, setupPage } from './setup.ts'
export { type PasswordView, passwordPage, type SignInView, signInPage } from './sign-in.ts'
export type { TargetView } from './target.ts'
export { LANGUAGES, type Language, type Words, wordsOf } from './words/words.ts'
