/**
 * errors: what every room needs and nothing else: the one error class, branded ids, the clock's type, who acts, the one
 * spelling of the address they act from, and how far one word is from another.
 *
 * A LanyardError is a visitor's or an admin's mistake, or a state of the world they can mend: its code is stable, its
 * message one sentence that names the value. A programmer's mistake is a TypeError. This room imports nothing of ours.
 */

export type { Actor, By } from './actor.ts'
export { networkOf, normaliseAddress } from './address.ts'
export type {
  AccessTokenId,
  ApplicationId,
  Brand,
  Clock,
  ClusterId,
  DeviceId,
  EpochMs,
  GroupId,
  UserId,
} from './brands.ts'
export { editDistance } from './edit-distance.ts'
export { hasCode, LanyardError, type LanyardErrorOptions, messageOf } from './lanyard-error.ts'
