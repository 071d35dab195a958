import type { EpochMs, UserId } from '../errors/index.ts'
import { nameFault, quoteName } from '../kubernetes/index.ts'
import { grantGroups, mayEnter, refusePolicy } from './guard.ts'
import { type Authentication, endOf } from './sign-in-policy.ts'
import {
  type DecisionSubject,
  type DeviceState,
  KUBECTL_CLIENT_ID,
  type Refusal,
  type RefusalReason,
  type Target,
} from './types.ts'

/** What a decision is made from: plain data, read just before. */
export interface Question {
  readonly subject: DecisionSubject | undefined
  readonly target: Target | undefined
  /** `new` where this very decision makes the device; null where one was named and is not there. */
  readonly device: DeviceState | 'new' | null
  readonly authentication: Authentication
  readonly now: EpochMs
}

/**
 * Leave to mint for one user at one target. The private member makes it nominal and the room exports its type alone: only
 * `decide` makes one, and a copy of one is none.
 */
class Admission {
  readonly #byDecide = true
  readonly userId: UserId
  readonly username: string
  /** The user's groups, flattened, without those that this sign-in is not good enough for. */
  readonly groups: readonly string[]
  readonly withheld: readonly string[]
  readonly target: Target
  readonly device: DeviceState | 'new'
  readonly authentication: Authentication
  /** When the answer will be another by the passing of time alone: nothing minted from it lasts longer; null for never. */
  readonly until: EpochMs | null

  constructor(
    subject: DecisionSubject,
    granted: Pick<Admission, 'groups' | 'withheld' | 'until'>,
    { target, device, authentication }: Pick<Admission, 'target' | 'device' | 'authentication'>,
  ) {
    this.userId = subject.userId
    this.username = subject.username
    this.groups = granted.groups
    this.withheld = granted.withheld
    this.until = granted.until
    this.target = target
    this.device = device
    this.authentication = authentication
    Object.freeze(this)
  }

  /** True for what `decide` made, and for nothing that merely looks like it. */
  static is(value: unknown): value is Admission {
    return typeof value === 'object' && value !== null && #byDecide in value
  }
}

export type { Admission }

export type Decision = { readonly kind: 'admitted'; readonly admission: Admission } | Refusal

/** For those who take an admission from afar and want to be sure. */
export const isAdmission: (value: unknown) => value is Admission = Admission.is

/**
 * May this subject enter this target now, as whom, with which groups? Every grant, page and command asks here and nowhere
 * else; whoever was refused learns the first of the reasons, in this order: user, device, authentication, password, names,
 * target, groups, sign-in policy.
 */
export function decide({ subject, target, device, authentication, now }: Question): Decision {
  if (subject === undefined) return refuse('user_unknown', 'this user does not exist')
  const { username } = subject
  if (subject.status !== 'active') {
    return refuse('user_disabled', `user ${quoteName(username)} is disabled`)
  }
  if (device === null) {
    return refuse('device_unknown', `this login of ${username} is unknown or was signed out`)
  }
  const deviceRefusal = device === 'new' ? null : refuseDevice(device, subject, target, now)
  if (deviceRefusal !== null) return deviceRefusal
  // Written so that a time that is no number refuses.
  if (!(authentication.at >= subject.sessionsValidFrom)) {
    return refuse('authentication_too_old', `${username} signed in before all sessions were ended`)
  }
  if (subject.mustChangePassword) {
    return refuse('password_change_due', `${username} must choose a new password first`)
  }
  const nameRefusal = refuseNames(subject)
  if (nameRefusal !== null) return nameRefusal
  if (target === undefined) {
    return refuse('target_unknown', 'there is no such cluster or application')
  }
  const groupRefusal = refuseGroups(subject, target)
  if (groupRefusal !== null) return groupRefusal
  const circumstances = { target, device, authentication }
  if (target.kind === 'kubectl') {
    const granted = { groups: subject.groups, withheld: [], until: null }
    return { kind: 'admitted', admission: new Admission(subject, granted, circumstances) }
  }
  const policyRefusal = refusePolicy(subject, target, authentication, now)
  if (policyRefusal !== null) return policyRefusal
  const granted = grantGroups(subject, target, authentication, now)
  if (granted.kind === 'refused') return granted
  const ends = [endOf(target.policy, authentication), granted.until].filter((end) => end !== null)
  const until = ends.length === 0 ? null : Math.min(...ends)
  return {
    kind: 'admitted',
    admission: new Admission(subject, { ...granted, until }, circumstances),
  }
}

function refuseDevice(
  device: DeviceState,
  subject: DecisionSubject,
  target: Target | undefined,
  now: EpochMs,
): Refusal | null {
  const { username } = subject
  if (device.userId !== subject.userId) {
    return refuse('device_mismatch', `this login does not belong to ${username}`)
  }
  if (device.revokedAt !== null) {
    return refuse('device_revoked', `this login of ${username} was revoked`)
  }
  if (!(device.expiresAt > now)) {
    return refuse('device_expired', `this login of ${username} has expired`)
  }
  if (target !== undefined && !isForTarget(device, target)) {
    return refuse('device_mismatch', `this login of ${username} was made for another client`)
  }
  return null
}

/** The plugin's login is exchanged for any cluster; every other login is good for its own client alone. */
function isForTarget(device: DeviceState, target: Target): boolean {
  if (target.kind === 'kubectl') return device.clientId === KUBECTL_CLIENT_ID
  if (target.kind === 'application') return device.clientId === target.clientId
  return device.clientId === KUBECTL_CLIENT_ID || device.clientId === target.audience
}

function refuseNames({ username, groups }: DecisionSubject): Refusal | null {
  let fault = nameFault('user', username)
  for (const name of groups) fault ??= nameFault('group', name)
  return fault === null ? null : refuse('name_reserved', fault.message)
}

function refuseGroups({ username, groups }: DecisionSubject, target: Target): Refusal | null {
  if (target.kind === 'kubectl' || mayEnter(groups, target)) return null
  const where = `${target.kind} ${quoteName(target.name)}`
  return refuse('not_in_group', `${username} is in none of the groups that may enter ${where}`)
}

function refuse(reason: RefusalReason, sentence: string): Refusal {
  return { kind: 'refused', reason, sentence }
}
