/**
 * access: the one decision. May this user enter this cluster or application now, as whom, and if not, why not?
 *
 * It owns the question, the closed list of refusals with their sentences, and Admission, without which nothing can be minted.
 * It is pure: it reads no row and no clock, so that every grant type, page and command gets the same answer.
 */

export {
  type Admission,
  type Decision,
  decide,
  isAdmission,
  type Question,
} from './decide.ts'
export {
  type AccessTokenDecision,
  type AccessTokenQuestion,
  type AccessTokenState,
  decideAccessToken,
} from './decide-access-token.ts'
export {
  decideMachine,
  isMachineAdmission,
  type MachineAdmission,
  type MachineDecision,
  type MachineRefusal,
  type MachineRefusalReason,
  type MachineSubject,
} from './decide-machine.ts'
export { groupsOfSignIn, groupsWithout, mayEnter, refuseLack } from './guard.ts'
export { machineNameFault } from './machine-name.ts'
export {
  ACR,
  AMR,
  ANY_SIGN_IN,
  type Authentication,
  acrOf,
  FACTORS,
  type Factors,
  factorsOf,
  lackOf,
  type SignInPolicy,
  strictest,
} from './sign-in-policy.ts'
export {
  type DecisionSubject,
  type DeviceState,
  type GuardedGroup,
  KUBECTL_CLIENT_ID,
  type Refusal,
  type RefusalReason,
  type StepUp,
  type Target,
} from './types.ts'
export { challengeOf, WeakSignIn } from './weak-sign-in.ts'
