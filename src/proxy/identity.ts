import { isReservedAtCluster, nameFault } from '../kubernetes/index.ts'
import type { Impersonation } from './headers.ts'
import type { Headers, Person } from './types.ts'

interface Spelling {
  readonly user: string
  readonly uid: string
  readonly group: string
  readonly extra: string
}

const FRONT_PROXY: Spelling = {
  user: 'x-remote-user',
  uid: 'x-remote-uid',
  group: 'x-remote-group',
  extra: 'x-remote-extra-',
}
const IMPERSONATION: Spelling = {
  user: 'impersonate-user',
  uid: 'impersonate-uid',
  group: 'impersonate-group',
  extra: 'impersonate-extra-',
}

type Mode = 'front-proxy' | 'impersonation'

/** For as long as an answer about somebody is kept, they are the same. */
const written = {
  'front-proxy': new WeakMap<Person, Headers>(),
  impersonation: new WeakMap<Person, Headers>(),
}

/** The headers by which an apiserver knows a person, from a proxy that it trusts. */
export function personHeaders(mode: Mode, person: Person): Readonly<Headers> {
  const before = written[mode].get(person)
  if (before !== undefined) return before
  const headers = identityHeaders(mode, person)
  written[mode].set(person, headers)
  return headers
}

function identityHeaders(mode: Mode, { username, uid, groups, extra }: Person): Headers {
  return write(mode === 'front-proxy' ? FRONT_PROXY : IMPERSONATION, {
    ...{ user: username, uid, groups },
    extra: new Map(Object.entries(extra)),
  })
}

/** The headers of `kubectl --as`, written anew from what was read: for an apiserver that checks them, or after the check. */
export function impersonationHeaders(impersonation: Impersonation): Headers {
  return write(IMPERSONATION, impersonation)
}

function write(
  spelling: Spelling,
  { user, uid, groups, extra }: Omit<Impersonation, 'user'> & { readonly user: string | null },
): Headers {
  const headers: Headers = {}
  if (user !== null) headers[spelling.user] = bytesOf(user)
  if (uid !== null && uid !== '') headers[spelling.uid] = bytesOf(uid)
  if (groups.length > 0) headers[spelling.group] = groups.map(bytesOf)
  for (const [key, values] of extra) {
    if (values.length > 0) headers[`${spelling.extra}${encodeKey(key)}`] = values.map(bytesOf)
  }
  return headers
}

/** Go reads a header's bytes as UTF-8; Node writes one byte for each character. */
function bytesOf(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1')
}

/** The apiserver undoes percent-encoding; what is no letter of a header's name (RFC 9110 §5.6.2) is written so. */
function encodeKey(key: string): string {
  return [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[a-z0-9.-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

/**
 * Why a person's names may not be sent, or null. The apiserver believes its proxy whatever it says, `system:masters` too: what
 * Lanyard itself would refuse is refused again here, whoever answered the question.
 */
export function personFault({ username, uid, groups, extra }: Person): string | null {
  const texts = [username, uid ?? '', ...groups, ...Object.entries(extra).flat(2)]
  // A line break would be a header of its own.
  if (texts.some((text) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)))
    return 'a name holds control characters'
  if (username === '' || groups.includes('')) return 'a name is empty'
  const machine = 'machine:'
  const isMachine =
    username.startsWith(machine) && nameFault('user', username.slice(machine.length)) === null
  if (isReservedAtCluster(username) && !isMachine) return `username "${username}" is reserved`
  const reserved = groups.find(isReservedAtCluster)
  return reserved === undefined ? null : `group name "${reserved}" is reserved`
}
