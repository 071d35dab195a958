import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import {
  Agent,
  authorize,
  BY,
  claimsOf,
  createWorld,
  freezeTime,
  logIn,
  redeem,
  refresh,
  type TokenAnswer,
  type World,
} from './support.ts'

describe('refresh', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  async function living(world: World): Promise<number> {
    const rows = await world.store.query
      .selectFrom('engine_rows')
      .select('id')
      .where('model', '=', 'RefreshToken')
      .where('consumed_at', 'is', null)
      .execute()
    return rows.length
  }

  it('rotates, and keeps no access token for a cluster', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const { body } = await refresh(world, login.refresh_token)
    assert.notEqual(body.refresh_token, login.refresh_token)
    assert.equal(await living(world), 1)
    const kept = await world.store.query
      .selectFrom('engine_rows')
      .select('id')
      .where('model', '=', 'AccessToken')
      .execute()
    assert.deepEqual(kept, [])
  })

  it('may ask for the scope of its login again, and for no more that means something', async () => {
    await using world = await createWorld()
    const scope = 'openid offline_access roles'
    const answer = await authorize(world, new Agent(world), { scope })
    const { body: login } = await redeem(world, answer.get('code') ?? '')
    const again = await refresh(world, login.refresh_token, { scope })
    assert.equal(again.status, 200, JSON.stringify(again.body))
    const more = await refresh(world, again.body.refresh_token, { scope: 'openid email' })
    assert.deepEqual([more.status, more.body.error], [400, 'invalid_scope'])
    const without = await refresh(world, again.body.refresh_token)
    assert.equal(without.status, 200)
  })

  it('gives parallel callers within the grace one and the same successor', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refresh(world, login.refresh_token)),
    )
    const successors = new Set(answers.map(({ body }) => body.refresh_token))
    assert.equal(successors.size, 1, JSON.stringify(answers[0]))
    time.advance(9)
    const late = await refresh(world, login.refresh_token)
    assert.ok(successors.has(late.body.refresh_token))
    assert.equal(await living(world), 1)
  })

  it('consumes and succeeds in one commit, or not at all', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const { write } = world.store
    Object.assign(world.store, { write: () => Promise.reject(new Error('the disk is full')) })
    const failed = await refresh(world, login.refresh_token)
    assert.deepEqual([failed.status, failed.body.error], [500, 'server_error'])
    assert.equal(failed.body.refresh_token, undefined)
    Object.assign(world.store, { write })
    time.advance(60)
    assert.equal((await refresh(world, login.refresh_token)).status, 200)
  })

  it('stores nothing when the ID token would be too large', async () => {
    await using world = await createWorld({ maxTokenBytes: 300 })
    const answer = await authorize(world, new Agent(world))
    const { status, body } = await redeem(world, answer.get('code') ?? '')
    assert.equal(status, 400)
    assert.match(body.error_description ?? '', /^the token of "ada" with 1 groups would be/)
    assert.equal(await living(world), 0)
  })

  it('keeps the grace over a restart', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const first = await refresh(world, login.refresh_token)
    await world.restart()
    const second = await refresh(world, login.refresh_token)
    assert.equal(second.body.refresh_token, first.body.refresh_token)
  })

  it('takes reuse after the grace for theft: the family and the device die', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const { body } = await refresh(world, login.refresh_token)
    time.advance(11)
    const reuse = await refresh(world, login.refresh_token)
    assert.deepEqual([reuse.status, reuse.body.error], [400, 'invalid_grant'])
    assert.equal((await refresh(world, body.refresh_token)).body.error, 'invalid_grant')
    assert.equal(await living(world), 0)
    assert.deepEqual(await world.issuer.devices.list(world.ada.id), [])
    assert.ok((await world.auditTypes()).includes('device.reuse_detected'))
  })

  it('ends 12 hours after the login, however often it was refreshed', async () => {
    await using world = await createWorld()
    let answer: TokenAnswer = await logIn(world)
    for (let hour = 0; hour < 11; hour += 1) {
      time.advance(3_600)
      answer = (await refresh(world, answer.refresh_token)).body
      assert.ok(answer.id_token, JSON.stringify(answer))
    }
    time.advance(3_590)
    answer = (await refresh(world, answer.refresh_token)).body
    const { iat = 0, exp = 0 } = claimsOf(answer)
    assert.equal(exp - iat, 10)
    time.advance(11)
    assert.equal((await refresh(world, answer.refresh_token)).body.error, 'invalid_grant')
  })

  it('refuses a disabled user with the sentence, and takes them back', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    await world.directory.users.disable('ada', BY)
    const { status, body } = await refresh(world, login.refresh_token)
    assert.equal(status, 400)
    assert.equal(body.error, 'invalid_grant')
    assert.equal(body.error_description, 'user "ada" is disabled')
  })

  it('follows the groups: one added appears, the one that let in ends it', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    await world.directory.groups.add({ name: 'ops' }, BY)
    await world.directory.groups.addMember('ops', { user: 'ada' }, BY)
    const more = await refresh(world, login.refresh_token)
    assert.deepEqual(claimsOf(more.body)['groups'], ['ops', 'viewers'])
    await world.directory.groups.removeMember('ops', { user: 'ada' }, BY)
    const fewer = await refresh(world, more.body.refresh_token)
    assert.deepEqual(claimsOf(fewer.body)['groups'], ['viewers'])
    await world.directory.groups.removeMember('viewers', { user: 'ada' }, BY)
    const none = await refresh(world, fewer.body.refresh_token)
    assert.equal(
      none.body.error_description,
      'ada is in none of the groups that may enter cluster "prod"',
    )
  })

  it('refuses a revoked device, a deleted user and a deleted cluster', async () => {
    await using world = await createWorld()
    const [one, two, three] = [await logIn(world), await logIn(world), await logIn(world)]
    const id = claimsOf(one)['sid']
    const device = (await world.issuer.devices.list(world.ada.id)).find((each) => each.id === id)
    assert.ok(device)
    assert.equal(await world.issuer.devices.revoke(device.id, BY), true)
    assert.equal(await world.issuer.devices.revoke(device.id, BY), false)
    assert.equal((await refresh(world, one.refresh_token)).body.error, 'invalid_grant')
    await world.clusters.delete('prod', BY)
    assert.equal((await refresh(world, two.refresh_token)).body.error, 'invalid_grant')
    await world.issuer.refresh()
    assert.equal((await refresh(world, three.refresh_token)).body.error, 'invalid_client')
  })

  it('refuses what is no token at all', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    for (const token of ['', 'x', 'x'.repeat(5_000), `${login.refresh_token}.`, '\u0000']) {
      assert.equal((await refresh(world, token)).status, 400, token.slice(0, 10))
    }
    const wrongClient = await refresh(world, login.refresh_token, { client_id: 'test' })
    assert.equal(wrongClient.body.error, 'invalid_grant')
    assert.equal((await refresh(world, login.refresh_token)).status, 200)
  })
})
