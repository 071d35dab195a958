import type Database from 'better-sqlite3'
import { LanyardError } from '../src/errors/index.ts'
import { migrations } from './migrations/index.ts'

/** Applies what is missing, each step in its own transaction; another process that starts at the same moment waits. */
export function migrate(sqlite: Database.Database, now: number): void {
  sqlite.exec(
    `CREATE TABLE IF NOT EXISTS migrations
      (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
  )
  refuseNewer(schemaVersion(sqlite))
  for (const migration of migrations) {
    if (migration.number <= schemaVersion(sqlite)) continue
    sqlite
      .transaction(() => {
        if (migration.number <= schemaVersion(sqlite)) return
        sqlite.exec(migration.sqlite)
        sqlite
          .prepare('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)')
          .run(migration.number, migration.name, now)
      })
      .immediate()
  }
}

function schemaVersion(sqlite: Database.Database): number {
  const row = sqlite.prepare('SELECT max(number) AS version FROM migrations').get() as {
    version: number | null
  }
  return row.version ?? 0
}

function refuseNewer(version: number): void {
  const known = migrations.at(-1)?.number ?? 0
  if (version <= known) return
  throw new LanyardError(
    'ERR_SCHEMA_NEWER',
    `the database has schema ${version}, but this Lanyard knows schemas up to ${known}`,
    { hint: 'start the newer Lanyard that wrote it, or restore the copy made before the upgrade' },
  )
}
