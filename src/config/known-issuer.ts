import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LanyardError, messageOf } from '../errors/index.ts'
import type { Config, Settings } from './config.ts'

/**
 * Keeps in the data directory what the server calls itself: a command in another shell has not that shell's environment, and would
 * print the default into the settings of a cluster. Returns the former issuer where it was another one.
 * @throws LanyardError ERR_DATA_UNWRITABLE
 */
export function rememberIssuer({ data, issuer }: Pick<Config, 'data' | 'issuer'>): string | null {
  const former = knownIssuer({ data })
  if (former === issuer) return null
  const file = fileOf(data)
  try {
    writeFileSync(`${file}.new`, `${issuer}\n`, { mode: 0o644 })
    renameSync(`${file}.new`, file)
  } catch (error) {
    throw new LanyardError(
      'ERR_DATA_UNWRITABLE',
      `the file ${file} cannot be written: ${messageOf(error)}`,
      { hint: 'it must belong to the user who runs Lanyard, on a disk with room', cause: error },
    )
  }
  return former
}

/** What the server on this data directory called itself when it last started; null where none has. */
export function knownIssuer({ data }: Pick<Settings, 'data'>): string | null {
  const file = fileOf(data)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}

function fileOf(data: string): string {
  return join(data, 'issuer')
}
