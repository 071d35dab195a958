import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { createKeys } from '../../src/issuer/keys.ts'
import { BY, clock, createWorld, freezeTime, logIn, refresh, type World } from './support.ts'

describe('signing keys', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  const states = async (world: World) =>
    (await world.issuer.keys.list())
      .filter(({ alg }) => alg === 'ES256')
      .map(({ state }) => state)
      .sort()

  async function published(world: World): Promise<string[]> {
    const response = await fetch(`${world.url}/jwks`)
    const { keys } = (await response.json()) as { keys: Record<string, string>[] }
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.equal(key[secret], undefined)
    }
    return keys.map(({ kid = '' }) => kid)
  }

  it('makes one of each algorithm at the first start, encrypted at rest', async () => {
    await using world = await createWorld()
    const keys = await world.issuer.keys.list()
    assert.deepEqual(
      keys.map(({ alg, state }) => [alg, state]),
      [
        ['ES256', 'active'],
        ['RS256', 'active'],
      ],
    )
    const rows = await world.store.query.selectFrom('signing_keys').selectAll().execute()
    for (const { private_jwe } of rows) assert.equal(private_jwe.split('.').length, 5)
    const response = await fetch(`${world.url}/jwks`)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('last-modified'), null)
    assert.equal(response.headers.get('etag'), null)
  })

  it('publishes before it signs, and keeps what signed until its last token is dead', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const old = decodeProtectedHeader(login.id_token).kid ?? ''
    const next = await world.issuer.keys.rotate('ES256', {}, BY)
    assert.equal(next.state, 'next')
    assert.equal(next.activatesAt, Date.now() + 3_600_000)
    assert.deepEqual(await states(world), ['active', 'next'])
    assert.ok((await published(world)).includes(next.kid))
    await assert.rejects(world.issuer.keys.rotate('ES256', {}, BY), { code: 'ERR_KEY_PENDING' })

    const before = await refresh(world, login.refresh_token)
    assert.equal(decodeProtectedHeader(before.body.id_token).kid, old)
    time.advance(3_599)
    await world.issuer.keys.tick()
    assert.deepEqual(await states(world), ['active', 'next'])
    time.advance(1)
    await world.issuer.keys.tick()
    assert.deepEqual(await states(world), ['active', 'retired'])
    const after = await refresh(world, before.body.refresh_token)
    assert.equal(decodeProtectedHeader(after.body.id_token).kid, next.kid)
    assert.ok((await published(world)).includes(old))

    time.advance(600 + 300)
    await world.issuer.keys.tick()
    assert.deepEqual(await states(world), ['active', 'removed'])
    assert.ok(!(await published(world)).includes(old))
    const row = await world.store.query
      .selectFrom('signing_keys')
      .select('private_jwe')
      .where('kid', '=', old)
      .executeTakeFirst()
    assert.equal(row?.private_jwe, '')
    assert.deepEqual(
      (await world.auditTypes()).filter((type) => type.startsWith('key.')).slice(0, 4),
      ['key.removed', 'key.activated', 'key.retired', 'key.published'],
    )
  })

  it('signs at once with now, and another process sees it', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const elsewhere = createKeys({
      store: world.store,
      clock,
      keySecret: world.keySecret,
      config: world.config,
    })
    const key = await elsewhere.rotate('ES256', { now: true }, BY)
    assert.equal(key.state, 'active')
    await world.issuer.refresh()
    const { body } = await refresh(world, login.refresh_token)
    assert.equal(decodeProtectedHeader(body.id_token).kid, key.kid)
  })

  it('says which secret is missing when it is not the one', async () => {
    await using world = await createWorld()
    const elsewhere = createKeys({
      store: world.store,
      clock,
      keySecret: new Uint8Array(32),
      config: world.config,
    })
    await assert.rejects(elsewhere.load(), { code: 'ERR_KEY_SECRET' })
  })

  it('makes one active key when two processes start at once', async () => {
    await using world = await createWorld()
    await world.store.write(async (tx) => {
      await tx.query.deleteFrom('signing_keys').execute()
    })
    const two = [0, 1].map(() =>
      createKeys({ store: world.store, clock, keySecret: world.keySecret, config: world.config }),
    )
    await Promise.all(two.map((keys) => keys.ensure()))
    assert.equal((await world.issuer.keys.list()).length, 2)
  })
})
