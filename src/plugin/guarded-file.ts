import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import { hasCode, LanyardError } from '../errors/index.ts'

/** Who must own a file: this user's id, or undefined where the system has no such thing. */
export type Owner = number | undefined

function refuse(path: string, what: string, hint: string): LanyardError {
  return new LanyardError('ERR_FILE_UNSAFE', `"${path}" ${what}, so it is not used`, { hint })
}

function checkOwnerAndMode(path: string, stats: Stats, owner: Owner, mode: '600' | '700'): void {
  if (owner === undefined) {
    return
  }
  if (stats.uid !== owner) {
    throw refuse(
      path,
      `belongs to user ${stats.uid} and not to user ${owner}`,
      `run as its owner, or remove it: rm -r '${path}'`,
    )
  }
  const open = stats.mode & 0o077
  if (open !== 0) {
    const found = (stats.mode & 0o777).toString(8).padStart(3, '0')
    throw refuse(path, `can be used by others (mode ${found})`, `chmod ${mode} '${path}'`)
  }
}

/** Refuses a directory that is a symbolic link, another user's, or open to others; false when there is none. */
export function checkDirectory(path: string, owner: Owner): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) {
    return false
  }
  if (stats.isSymbolicLink()) {
    throw refuse(path, 'is a symbolic link', `rm '${path}'`)
  }
  if (!stats.isDirectory()) {
    throw refuse(path, 'is not a directory', `rm '${path}'`)
  }
  checkOwnerAndMode(path, stats, owner, '700')
  return true
}

/**
 * The text of a secret file, or undefined when there is none. The file, its directory and the directory above must be this user's
 * own, closed to others, and no symbolic links; what is checked is the opened file, so nothing can be swapped in between.
 *
 * @throws LanyardError ERR_FILE_UNSAFE with the command that mends it
 */
export function readGuarded(path: string, owner: Owner): string | undefined {
  const directory = dirname(path)
  if (!checkDirectory(dirname(directory), owner) || !checkDirectory(directory, owner)) {
    return undefined
  }
  let descriptor: number
  try {
    // Windows has neither flag; O_NONBLOCK keeps a planted pipe from hanging the command.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    descriptor = openSync(path, flags)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined
    }
    if (hasCode(error, 'ELOOP') || hasCode(error, 'EMLINK')) {
      throw refuse(path, 'is a symbolic link', `rm '${path}'`)
    }
    throw error
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) {
      throw refuse(path, 'is not a regular file', `rm -r '${path}'`)
    }
    checkOwnerAndMode(path, stats, owner, '600')
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}
