import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import {
  Agent,
  BY,
  claimsOf,
  createWorld,
  form,
  freezeTime,
  holdWrites,
  post,
  type World,
} from './support.ts'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

interface Started {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly expires_in: number
}

describe('device flow', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  async function start(world: World): Promise<Started> {
    const { status, body } = await post(world, '/device/auth', {
      client_id: 'prod',
      scope: 'openid',
      device_name: 'build\u202e box',
    })
    assert.equal(status, 200, JSON.stringify(body))
    return body as Started
  }

  const poll = (world: World, device_code: string, client_id = 'prod') =>
    form(world, '/token', { grant_type: DEVICE_GRANT, client_id, device_code })

  const step = <T>(agent: Agent, name: string, { user_code }: Started, as = 'ada') =>
    agent.json<T>(`/device/${name}/${user_code}?as=${as}`, { method: 'POST' })

  it('gives the same claims as the browser, once', async () => {
    await using world = await createWorld()
    const started = await start(world)
    assert.match(started.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(started.verification_uri, `${world.url}/device`)
    assert.equal(started.expires_in, 600)
    assert.equal((await poll(world, started.device_code)).body.error, 'authorization_pending')
    const pending = await world.issuer.deviceCodes.find(started.user_code.toLowerCase())
    assert.equal(pending?.deviceName, 'build box')
    assert.equal(pending?.requestAddress, '127.0.0.1')
    const agent = new Agent(world)
    assert.deepEqual(await step(agent, 'claim', started), { claimed: true })
    const approval = await step<{ kind: string }>(agent, 'approve', started)
    assert.equal(approval.kind, 'approved')
    time.advance(5)
    const { status, body } = await poll(world, started.device_code)
    assert.equal(status, 200, JSON.stringify(body))
    const claims = claimsOf(body)
    assert.deepEqual(
      [claims['preferred_username'], claims['groups'], claims['token_use'], claims['amr']],
      ['ada', ['viewers'], 'kube', ['pwd']],
    )
    time.advance(5)
    assert.equal((await poll(world, started.device_code)).body.error, 'invalid_grant')
  })

  it('slows down a hasty client, by 5 s each time', async () => {
    await using world = await createWorld()
    const { device_code } = await start(world)
    const errors = []
    for (const wait of [0, 1, 9, 10, 14, 15]) {
      time.advance(wait)
      errors.push((await poll(world, device_code)).body.error)
    }
    assert.deepEqual(errors, [
      'authorization_pending',
      'slow_down',
      'authorization_pending',
      'authorization_pending',
      'authorization_pending',
      'authorization_pending',
    ])
    time.advance(1)
    assert.equal((await poll(world, device_code)).body.error, 'slow_down')
    time.advance(12)
    assert.equal((await poll(world, device_code)).body.error, 'slow_down')
  })

  it('is approved by the browser that claimed it and no other', async () => {
    await using world = await createWorld()
    const started = await start(world)
    const [mine, other] = [new Agent(world), new Agent(world)]
    assert.equal(
      (await step<{ code: string }>(other, 'approve', started)).code,
      'ERR_DEVICE_CODE',
      'not claimed',
    )
    assert.deepEqual(await step(mine, 'claim', started), { claimed: true })
    assert.deepEqual(await step(other, 'claim', started), { claimed: false })
    assert.equal((await step<{ code: string }>(other, 'approve', started)).code, 'ERR_DEVICE_CODE')
    const release = holdWrites(world, 2)
    const both = await Promise.all([
      step<{ kind?: string; code?: string }>(mine, 'approve', started),
      step<{ kind?: string; code?: string }>(mine, 'approve', started),
    ])
    assert.deepEqual(both.map((each) => each.kind ?? each.code ?? '').sort(), [
      'ERR_DEVICE_CODE',
      'approved',
    ])
    release()
    assert.equal((await world.issuer.devices.list(world.ada.id)).length, 1)
  })

  it('is redeemed by the client that started it and no other', async () => {
    await using world = await createWorld()
    const started = await start(world)
    const agent = new Agent(world)
    await step(agent, 'claim', started)
    await step(agent, 'approve', started)
    assert.equal((await poll(world, started.device_code, 'test')).body.error, 'invalid_grant')
  })

  it('holds the policy at approval and again at the token', async () => {
    await using world = await createWorld()
    const first = await start(world)
    const agent = new Agent(world)
    await step(agent, 'claim', first)
    assert.deepEqual(await step(agent, 'approve', first, 'bob'), {
      kind: 'refused',
      needs: null,
      sentence: 'bob is in none of the groups that may enter cluster "prod"',
    })
    await step(agent, 'approve', first)
    await world.directory.users.disable('ada', BY)
    const { body } = await poll(world, first.device_code)
    assert.deepEqual(
      [body.error, body.error_description],
      ['invalid_grant', 'user "ada" is disabled'],
    )
  })

  it('can be refused, and expires', async () => {
    await using world = await createWorld()
    const refused = await start(world)
    const agent = new Agent(world)
    await step(agent, 'claim', refused)
    assert.deepEqual(await step(agent, 'refuse', refused), { refused: true })
    assert.deepEqual(await step(agent, 'refuse', refused), { refused: false })
    assert.equal((await poll(world, refused.device_code)).body.error, 'access_denied')
    const expired = await start(world)
    time.advance(601)
    assert.equal(await world.issuer.deviceCodes.find(expired.user_code), undefined)
    assert.equal((await poll(world, expired.device_code)).body.error, 'expired_token')
  })

  it('never shows the engine’s own page', async () => {
    await using world = await createWorld()
    assert.equal(world.issuer.owns('/device'), false)
    assert.equal(world.issuer.owns('/device/auth'), true)
    for (const code of ['', 'AAAA-AAAA', 'BBBB-BBBB-B', 'bbbb bbbb', 'x'.repeat(1_000)]) {
      assert.equal(await world.issuer.deviceCodes.find(code), undefined)
    }
  })
})
