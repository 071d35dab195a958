import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUnprovedRows } from '../../src/issuer/unproved-rows.ts'
import { Agent, authorizeUrl, createWorld } from './support.ts'

describe('rows of visitors who proved nothing', () => {
  it('are bounded: the oldest of the heaviest network goes, others stay', async () => {
    await using world = await createWorld()
    const rows = createUnprovedRows({ store: world.store, clock: () => 0, rowsKept: 3 })
    const note = (id: string, address: string) =>
      rows.note('Interaction', id, { address, expiresAt: 10 })
    assert.equal(note('person', '192.0.2.1'), undefined)
    assert.equal(note('flood-1', '2001:db8::1'), undefined)
    assert.equal(note('flood-2', '2001:db8::2'), undefined)
    assert.equal(note('flood-3', '2001:db8::3'), 'flood-1')
    assert.equal(note('flood-3', '2001:db8::3'), undefined, 'a row is counted once')
    assert.equal(note('flood-4', '2001:db8::4'), 'flood-2')
    rows.forget('person')
    assert.equal(note('flood-5', '2001:db8::5'), undefined)
  })

  it('make room by expiring', async () => {
    await using world = await createWorld()
    let now = 0
    const rows = createUnprovedRows({ store: world.store, clock: () => now, rowsKept: 1 })
    rows.note('DeviceCode', 'a', { address: null, expiresAt: 10 })
    now = 10
    assert.equal(rows.note('DeviceCode', 'b', { address: null, expiresAt: 20 }), undefined)
  })

  it('make room by expiring after a restart too, whatever their ids', async () => {
    await using world = await createWorld()
    await world.store.write(async ({ query }) => {
      for (const [id, expiresAt] of [
        ['a', 20],
        ['b', 10],
      ] as const) {
        await query
          .insertInto('engine_rows')
          .values({ id, model: 'DeviceCode', payload: '{}', expires_at: expiresAt })
          .execute()
      }
    })
    let now = 0
    const rows = createUnprovedRows({ store: world.store, clock: () => now, rowsKept: 2 })
    await rows.load()
    now = 15
    assert.equal(rows.note('DeviceCode', 'c', { address: null, expiresAt: 30 }), undefined)
  })

  it('are an interaction each and no session for a visitor at the door', async () => {
    await using world = await createWorld()
    for (let visit = 0; visit < 3; visit += 1) await new Agent(world).location(authorizeUrl(world))
    const models = await world.store.query.selectFrom('engine_rows').select('model').execute()
    assert.deepEqual(
      models.map(({ model }) => model),
      ['Interaction', 'Interaction', 'Interaction'],
    )
  })
})
