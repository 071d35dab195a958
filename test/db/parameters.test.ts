import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore, prepare } from '../../db/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const selectValue = prepare<{ name: string; least: number }>()((db, param) =>
  db
    .selectFrom('revisions')
    .select(['name', 'value', (row) => row.val(param('name')).as('given')])
    .where('name', '=', param('name'))
    .where('value', '>=', param('least')),
)

test('a parameter is an expression, for which SQLite prepares no statement again, and has the same value', async () => {
  await using directory = await temporaryDirectory()
  const store = openStore({ file: join(directory.path, 'a.db'), clock: () => 0 })
  const { sql } = store.query
    .selectFrom('users')
    .innerJoin('passwords', 'passwords.user_id', 'users.id')
    .select('users.id')
    .where('users.username', '=', 'ada')
    .compile()
  assert.ok(sql.endsWith('where "users"."username" = +?'), sql)

  const none = await store.first(selectValue, { name: 'directory', least: 1e9 })
  assert.equal(none, undefined)
  const found = await store.first(selectValue, { name: 'directory', least: -1 })
  assert.deepEqual(
    [found?.name, found?.given, typeof found?.value],
    [...['directory', 'directory', 'number']],
  )
  const row = await store.query
    .selectNoFrom((values) => [
      ...[values.val('0012').as('digits'), values.val(5).as('number')],
      values.val(null).as('nothing'),
    ])
    .executeTakeFirst()
  assert.deepEqual(row, { digits: '0012', number: 5, nothing: null })
  await store.close()
})
