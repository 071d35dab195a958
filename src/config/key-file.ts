import { hkdfSync, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { hasCode, LanyardError, messageOf } from '../errors/index.ts'
import type { Settings } from './config.ts'

/**
 * The 32 bytes that everything encrypted or authenticated at rest hangs on: from LANYARD_KEY_SECRET, or from the file `key` in the data
 * directory, which the first start makes.
 * @throws LanyardError ERR_KEY_FILE when the file cannot be read or written, is open to others, or holds something else.
 */
export function loadKeySecret({
  data,
  keySecret,
}: Pick<Settings, 'data' | 'keySecret'>): Uint8Array {
  if (keySecret !== null) return keySecret()
  const file = join(data, 'key')
  try {
    return readKeyFile(file)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw keyFileError(file, error)
  }
  try {
    makeKeyFile(file)
    return readKeyFile(file)
  } catch (error) {
    throw keyFileError(file, error)
  }
}

/** A key of 32 bytes for one purpose (RFC 5869). Two purposes never share one. */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `lanyard ${purpose}`, 32))
}

function readKeyFile(file: string): Uint8Array {
  // Never through a link: whoever can place one could have us read another file, or write the key where others can read it.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { mode, uid } = fstatSync(descriptor)
    if ((mode & 0o077) !== 0) throw openToOthers(file, mode)
    const own = process.getuid?.()
    if (own !== undefined && uid !== own && uid !== 0) {
      throw new LanyardError('ERR_KEY_FILE', `the key file ${file} belongs to another user`, {
        hint: 'it must belong to the user who runs Lanyard',
      })
    }
    const text = readFileSync(descriptor, 'utf8').trim()
    if (!/^[\w-]{43}$/.test(text)) {
      throw new LanyardError('ERR_KEY_FILE', `the key file ${file} does not hold a key`, {
        hint: 'restore it from the backup: without it what is encrypted in the database is lost',
      })
    }
    return new Uint8Array(Buffer.from(text, 'base64url'))
  } finally {
    closeSync(descriptor)
  }
}

function openToOthers(file: string, mode: number): LanyardError {
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  return new LanyardError(
    'ERR_KEY_FILE',
    `the key file ${file} is open to other users (mode ${shown})`,
    { hint: `run: chmod 600 ${file}` },
  )
}

/** Written aside and linked into place: of two first starts at once one makes it, and neither reads half of it. */
function makeKeyFile(file: string): void {
  const aside = `${file}.${randomBytes(8).toString('hex')}`
  const descriptor = openSync(aside, 'wx', 0o600)
  try {
    writeFileSync(descriptor, `${randomBytes(32).toString('base64url')}\n`)
    fsyncSync(descriptor)
    linkSync(aside, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    closeSync(descriptor)
    rmSync(aside, { force: true })
  }
}

function keyFileError(file: string, error: unknown): LanyardError {
  if (error instanceof LanyardError) return error
  const why = hasCode(error, 'ELOOP') ? 'it is a symbolic link' : messageOf(error)
  return new LanyardError('ERR_KEY_FILE', `the key file ${file} cannot be used: ${why}`, {
    hint: 'it must be a file of mode 0600 that belongs to the user who runs Lanyard',
    cause: error,
  })
}
