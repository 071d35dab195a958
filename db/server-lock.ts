import { join } from 'node:path'
import Database from 'better-sqlite3'
import { hasCode, LanyardError } from '../src/errors/index.ts'

/**
 * Makes this process the only server on a data directory, until it is disposed or the process ends in whatever way: the lock is
 * the operating system's, held through an SQLite file beside the database. Admin commands need none.
 * @throws LanyardError ERR_ALREADY_RUNNING
 */
export function acquireServerLock(dataDirectory: string): Disposable {
  const lock = new Database(join(dataDirectory, 'server.lock'), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!hasCode(error, 'SQLITE_BUSY')) throw error
    throw new LanyardError(
      'ERR_ALREADY_RUNNING',
      `another Lanyard server is already using ${dataDirectory}`,
      { hint: 'stop it first, or start this one with another data directory', cause: error },
    )
  }
  return { [Symbol.dispose]: () => lock.close() }
}
