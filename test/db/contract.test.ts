import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  bumpRevision,
  checkStore,
  createSweeper,
  prepare,
  readRevisions,
  type Store,
  type Transaction,
} from '../../db/index.ts'
import { NOW, storeKinds } from './stores.ts'

const insertProof = prepare<{ id: string; expiresAt: number }>()((db, param) =>
  db.insertInto('dpop_proofs').values({ id: param('id'), expires_at: param('expiresAt') }),
)
const selectProof = prepare<{ id: string }>()((db, param) =>
  db.selectFrom('dpop_proofs').selectAll().where('id', '=', param('id')),
)

const add = (tx: Transaction, id: string, expiresAt = NOW) => tx.run(insertProof, { id, expiresAt })

async function ids(store: Store): Promise<string[]> {
  const rows = await store.query.selectFrom('dpop_proofs').select('id').orderBy('id').execute()
  return rows.map((row) => row.id)
}

for (const { name, create } of storeKinds) {
  describe(`store contract: ${name}`, () => {
    test('a resolved write has been committed: another connection sees it', async () => {
      await using database = await create()
      const store = database.open()
      const other = database.open()
      await store.write((tx) => add(tx, 'a'))
      assert.deepEqual(await other.first(selectProof, { id: 'a' }), { id: 'a', expires_at: NOW })
      assert.deepEqual(await store.all(selectProof, { id: 'a' }), [{ id: 'a', expires_at: NOW }])
      assert.equal(await store.first(selectProof, { id: 'b' }), undefined)
    })

    test('units of one turn share a commit, and none resolves before it', async () => {
      await using database = await create()
      const store = database.open()
      const other = database.open()
      let seenByThird: string[] | undefined
      const writes = [
        store.write((tx) => add(tx, 'a')),
        store.write((tx) => add(tx, 'b')),
        store.write(async () => {
          seenByThird = await ids(other)
        }),
      ]
      await Promise.race(writes)
      assert.deepEqual(seenByThird, [])
      assert.deepEqual(await ids(other), ['a', 'b'])
      await Promise.all(writes)
    })

    test('a read sees committed rows alone, also while a unit of the same store is at work', async () => {
      await using database = await create()
      const store = database.open()
      const seen: unknown[] = []
      await store.write(async (tx) => {
        await add(tx, 'a')
        seen.push(await store.first(selectProof, { id: 'a' }))
        seen.push(await tx.first(selectProof, { id: 'a' }))
      })
      seen.push(await store.first(selectProof, { id: 'a' }))
      const row = { id: 'a', expires_at: NOW }
      assert.deepEqual(seen, [undefined, row, row])
    })

    test('a statement that writes is no read', async () => {
      await using database = await create()
      const store = database.open()
      await assert.rejects(store.all(insertProof, { id: 'a', expiresAt: NOW }), {
        name: 'TypeError',
        message: 'this statement writes: use Store.write',
      })
      assert.deepEqual(await ids(store), [])
    })

    test('a unit that fails is undone alone', async () => {
      await using database = await create()
      const store = database.open()
      const results = await Promise.allSettled([
        store.write((tx) => add(tx, 'a')),
        store.write(async (tx) => {
          await add(tx, 'undone')
          await add(tx, 'a')
        }),
        store.write(async (tx) => {
          await add(tx, 'undone as well')
          throw new Error('refused')
        }),
        store.write((tx) => add(tx, 'b')),
      ])
      assert.deepEqual(
        results.map((result) => result.status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await ids(store), ['a', 'b'])
    })

    test('a unit that waits for anything but its transaction is refused and undone', async () => {
      await using database = await create()
      const store = database.open()
      let late: Promise<unknown> | undefined
      const waits = store.write(async (tx) => {
        await add(tx, 'undone')
        late = turn()
          .then(() => turn())
          .then(() => add(tx, 'late'))
        await late
      })
      const next = store.write((tx) => add(tx, 'a'))
      await assert.rejects(waits, {
        code: 'ERR_WRITE_UNIT_WAITED',
        message: 'a write unit waited for something other than its transaction and was undone',
      })
      await next
      await assert.rejects(late ?? Promise.resolve(), TypeError)
      assert.deepEqual(await ids(store), ['a'])
    })

    test('a transaction is closed when its unit returns', async () => {
      await using database = await create()
      const store = database.open()
      const kept = await store.write(async (tx) => ({ tx }))
      assert.throws(() => kept.tx.query, TypeError)
      await assert.rejects(add(kept.tx, 'late'), {
        name: 'TypeError',
        message: 'this transaction is closed: its unit has returned',
      })
      assert.deepEqual(await ids(store), [])
    })

    test('a thousand writes at once, through two stores, are all there', async () => {
      await using database = await create()
      const stores = [database.open(), database.open()] as const
      await Promise.all(
        Array.from({ length: 1_000 }, (_, n) =>
          stores[n % 2 === 0 ? 0 : 1].write((tx) => add(tx, String(n))),
        ),
      )
      assert.equal((await ids(stores[0])).length, 1_000)
    })

    test('of two consumptions at once one wins', async () => {
      await using database = await create()
      const stores = [database.open(), database.open()] as const
      await stores[0].write((tx) => add(tx, 'code'))
      const consume = (store: Store) =>
        store.write((tx) =>
          tx.query.deleteFrom('dpop_proofs').where('id', '=', 'code').executeTakeFirst(),
        )
      const results = await Promise.all(stores.map(consume))
      assert.equal(
        results.reduce((sum, result) => sum + result.numDeletedRows, 0n),
        1n,
      )
    })

    test('closing waits for queued writes', async () => {
      await using database = await create()
      const store = database.open()
      const written = store.write((tx) => add(tx, 'a'))
      await store.close()
      await written
      assert.deepEqual(await ids(database.open()), ['a'])
    })

    test('a change counter moves in every open store, with its transaction', async () => {
      await using database = await create()
      const store = database.open()
      const other = database.open()
      const before = await readRevisions(other)
      await store.write((tx) => bumpRevision(tx, 'clients'))
      assert.deepEqual(await readRevisions(other), { ...before, clients: before.clients + 1 })
      await assert.rejects(
        store.write(async (tx) => {
          await bumpRevision(tx, 'keys')
          throw new Error('undone')
        }),
      )
      assert.deepEqual((await readRevisions(other)).keys, before.keys)
    })

    test('audit events can be neither changed nor deleted', async () => {
      await using database = await create()
      const store = database.open()
      await store.write((tx) =>
        tx.query
          .insertInto('audit_events')
          .values({ at: NOW, type: 'user.added', actor_kind: 'system', detail: '{}' })
          .execute(),
      )
      const refused = { message: 'audit events are append-only' }
      await assert.rejects(
        store.write((tx) => tx.query.deleteFrom('audit_events').execute()),
        refused,
      )
      await assert.rejects(
        store.write((tx) => tx.query.updateTable('audit_events').set({ type: 'x' }).execute()),
        refused,
      )
      const events = await store.query.selectFrom('audit_events').select('type').execute()
      assert.deepEqual(events, [{ type: 'user.added' }])
    })

    test('rows must name rows that exist, and hold what their columns allow', async () => {
      await using database = await create()
      const store = database.open()
      await assert.rejects(
        store.write((tx) =>
          tx.query.insertInto('group_users').values({ group_id: 'g', user_id: 'u' }).execute(),
        ),
        { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
      )
      await assert.rejects(
        store.write((tx) => tx.run(insertProof, { id: 'a', expiresAt: 'soon' as never })),
        { code: 'SQLITE_CONSTRAINT_DATATYPE' },
      )
    })

    test('the sweeper deletes what has expired, a few hundred rows a step', async () => {
      await using database = await create()
      const store = database.open()
      await store.write(async (tx) => {
        // Proofs stand in the order of their end; budgets stand in no order.
        for (let n = 0; n < 1_200; n++) await add(tx, `${n}`.padStart(5, '0'), NOW + n)
        for (let n = 0; n < 1_200; n++) {
          await tx.query
            .insertInto('failure_budgets')
            .values({
              key: `${n}`.padStart(5, '0'),
              failures: 1,
              window_started_at: NOW,
              expires_at: NOW + 600 + (n % 2),
              unproved: 0,
            })
            .execute()
        }
      })
      const sweeper = createSweeper(store)
      const steps: number[] = []
      for (let n = 0; n < 12; n++) steps.push(await sweeper.step(NOW + 601))
      assert.equal(Math.max(...steps), 500)
      assert.equal(
        steps.reduce((sum, rows) => sum + rows, 0),
        601 + 600,
      )
      assert.equal((await ids(store))[0], '00601')
      const budgets = await store.query.selectFrom('failure_budgets').select('expires_at').execute()
      assert.equal(budgets.length, 600)
      assert.ok(budgets.every((budget) => budget.expires_at === NOW + 601))
    })

    test('a sound store has no faults; two living refresh tokens of one device are one', async () => {
      await using database = await create()
      const store = database.open()
      const token = (id: string, grant: string | null, consumed: number | null) => ({
        id,
        model: 'RefreshToken',
        payload: '{}',
        grant_id: grant,
        uid: null,
        user_code: null,
        account_id: null,
        client_id: null,
        expires_at: NOW + 1,
        consumed_at: consumed,
      })
      const save = (rows: ReturnType<typeof token>[]) =>
        store.write((tx) => tx.query.insertInto('engine_rows').values(rows).execute())
      await save([token('a', 'd1', NOW), token('b', 'd1', null), token('c', 'd2', null)])
      assert.deepEqual(await checkStore(store), [])
      await save([token('d', 'd1', null)])
      assert.deepEqual(await checkStore(store), [
        'device d1 has 2 living refresh tokens instead of one',
      ])
    })
  })
}
