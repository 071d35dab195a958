import { accessSync, chmodSync, closeSync, constants, openSync } from 'node:fs'
import { hasCode } from '../src/errors/index.ts'

/**
 * Makes the file if it is absent, for its owner alone. Call it before the first connection: SQLite gives its journal the mode of
 * the database, and opens for reading alone what it may not write. An existing file is never opened here, because closing it
 * would drop the locks of this process on it.
 */
export function ensureOwnFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    chmodSync(file, 0o600)
    accessSync(file, constants.R_OK | constants.W_OK)
  }
}
