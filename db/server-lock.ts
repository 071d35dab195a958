import { join } from 'node:path'
import Database from 'better-sqlite3'
import { hasCode, LanyardError } from '../src/errors/index.ts'
import { openingFault } from './opening-fault.ts'
import { ensureOwnFile } from './own-file.ts'

/**
 * Makes this process the only server on a data directory, until it is disposed or the process ends in whatever way: the lock is
 * the operating system's, held through an SQLite file beside the database. Admin commands need none.
 * @throws LanyardError ERR_ALREADY_RUNNING, ERR_DATA_UNWRITABLE
 */
export function acquireServerLock(dataDirectory: string): Disposable {
  const file = join(dataDirectory, 'server.lock')
  let lock: Database.Database | undefined
  try {
    ensureOwnFile(file)
    lock = new Database(file, { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    const held = lock
    return { [Symbol.dispose]: () => held.close() }
  } catch (error) {
    lock?.close()
    if (!hasCode(error, 'SQLITE_BUSY')) throw openingFault(error, file)
    throw new LanyardError(
      'ERR_ALREADY_RUNNING',
      `another Lanyard server is already using ${dataDirectory}`,
      { hint: 'stop it first, or start this one with another data directory', cause: error },
    )
  }
}
