/**
 * machines: non-human subjects, known by the tokens of outside issuers.
 *
 * It owns the issuers that are trusted, the rules that turn their tokens into a username and groups, and the verdict on one
 * token. It refuses whatever no rule names exactly; it mints nothing.
 */
export { createMachines, type MachinesOptions } from './create-machines.ts'
export { countMachineRefusal, enter } from './entry.ts'
export { machineOfJti } from './identifiers.ts'
export {
  type ApplicationMachine,
  type Explanation,
  type IssuerKind,
  issuerKinds,
  type Judgement,
  type MachineFault,
  type MachineFaultReason,
  type MachineRule,
  type Machines,
  type NewIssuer,
  type NewRule,
  type Pin,
  type RuleVerdict,
  type TrustedIssuer,
} from './types.ts'
