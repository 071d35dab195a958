import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { acquireServerLock, checkStore, migrations, openStore } from '../../db/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { NOW } from './stores.ts'

const clock = () => NOW

test('the file is readable by its owner alone, and opened again as it was', async () => {
  await using home = await temporaryDirectory()
  const file = join(home.path, 'lanyard.db')
  await openStore({ file, clock }).close()
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const store = openStore({ file, clock: () => NOW + 1 })
  const applied = await store.query.selectFrom('migrations').selectAll().execute()
  await store.close()
  assert.deepEqual(
    applied,
    migrations.map(({ number, name }) => ({ number, name, applied_at: NOW })),
  )
})

test('a database of a newer Lanyard is refused and left alone', async () => {
  await using home = await temporaryDirectory()
  const file = join(home.path, 'lanyard.db')
  await openStore({ file, clock }).close()
  const sqlite = new Database(file)
  sqlite.prepare('INSERT INTO migrations VALUES (99, ?, ?)').run('later', NOW)
  sqlite.close()
  const known = migrations.at(-1)?.number
  assert.throws(() => openStore({ file, clock }), {
    code: 'ERR_SCHEMA_NEWER',
    message: `the database has schema 99, but this Lanyard knows schemas up to ${known}`,
  })
})

test('a row that names no row is found, and so is an index that lies', async () => {
  await using home = await temporaryDirectory()
  const file = join(home.path, 'lanyard.db')
  await openStore({ file, clock }).close()
  const sqlite = new Database(file)
  sqlite.pragma('foreign_keys = OFF')
  sqlite.prepare("INSERT INTO group_users (group_id, user_id) VALUES ('nothing', 'nobody')").run()
  // An index that no longer holds what its table does.
  const columns =
    'id, user_id, client_id, name, amr, acr, authenticated_at, created_at, last_used_at, expires_at'
  const device = "('d', 'u', 'c', 'n', '[]', '', 0, 0, 0, 0)"
  sqlite.exec(`INSERT INTO devices (${columns}) VALUES ${device}`)
  sqlite.unsafeMode()
  sqlite.pragma('writable_schema = ON')
  sqlite.exec(
    "UPDATE sqlite_schema SET sql = replace(sql, '(user_id)', '(client_id)') WHERE name = 'devices_by_user'",
  )
  sqlite.close()
  const store = openStore({ file, clock })
  const faults = await checkStore(store)
  await store.close()
  assert.ok(faults.includes('a row of group_users names a row of groups that does not exist'))
  assert.ok(faults.includes('a row of group_users names a row of users that does not exist'))
  assert.ok(faults.some((fault) => fault.startsWith('integrity: ')))
})

test('a write of another process holds up the writes of this one, and nothing else', async () => {
  await using home = await temporaryDirectory()
  const file = join(home.path, 'lanyard.db')
  const store = openStore({ file, clock })
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  const written: string[] = []
  const write = store.write(async ({ query }) => {
    await query
      .insertInto('tombstones')
      .values({ kind: 'user', name: 'ada', buried_at: NOW })
      .execute()
  })
  void write.then(() => written.push('ada'))
  // Were it SQLite that waits, nothing below would run before it gave up, after seconds.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  assert.deepEqual(await store.query.selectFrom('tombstones').selectAll().execute(), [])
  assert.deepEqual(written, [])
  other.exec('COMMIT')
  await write
  assert.equal((await store.query.selectFrom('tombstones').selectAll().execute()).length, 1)
  other.close()
  await store.close()
})

const HOLD = `
  const { acquireServerLock } = await import(process.argv[1])
  globalThis.lock = acquireServerLock(process.argv[2])
  console.log('held')
  setInterval(() => {}, 1000)
`

test('a second server on the directory is refused until the first has gone, even by kill -9', async () => {
  await using home = await temporaryDirectory()
  const module = new URL('../../db/index.ts', import.meta.url).href
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD, module, home.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const refused = {
    code: 'ERR_ALREADY_RUNNING',
    message: `another Lanyard server is already using ${home.path}`,
  }
  assert.throws(() => acquireServerLock(home.path), refused)
  // Admin commands need no lock.
  await openStore({ file: join(home.path, 'lanyard.db'), clock }).close()
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  {
    using _lock = acquireServerLock(home.path)
    assert.throws(() => acquireServerLock(home.path), refused)
  }
  acquireServerLock(home.path)[Symbol.dispose]()
})
