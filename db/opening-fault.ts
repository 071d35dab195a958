import { LanyardError, messageOf } from '../src/errors/index.ts'

/** What an admin reads when a file of the data directory does not open. */
export function openingFault(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(code)) {
    return new LanyardError(
      'ERR_DATABASE_DAMAGED',
      `the database ${file} is damaged: ${messageOf(error)}`,
      { hint: 'restore the data directory from a copy', cause: error },
    )
  }
  // SQLite's codes for a file it may not use, and those of the operating system. What else it says is a fault of ours.
  if (!/^(?:SQLITE_(?:CANTOPEN|READONLY|IOERR|FULL|PERM)|E[A-Z]+$)/.test(code)) return error
  return new LanyardError(
    'ERR_DATA_UNWRITABLE',
    `the file ${file} cannot be opened for writing: ${messageOf(error)}`,
    { hint: 'it must belong to the user who runs Lanyard, on a disk with room', cause: error },
  )
}
