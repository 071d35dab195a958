import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import {
  Agent,
  authorize,
  authorizeUrl,
  BY,
  claimsOf,
  createWorld,
  form,
  freezeTime,
  post,
  type TokenAnswer,
  VERIFIER,
  type World,
} from './support.ts'

const REDIRECT = 'https://app.example.com/callback'
const SIGNED_OUT = 'https://app.example.com/bye'

interface App {
  readonly clientId: string
  readonly secret: string
}

async function addApp(world: World, name = 'app'): Promise<App> {
  const { application, secret } = await world.clusters.applications.add(
    {
      name,
      redirectUris: [REDIRECT],
      postLogoutRedirectUris: [SIGNED_OUT],
      groups: ['viewers'],
    },
    BY,
  )
  await world.issuer.refresh()
  return { clientId: application.clientId, secret: secret ?? '' }
}

function basic({ clientId, secret }: App): Record<string, string> {
  return { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` }
}

async function signIn(
  world: World,
  app: App,
  agent: Agent,
  scope = 'openid profile groups',
): Promise<TokenAnswer> {
  const page = await agent.location(
    authorizeUrl(world, { client_id: app.clientId, redirect_uri: REDIRECT, scope }),
  )
  const resume = await agent.location(`${page}/sign-in`, { method: 'POST' })
  const consent = await agent.location(resume)
  assert.match(consent, /^\/interaction\//)
  const interaction = await agent.json<{ needs: object }>(consent)
  assert.deepEqual(interaction.needs, { signIn: false, confirm: false, consent: true })
  const answer = new URL(
    await agent.location(await agent.location(`${consent}/confirm`, { method: 'POST' })),
  )
  return redeem(world, app, answer.searchParams.get('code') ?? '')
}

async function redeem(world: World, app: App, code: string): Promise<TokenAnswer> {
  const { status, body } = await form(
    world,
    '/token',
    { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER },
    basic(app),
  )
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

describe('applications', () => {
  it('get the claims that were consented to, and userinfo', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const body = await signIn(world, app, new Agent(world))
    const claims = claimsOf(body)
    assert.equal(claims['preferred_username'], 'ada')
    assert.deepEqual(claims['groups'], ['viewers'])
    assert.equal(claims['email'], undefined)
    assert.equal(claims['token_use'], 'application')
    const userinfo = await fetch(`${world.url}/me`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    assert.deepEqual(await userinfo.json(), {
      sub: world.ada.id,
      preferred_username: 'ada',
      name: 'Ada Lovelace',
      groups: ['viewers'],
    })
    await world.directory.users.disable('ada', BY)
    const refused = await fetch(`${world.url}/me`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    // RFC 6750 §3.1
    assert.equal(refused.status, 401)
  })

  it('are asked for consent once per session and set of scopes, with a fresh grant each time', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const agent = new Agent(world)
    const params = { client_id: app.clientId, redirect_uri: REDIRECT }
    const first = await signIn(world, app, agent, 'openid profile groups')
    const again = new URL(
      await agent.location(authorizeUrl(world, { ...params, scope: 'openid profile' })),
    )
    const second = await redeem(world, app, again.searchParams.get('code') ?? '')
    assert.notEqual(claimsOf(second)['sid'], claimsOf(first)['sid'])
    assert.equal(claimsOf(second)['groups'], undefined, 'scopes do not add up')
    assert.match(
      await agent.location(authorizeUrl(world, { ...params, scope: 'openid email' })),
      /^\/interaction\//,
    )
  })

  it('get no device when a sign-in is asked for first', async (t) => {
    const time = freezeTime()
    t.after(() => mock.timers.reset())
    await using world = await createWorld()
    const app = await addApp(world)
    const agent = new Agent(world)
    await signIn(world, app, agent)
    time.advance(120)
    // OpenID Connect Core §3.1.2.1: the session is too old, so a person has to prove themselves anew.
    const request = { client_id: app.clientId, redirect_uri: REDIRECT, max_age: '60' }
    assert.match(await agent.location(authorizeUrl(world, request)), /^\/interaction\//)
    const silent = authorizeUrl(world, { ...request, prompt: 'none' })
    const refused = new URL(await agent.location(silent))
    assert.equal(refused.searchParams.get('error'), 'login_required')
    assert.equal((await world.issuer.devices.list(world.ada.id)).length, 1)
  })

  it('must know their secret', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const { refresh_token } = await signIn(world, app, new Agent(world))
    const params = { grant_type: 'refresh_token', refresh_token }
    for (const secret of ['', 'wrong', `${app.secret}x`]) {
      const { status } = await form(world, '/token', params, basic({ ...app, secret }))
      assert.ok(status === 401 || status === 400, secret)
    }
    const { status } = await form(world, '/token', { ...params, client_id: app.clientId })
    assert.ok(status >= 400)
    const hashed = await world.store.query
      .selectFrom('applications')
      .select('secret_hash')
      .executeTakeFirst()
    const asSecret = { ...app, secret: hashed?.secret_hash ?? '' }
    assert.equal((await form(world, '/token', params, basic(asSecret))).status, 401)
    assert.equal((await form(world, '/token', params, basic(app))).status, 200)
  })

  it('introspect and revoke their own tokens; a public client introspects nothing', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const other = await addApp(world, 'other')
    const { refresh_token } = await signIn(world, app, new Agent(world))
    const introspect = async (headers: Record<string, string>, more = {}) => {
      const params = { token: refresh_token, ...more }
      const { body } = await post(world, '/token/introspection', params, headers)
      return (body as { active?: boolean }).active
    }
    assert.equal(await introspect(basic(app)), true)
    assert.notEqual(await introspect(basic(other)), true)
    assert.notEqual(await introspect({}, { client_id: 'prod' }), true)

    await form(world, '/token/revocation', { token: refresh_token }, basic(other))
    assert.equal(await introspect(basic(app)), true)
    const revoked = await form(world, '/token/revocation', { token: refresh_token }, basic(app))
    assert.equal(revoked.status, 200)
    assert.equal(await introspect(basic(app)), false)
    assert.deepEqual(await world.issuer.devices.list(world.ada.id), [])
    assert.equal((await world.auditTypes())[0], 'device.revoked')
  })

  it('sign out: a page asks, registered URIs only, and the refresh token is dead', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const agent = new Agent(world)
    const body = await signIn(world, app, agent)
    const cluster = await authorize(world, agent).catch(() => undefined)
    assert.equal(cluster?.get('error') ?? null, null)

    const evil = await agent.fetch(
      `/session/end?client_id=${app.clientId}&post_logout_redirect_uri=https://evil.example`,
    )
    assert.equal(evil.status, 400)
    const page = await agent.json<{ action: string; fields: Record<string, string> }>(
      `/session/end?id_token_hint=${body.id_token}&post_logout_redirect_uri=${SIGNED_OUT}&state=s`,
    )
    const forged = await agent.fetch(page.action, {
      method: 'POST',
      body: new URLSearchParams({ xsrf: 'wrong', logout: 'yes' }),
    })
    assert.equal(forged.status, 400)
    const confirmed = await agent.fetch(page.action, {
      method: 'POST',
      body: new URLSearchParams({ ...page.fields, logout: 'yes' }),
    })
    assert.equal(confirmed.headers.get('location'), `${SIGNED_OUT}?state=s`)
    const params = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    assert.equal((await form(world, '/token', params, basic(app))).body.error, 'invalid_grant')
    assert.deepEqual(await agent.json('/session'), { session: null })
  })

  it('sign out with a hint whose key is long gone, and with no hint but ours', async () => {
    await using world = await createWorld()
    const app = await addApp(world)
    const other = await addApp(world, 'other')
    const agent = new Agent(world)
    const { id_token } = await signIn(world, app, agent)
    await world.issuer.keys.rotate('RS256', { now: true }, BY)
    await world.store.write(async (tx) => {
      const due = { removes_at: 0 }
      await tx.query.updateTable('signing_keys').set(due).where('state', '=', 'retired').execute()
    })
    await world.issuer.keys.tick()
    const end = async (hint: string, clientId = app.clientId) =>
      (await agent.fetch(`/session/end?id_token_hint=${hint}&client_id=${clientId}`)).status
    assert.equal(await end(id_token), 200)
    assert.equal(await end(id_token, other.clientId), 400)
    const [header = '', , signature = ''] = id_token.split('.')
    const claims = { ...claimsOf({ id_token }), aud: other.clientId }
    const forged = `${header}.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.${signature}`
    assert.equal(await end(forged, other.clientId), 400)
  })

  it('sign out every device where the page says so', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await authorize(world, agent)
    assert.equal((await world.issuer.devices.list(world.ada.id)).length, 1)
    const page = await agent.json<{ action: string; fields: Record<string, string> }>(
      '/session/end',
    )
    const confirmed = await agent.fetch(page.action, {
      method: 'POST',
      body: new URLSearchParams({ ...page.fields, logout: 'yes', devices: 'all' }),
    })
    assert.equal(confirmed.status, 303)
    assert.deepEqual(await world.issuer.devices.list(world.ada.id), [])
  })
})
