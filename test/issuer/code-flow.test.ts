import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  Agent,
  authorize,
  authorizeUrl,
  CALLBACK,
  claimsOf,
  createWorld,
  type Interaction,
  logIn,
  redeem,
  refresh,
} from './support.ts'

describe('authorization code with PKCE', () => {
  it('gives a cluster all claims, though only openid was asked', async () => {
    await using world = await createWorld()
    const answer = await authorize(world, new Agent(world), { nonce: 'n' })
    assert.equal(answer.get('state'), 'the-state')
    assert.equal(answer.get('iss'), world.url)
    const { body } = await redeem(world, answer.get('code') ?? '')
    const jwks = createRemoteJWKSet(new URL(`${world.url}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(body.id_token, jwks)
    assert.equal(protectedHeader.alg, 'ES256')
    const [device] = await world.issuer.devices.list(world.ada.id)
    assert.ok(device)
    const { iat, exp, auth_time, jti, ...rest } = payload
    assert.deepEqual(rest, {
      iss: world.url,
      sub: world.ada.id,
      aud: 'prod',
      sid: device.id,
      amr: ['pwd'],
      acr: 'urn:lanyard:acr:one-factor',
      token_use: 'kube',
      preferred_username: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      email_verified: false,
      groups: ['viewers'],
      nonce: 'n',
    })
    assert.equal((exp ?? 0) - (iat ?? 0), 600)
    assert.ok(typeof auth_time === 'number' && Number.isInteger(auth_time))
    assert.equal((await world.issuer.devices.who(jti ?? ''))?.id, device.id)
    assert.deepEqual((await world.auditTypes()).slice(0, 3).sort(), [
      'device.entered_cluster',
      'device.signed_in',
      'user.signed_in',
    ])
    const [entry] = await world.audit.list({ types: ['device.entered_cluster'] })
    assert.deepEqual(entry?.detail, { amr: ['pwd'], jti })
  })

  it('gives the same claims at refresh', async () => {
    await using world = await createWorld()
    const login = await logIn(world)
    const { body } = await refresh(world, login.refresh_token)
    const stable = (claims: ReturnType<typeof claimsOf>) => ({
      ...claims,
      iat: 0,
      exp: 0,
      jti: '',
    })
    assert.deepEqual(stable(claimsOf(body)), stable(claimsOf(login)))
  })

  it('issues for one cell of {client} × {fresh, used} and revokes the family on reuse', async () => {
    await using world = await createWorld()
    const code = (await authorize(world, new Agent(world))).get('code') ?? ''
    assert.equal((await redeem(world, code, { client_id: 'test' })).body.error, 'invalid_grant')
    const { body } = await redeem(world, code)
    assert.ok(body.refresh_token)
    assert.equal((await redeem(world, code)).body.error, 'invalid_grant')
    assert.equal((await refresh(world, body.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await world.auditTypes())[0], 'device.reuse_detected')
  })

  it('redeems a code once when it comes twice at once', async () => {
    await using world = await createWorld()
    const code = (await authorize(world, new Agent(world))).get('code') ?? ''
    const both = await Promise.all([redeem(world, code), redeem(world, code)])
    assert.deepEqual(both.map(({ status }) => String(status)).sort(), ['200', '400'])
  })

  it('refuses without a challenge, and a wrong verifier', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    const url = new URL(authorizeUrl(world))
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const answer = new URL(await agent.location(url.href)).searchParams
    assert.equal(answer.get('error'), 'invalid_request')
    const code = (await authorize(world, agent)).get('code') ?? ''
    const wrong = await redeem(world, code, { code_verifier: 'x'.repeat(43) })
    assert.equal(wrong.body.error, 'invalid_grant')
  })

  it('refuses bob at the cluster with the sentence of the decision', async () => {
    await using world = await createWorld()
    const answer = await authorize(world, new Agent(world), {}, 'bob')
    assert.equal(answer.get('error'), 'access_denied')
    assert.equal(
      answer.get('error_description'),
      'bob is in none of the groups that may enter cluster "prod"',
    )
    assert.ok((await world.auditTypes()).includes('access.refused'))
  })

  it('shows the confirm page to a live session, and hands out nothing without it', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await logIn(world, agent)
    const page = await agent.location(authorizeUrl(world))
    assert.match(page, /^\/interaction\//)
    const interaction = await agent.json<Interaction>(page)
    assert.deepEqual(interaction.needs, { signIn: false, confirm: true, consent: false })
    assert.equal(interaction.session?.userId, world.ada.id)
    const resume = await agent.location(`${page}/confirm`, { method: 'POST' })
    const answer = new URL(await agent.location(resume)).searchParams
    assert.equal((await redeem(world, answer.get('code') ?? '')).status, 200)

    const none = new URL(await agent.location(authorizeUrl(world, { prompt: 'none' })))
    assert.equal(none.searchParams.get('error'), 'interaction_required')
  })

  it('knows an interaction by its own browser alone', async () => {
    await using world = await createWorld()
    const page = await new Agent(world).location(authorizeUrl(world))
    const stranger = await new Agent(world).fetch(`${page}/sign-in`, { method: 'POST' })
    assert.deepEqual(await stranger.json(), {
      code: 'ERR_INTERACTION_EXPIRED',
      message: 'this sign-in has expired or was finished',
    })
    const resume = await new Agent(world).fetch(`/auth/${page.split('/').at(-1)}`)
    assert.equal(resume.status, 400)
  })

  it('takes redirect URIs of any loopback port and no other', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    assert.match(
      await agent.location(authorizeUrl(world, { redirect_uri: 'http://127.0.0.1:5/callback' })),
      /interaction/,
    )
    for (const redirect_uri of [
      'http://localhost.evil.example:8000',
      'http://localhost:8000/../evil',
      'http://localhost@evil.example',
      'https://evil.example',
      `${CALLBACK}#x`,
    ]) {
      const response = await agent.fetch(authorizeUrl(world, { redirect_uri }), {
        headers: { accept: 'text/html' },
      })
      assert.equal(response.status, 400, redirect_uri)
      assert.match(await response.text(), /^error page: invalid_/)
    }
  })
})
