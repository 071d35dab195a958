import type { ClusterId } from '../errors/index.ts'
import { nameFault, quoteName } from '../kubernetes/index.ts'
import { machineNameFault } from './machine-name.ts'
import type { Target } from './types.ts'

/** A machine rule, or an application that comes by itself, as it is committed now. */
export interface MachineSubject {
  /** Opaque and for ever: the `sub` of its tokens. */
  readonly ruleId: string
  readonly ruleName: string
  readonly username: string
  readonly groups: readonly string[]
  readonly enabled: boolean
  /** The clusters that it is good for; for an application those that let one of its groups in. */
  readonly clusterIds: readonly ClusterId[] | 'by groups'
}

export type MachineRefusalReason =
  | 'rule_unknown'
  | 'rule_disabled'
  | 'target_unknown'
  | 'not_for_cluster'
  | 'name_reserved'

export interface MachineRefusal {
  readonly kind: 'refused'
  readonly reason: MachineRefusalReason
  /** For people: one sentence without capital or full stop. */
  readonly sentence: string
}

type ClusterTarget = Extract<Target, { readonly kind: 'cluster' }>

/** Leave to mint for one machine at one cluster. Nominal, as `Admission` is: only `decideMachine` makes one. */
class MachineAdmission {
  readonly #byDecide = true
  readonly ruleId: string
  readonly ruleName: string
  readonly username: string
  readonly groups: readonly string[]
  readonly target: ClusterTarget

  constructor({ ruleId, ruleName, username, groups }: MachineSubject, target: ClusterTarget) {
    this.ruleId = ruleId
    this.ruleName = ruleName
    this.username = username
    this.groups = groups
    this.target = target
    Object.freeze(this)
  }

  /** True for what `decideMachine` made, and for nothing that merely looks like it. */
  static is(value: unknown): value is MachineAdmission {
    return typeof value === 'object' && value !== null && #byDecide in value
  }
}

export type { MachineAdmission }

export type MachineDecision =
  | { readonly kind: 'admitted'; readonly admission: MachineAdmission }
  | MachineRefusal

/** For those who take an admission from afar and want to be sure. */
export const isMachineAdmission: (value: unknown) => value is MachineAdmission = MachineAdmission.is

/**
 * May a machine of this rule enter this cluster now? Who may enter by groups does not count where a rule names its clusters. Whether
 * a token is this rule's at all was judged before; the exchange, the webhook and the dry run all end here.
 */
export function decideMachine({
  subject,
  target,
}: {
  readonly subject: MachineSubject | undefined
  readonly target: Target | undefined
}): MachineDecision {
  if (subject === undefined)
    return refuse('rule_unknown', 'this machine rule or application does not exist')
  if (!subject.enabled) {
    const what = subject.clusterIds === 'by groups' ? 'application' : 'machine rule'
    return refuse('rule_disabled', `${what} ${quoteName(subject.ruleName)} is disabled`)
  }
  let fault = machineNameFault(subject.username)
  for (const name of subject.groups) fault ??= nameFault('group', name)
  if (fault !== null) return refuse('name_reserved', fault.message)
  if (target?.kind !== 'cluster') return refuse('target_unknown', 'there is no such cluster')
  if (!isFor(subject, target)) {
    const cluster = quoteName(target.name)
    return refuse('not_for_cluster', `${subject.username} may not enter cluster ${cluster}`)
  }
  return { kind: 'admitted', admission: new MachineAdmission(subject, target) }
}

/** `everyone` of a cluster means every user, and a machine is none. */
function isFor({ clusterIds, groups }: MachineSubject, target: ClusterTarget): boolean {
  if (clusterIds !== 'by groups') return clusterIds.includes(target.id)
  return target.groups.some((name) => groups.includes(name))
}

function refuse(reason: MachineRefusalReason, sentence: string): MachineRefusal {
  return { kind: 'refused', reason, sentence }
}
