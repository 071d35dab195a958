import { isAbsolute, join } from 'node:path'
import type { Surroundings } from './surroundings.ts'

/** The client that every copy of the plugin is; registered in every Lanyard. */
export const CLIENT_ID = 'kubectl-lanyard'

// XDG Base Directory Specification 0.8: a relative path in these variables is invalid and must be ignored.
function baseDirectory(
  around: Surroundings,
  variable: 'XDG_CACHE_HOME' | 'XDG_STATE_HOME',
  underHome: readonly string[],
): string {
  const set = around.env[variable]
  return set !== undefined && isAbsolute(set) ? set : join(around.home(), ...underHome)
}

/** Where tokens for clusters are kept: all of it can be deleted at any time. */
export function cacheRoot(around: Surroundings): string {
  return join(baseDirectory(around, 'XDG_CACHE_HOME', ['.cache']), CLIENT_ID)
}

/** Where trust and logins are kept. */
export function stateRoot(around: Surroundings): string {
  return join(baseDirectory(around, 'XDG_STATE_HOME', ['.local', 'state']), CLIENT_ID)
}

const LONGEST_NAME = 120

/**
 * A file name that no other value has, on file systems that fold case too. Readable, so that the sentence which names a file also
 * tells whose it is; and made without node:crypto, whose loading alone would cost a fifth of an empty script's run.
 */
export function fileNameOf(value: string): string {
  const name = value.replace(
    /[^a-z0-9.-]|^\.|\.$/gu,
    (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`,
  )
  if (name.length <= LONGEST_NAME) {
    return name
  }
  const digest = process.getBuiltinModule('node:crypto').createHash('sha256').update(value)
  return `${name.slice(0, LONGEST_NAME - 65)}_${digest.digest('hex')}`
}

/** The directory of one issuer under one of the roots. */
export function issuerDirectory(root: string, issuer: string): string {
  return join(root, fileNameOf(issuer.replace(/^https:\/\//, '')))
}

/** The file of one cluster's client certificate and its key. */
export function certificateFile(around: Surroundings, issuer: string, cluster: string): string {
  const directory = issuerDirectory(cacheRoot(around), issuer)
  return join(directory, `certificate-${fileNameOf(cluster)}.json`)
}

const ELEVATED = /^elevated-.+\.json$/

/** The name of an elevated login's file in its issuer's directory. */
export function elevatedFileName(audience: string): string {
  return `elevated-${fileNameOf(audience)}.json`
}

export function isElevatedFileName(name: string): boolean {
  return ELEVATED.test(name)
}

/** The file of one cluster's token. */
export function tokenFile(around: Surroundings, issuer: string, audience: string): string {
  // The prefix keeps Windows' device names ("nul", "con") from being opened.
  return join(issuerDirectory(cacheRoot(around), issuer), `token-${fileNameOf(audience)}.json`)
}
