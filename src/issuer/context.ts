import {
  type Authentication,
  type Admission as Decided,
  type DeviceState,
  decide,
  isAdmission,
  type Refusal,
  type Target,
} from '../access/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock, DeviceId, EpochMs, UserId } from '../errors/index.ts'
import type { Devices, LoginState } from './devices.ts'

/** What tokens say about a person beside the decision. */
export interface Profile {
  readonly displayName: string
  readonly email: string | null
  readonly emailVerified: boolean
  /** `new` before the device is made. */
  readonly deviceId: DeviceId | 'new'
}

/** The one decision's yes, with what claims need beside it. Made by `admit` alone. */
export class Admission {
  readonly #decided: Decided
  readonly profile: Profile

  constructor(decided: Decided, profile: Profile) {
    if (!isAdmission(decided)) throw new TypeError('an admission is made from a decision alone')
    this.#decided = decided
    this.profile = profile
  }

  get userId(): UserId {
    return this.#decided.userId
  }
  get username(): string {
    return this.#decided.username
  }
  get groups(): readonly string[] {
    return this.#decided.groups
  }
  get withheld(): readonly string[] {
    return this.#decided.withheld
  }
  /** When the answer will be another by itself; nothing minted from it lasts longer. */
  get until(): EpochMs | null {
    return this.#decided.until
  }
  get target(): Target {
    return this.#decided.target
  }
  get device(): DeviceState | 'new' {
    return this.#decided.device
  }
  get authentication(): Authentication {
    return this.#decided.authentication
  }
}

/** The end, in seconds, of a token that would last until `exp`: never after its login, nor after what let it be. */
export function tokenEnd(
  exp: number,
  { until }: Pick<Admission, 'until'>,
  { expiresAt }: Pick<DeviceState, 'expiresAt'>,
): number {
  return Math.min(exp, Math.floor(Math.min(expiresAt, until ?? expiresAt) / 1000))
}

/** A refusal and whom it concerns: the username, or the id of somebody who is gone. */
export type RefusedEntry = Refusal & { readonly account: string }

export type Decision = { readonly kind: 'admitted'; readonly admission: Admission } | RefusedEntry

export interface AdmissionRequest {
  readonly userId: UserId
  /** Of the cluster, the application, or kubectl-lanyard. */
  readonly clientId: string
  /** An id, or the state that was read for this very request. */
  readonly device: DeviceId | 'new' | LoginState
  /** When absent: as the device's login has it. */
  readonly authentication?: Authentication
}

export interface Admissions {
  /** Reads subject, target and device as they are committed now, and decides. Every grant type comes through here. */
  admit(request: AdmissionRequest): Promise<Decision>
}

/** For a device that is gone: `decide` refuses it before it looks at this. */
const NEVER: Authentication = { at: 0, amr: [], acr: '' }

export function createAdmissions(rooms: {
  directory: Pick<Directory, 'subject'>
  clusters: Pick<Clusters, 'target'>
  devices: Pick<Devices, 'state'>
  clock: Clock
}): Admissions {
  const { directory, clusters, devices, clock } = rooms
  return {
    async admit({ userId, clientId, device: given, authentication }) {
      const [subject, target, state] = await Promise.all([
        directory.subject(userId),
        clusters.target(clientId),
        typeof given === 'object' ? given : given === 'new' ? undefined : devices.state(given),
      ])
      const decision = decide({
        subject,
        target,
        device: given === 'new' ? 'new' : (state ?? null),
        authentication: authentication ?? state?.authentication ?? NEVER,
        now: clock(),
      })
      if (decision.kind === 'refused') return { ...decision, account: subject?.username ?? userId }
      if (subject === undefined) throw new TypeError('nobody was admitted')
      const profile: Profile = {
        displayName: subject.displayName,
        email: subject.email,
        emailVerified: subject.emailVerified,
        deviceId: state?.id ?? 'new',
      }
      return { kind: 'admitted', admission: new Admission(decision.admission, profile) }
    },
  }
}
