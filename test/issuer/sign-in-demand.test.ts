import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import { decodeJwt } from 'jose'
import { exchange, logIn } from './plugin-support.ts'
import {
  Agent,
  authorizeUrl,
  BY,
  claimsOf,
  createWorld,
  freezeTime,
  type Interaction,
  post,
  redeem,
  type World,
} from './support.ts'

const PASSKEY = 'urn:lanyard:acr:passkey'
const TWO = 'urn:lanyard:acr:two-factors'
const ONE = 'urn:lanyard:acr:one-factor'
const amr = {
  password: 'amr=pwd',
  code: 'amr=pwd%20otp%20mfa',
  passkey: 'amr=pop%20user%20mfa',
} as const

const HTTPS = { origin: 'https://id.example.com' }

async function open(agent: Agent, world: World, params: Record<string, string>) {
  const page = await agent.location(authorizeUrl(world, params))
  assert.match(page, /\/interaction\//, page)
  return { page, asked: await agent.json<Interaction>(page) }
}

async function signIn(agent: Agent, page: string, how: string) {
  const answer = await agent.fetch(`${page}/sign-in?${how}`, { method: 'POST' })
  if (answer.status !== 303) return (await answer.json()) as Record<string, unknown>
  return new URL(
    await agent.location(answer.headers.get('location') ?? ''),
    'https://id.example.com',
  )
}

async function session(world: World, how: string): Promise<Agent> {
  const agent = new Agent(world)
  await agent.fetch(`/sign-in?${how}`, { method: 'POST' })
  return agent
}

describe('what an authorization request asks of the sign-in', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  it('acr_values: a session that is too weak signs in again, a weaker sign-in gets nothing, and the request waits on', async () => {
    await using world = await createWorld(HTTPS)
    const agent = await session(world, amr.code)
    const { page, asked } = await open(agent, world, { acr_values: PASSKEY })
    const wanted = { factors: 'passkey', maxAge: null }
    assert.deepEqual(
      [asked.prompt, asked.refusal, asked.demand, asked.stepUp, asked.needs.signIn],
      ['login', null, wanted, wanted, true],
    )
    assert.deepEqual(await signIn(agent, page, amr.code), {
      code: 'ERR_SIGN_IN_WEAK',
      message: 'ada did not sign in with a passkey, and this request asks for one',
      needs: wanted,
    })
    const callback = await signIn(agent, page, amr.passkey)
    assert.ok(callback instanceof URL)
    const { body } = await redeem(world, callback.searchParams.get('code') ?? '')
    assert.equal(claimsOf(body)['acr'], PASSKEY)
  })

  it('acr_values: any of those that are ours will do, and others are wishes', async () => {
    await using world = await createWorld(HTTPS)
    for (const [values, factors] of [
      [`${PASSKEY} ${TWO}`, 'two'],
      [`phr ${PASSKEY}`, 'passkey'],
      [`${PASSKEY} ${ONE}`, 'any'],
      ['phr phrh', 'any'],
      [PASSKEY.toUpperCase(), 'any'],
    ] as const) {
      const { asked } = await open(new Agent(world), world, { acr_values: values })
      assert.deepEqual(asked.demand, { factors, maxAge: null }, values)
      assert.equal(asked.stepUp, null, 'nobody is signed in')
    }
  })

  it('max_age: a session of that age will do, an older one signs in again; zero is always now', async () => {
    await using world = await createWorld(HTTPS)
    const agent = await session(world, amr.password)
    time.advance(59)
    const young = await open(agent, world, { max_age: '60' })
    assert.deepEqual([young.asked.prompt, young.asked.stepUp], ['consent', null])
    time.advance(1)
    const late = await agent.fetch(`${young.page}/confirm`, { method: 'POST' })
    assert.equal(late.status, 400)
    assert.deepEqual(await late.json(), {
      code: 'ERR_SIGN_IN_WEAK',
      message: 'ada signed in more than 60 seconds ago, and this request asks for a newer sign-in',
      needs: { factors: 'any', maxAge: 60 },
    })
    const old = await open(agent, world, { max_age: '60' })
    assert.deepEqual(
      [old.asked.prompt, old.asked.stepUp],
      ['login', { factors: 'any', maxAge: 60 }],
    )
    const now = await open(agent, world, { max_age: '0' })
    assert.equal(now.asked.prompt, 'login')
    const callback = await signIn(agent, now.page, amr.password)
    assert.ok(callback instanceof URL && callback.searchParams.has('code'))
  })

  it('prompt=login asks whoever is signed in; prompt=none says login_required for too little', async () => {
    await using world = await createWorld(HTTPS)
    const agent = await session(world, amr.passkey)
    const { asked } = await open(agent, world, { prompt: 'login' })
    assert.deepEqual([asked.prompt, asked.stepUp], ['login', null])
    const weak = await session(world, amr.password)
    const answer = new URL(
      await weak.location(authorizeUrl(world, { prompt: 'none', acr_values: TWO })),
    )
    assert.equal(answer.searchParams.get('error'), 'login_required')
  })

  it('an application that asks for a sign-in now gets one, and then its consent', async () => {
    await using world = await createWorld(HTTPS)
    const uri = 'https://app.example.com/cb'
    await world.clusters.applications.add(
      { name: 'app', redirectUris: [uri], groups: ['viewers'], public: true },
      BY,
    )
    await world.issuer.refresh()
    const params = { client_id: 'app', redirect_uri: uri, max_age: '0', acr_values: TWO }
    const agent = await session(world, amr.password)
    const { page } = await open(agent, world, params)
    const consent = await signIn(agent, page, amr.code)
    assert.ok(consent instanceof URL)
    const asked = await agent.json<Interaction>(consent.href)
    assert.deepEqual([asked.prompt, asked.stepUp], ['consent', null])
    const resume = await agent.location(`${consent.href}/confirm`, { method: 'POST' })
    const callback = new URL(await agent.location(resume))
    assert.ok(callback.searchParams.has('code'), callback.href)
  })

  it('the plugin’s cluster, by name or audience: its policy; for every other client the word means nothing', async () => {
    await using world = await createWorld(HTTPS)
    const policy = { factors: 'two', maxAge: 900 } as const
    await world.clusters.add(
      { ...{ name: 'vault', audience: 'vault-1' }, server: 'https://v.example.com', policy },
      BY,
    )
    const client = {
      client_id: 'kubectl-lanyard',
      redirect_uri: 'http://127.0.0.1:9/callback',
      dpop_jkt: 'A'.repeat(43),
    }
    for (const cluster of ['vault', 'vault-1']) {
      const { asked } = await open(new Agent(world), world, { ...client, cluster })
      assert.deepEqual(asked.demand, policy)
    }
    for (const params of [
      { ...client, cluster: 'nothing-like-it' },
      { ...client, cluster: 'kubectl-lanyard' },
      { client_id: 'prod', cluster: 'vault' },
    ]) {
      const { asked } = await open(new Agent(world), world, params)
      assert.deepEqual(asked.demand, { factors: 'any', maxAge: null })
    }
  })
})

describe('an elevated login', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  /** Of the last login. */
  const lives = async (world: World) => {
    const [device] = await world.issuer.devices.list(world.ada.id)
    const { createdAt = 0, expiresAt = 0 } = device ?? {}
    time.advance(1)
    return Math.ceil((expiresAt - createdAt) / 1000)
  }
  const elevation = { acr_values: PASSKEY, max_age: '0' }
  const options = (params: Record<string, string>) => ({ amr: 'pop%20user%20mfa', params })

  it('lasts an hour, or as long as the cluster’s policy and its groups let it; an everyday one twelve', async () => {
    await using world = await createWorld(HTTPS)
    await logIn(world, options({ cluster: 'prod' }))
    assert.equal(await lives(world), 43_200)
    await logIn(world, options(elevation))
    assert.equal(await lives(world), 3_600)
    await world.clusters.change('prod', { policy: { factors: 'passkey', maxAge: 600 } }, BY)
    await logIn(world, options({ ...elevation, cluster: 'prod' }))
    assert.equal(await lives(world), 600)
    const policy = { factors: 'passkey', maxAge: 120 } as const
    await world.directory.groups.change('viewers', { policy }, BY)
    const login = await logIn(world, options({ ...elevation, cluster: 'prod' }))
    assert.equal(await lives(world), 120)
    const { body } = await exchange(world, login, await login.proof())
    const { exp = 0, groups } = decodeJwt(body.access_token)
    assert.deepEqual([groups, exp - Math.floor(Date.now() / 1000)], [['viewers'], 119])
    time.advance(120)
    const over = await exchange(world, login, await login.proof())
    assert.equal(over.body.error, 'invalid_grant')
  })

  it('by a device code takes a passkey after the code was asked for, and no earlier one', async () => {
    await using world = await createWorld(HTTPS)
    const { body } = await post(world, '/device/auth', {
      ...{ client_id: 'kubectl-lanyard', scope: 'openid offline_access', cluster: 'prod' },
      ...elevation,
    })
    const { user_code: userCode } = body as Record<string, string>
    const pending = await world.issuer.deviceCodes.find(userCode ?? '')
    assert.deepEqual(pending?.demand, { factors: 'passkey', maxAge: 0 })
    const agent = new Agent(world)
    const step = (name: string, query = '') =>
      agent.json<Record<string, unknown>>(`/device/${name}/${userCode}?${query}`, {
        method: 'POST',
      })
    await step('claim')
    const before = await step('approve', `${amr.passkey}&at=${Date.now() - 1000}`)
    assert.deepEqual(before, {
      kind: 'refused',
      sentence: 'ada signed in more than 0 seconds ago, and this request asks for a newer sign-in',
      needs: { factors: 'passkey', maxAge: 0 },
    })
    const weak = await step('approve', amr.code)
    assert.equal(
      weak['sentence'],
      'ada did not sign in with a passkey, and this request asks for one',
    )
    time.advance(5)
    assert.equal((await step('approve', amr.passkey))['kind'], 'approved')
    assert.equal(await lives(world), 3_600)
  })
})
