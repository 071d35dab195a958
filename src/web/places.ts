import type { TargetView } from '../../views/index.ts'

/** Where a sign-in at this server may lead: a closed list of our own pages, so that no address in a link is ever followed. */
const places = {
  account: '/account',
  kubectl: '/account/kubectl',
  password: '/account/password',
  changed: '/account?done=password',
  passkey: '/account/passkeys/new',
  codes: '/account/one-time-codes',
  recovery: '/account/recovery-codes',
  token: '/account/tokens/new',
  device: '/device',
  requests: '/account/requests',
  admin: '/admin',
} as const

export type Place = keyof typeof places

export const PLACES: readonly string[] = Object.keys(places)

/** The place that a link or form names; anything unknown is the account. */
export function placeOf(name: unknown): Place {
  return typeof name === 'string' && Object.hasOwn(places, name) ? (name as Place) : 'account'
}

export function pathOf(place: Place): (typeof places)[Place] {
  return places[place]
}

export function targetOf(place: Place): TargetView {
  return place === 'device' || place === 'kubectl' ? { kind: 'kubectl' } : { kind: 'account' }
}
