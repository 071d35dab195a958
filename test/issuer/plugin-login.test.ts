import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { Agent, BY, createWorld, form, type World } from './support.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'
const CLIENT: oauth.Client = { client_id: 'kubectl-lanyard' }
const ISSUER = { origin: 'https://id.example.com', path: '/sso' }

interface Login {
  readonly refreshToken: string
  readonly proof: (claims?: Record<string, unknown>) => Promise<string>
}

/** The plugin's login by a client that we did not write, bound to a new key. */
async function logIn(world: World): Promise<Login> {
  const issuer = new URL(world.url)
  const options = {
    [oauth.customFetch]: (url: string, init: object) => world.fetch(url, init),
  }
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, options),
  )
  const keys = await generateKeyPair('ES256', { extractable: true })
  const dpop = oauth.DPoP(CLIENT, keys)
  const verifier = oauth.generateRandomCodeVerifier()
  const query = new URLSearchParams({
    client_id: CLIENT.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid offline_access',
    state: 's',
    device_name: 'laptop',
    dpop_jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const agent = new Agent(world)
  const page = await agent.location(`${server.authorization_endpoint ?? ''}?${query.toString()}`)
  const resume = await agent.location(`${page}/sign-in`, { method: 'POST' })
  const callback = new URL(await agent.location(resume))
  const params = oauth.validateAuthResponse(server, CLIENT, callback, 's')
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    CLIENT,
    oauth.None(),
    params,
    CALLBACK,
    verifier,
    { DPoP: dpop, ...options },
  )
  const answer = await oauth.processAuthorizationCodeResponse(server, CLIENT, response)
  assert.equal(answer.token_type, 'dpop')
  const jwk = await exportJWK(keys.publicKey)
  return {
    refreshToken: answer.refresh_token ?? '',
    proof: (claims = {}) =>
      new SignJWT({ htm: 'POST', htu: `${world.url}/token`, jti: randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(keys.privateKey),
  }
}

function exchange(world: World, login: Login, dpop: string | undefined, more = {}) {
  return form(
    world,
    '/token',
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'kubectl-lanyard',
      subject_token: login.refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: 'prod',
      ...more,
    },
    dpop === undefined ? {} : { dpop },
  )
}

describe('the plugin’s login', () => {
  it('is exchanged for each cluster with the claims of a login there', async () => {
    await using world = await createWorld(ISSUER)
    const login = await logIn(world)
    for (const audience of ['prod', 'test']) {
      const { status, body } = await exchange(world, login, await login.proof(), { audience })
      assert.equal(status, 200, JSON.stringify(body))
      const claims = decodeJwt(body.access_token)
      assert.equal(claims.aud, audience)
      assert.equal(claims['token_use'], 'kube')
      assert.deepEqual(claims['groups'], ['viewers'])
      const [entry] = await world.audit.list({ types: ['device.entered_cluster'], limit: 1 })
      assert.equal(entry?.target?.name, audience)
      assert.deepEqual(entry.detail, { amr: ['pwd'], jti: claims.jti })
    }
    const [device] = await world.issuer.devices.list(world.ada.id)
    assert.equal(device?.name, 'laptop')
    assert.equal(device?.jkt?.length, 43)
  })

  it('needs its key, fresh proofs, and the policy', async () => {
    await using world = await createWorld(ISSUER)
    const login = await logIn(world)
    const stranger = await logIn(world)
    assert.equal((await exchange(world, login, undefined)).body.error, 'invalid_dpop_proof')
    const foreign = await exchange(world, login, await stranger.proof())
    assert.equal(foreign.body.error, 'invalid_dpop_proof')
    const proof = await login.proof()
    const both = await Promise.all([exchange(world, login, proof), exchange(world, login, proof)])
    assert.deepEqual(both.map(({ status }) => String(status)).sort(), ['200', '400'])
    await world.directory.groups.removeMember('viewers', { user: 'ada' }, BY)
    const refused = await exchange(world, login, await login.proof())
    assert.equal(refused.status, 403)
    assert.equal(
      refused.body.error_description,
      'ada is in none of the groups that may enter cluster "prod"',
    )
  })

  it('refreshes at the engine without rotating, by its own key alone', async () => {
    await using world = await createWorld(ISSUER)
    const login = await logIn(world)
    const params = {
      grant_type: 'refresh_token',
      client_id: 'kubectl-lanyard',
      refresh_token: login.refreshToken,
    }
    const { status, body } = await form(world, '/token', params, { dpop: await login.proof() })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.refresh_token, login.refreshToken)
    assert.equal(decodeJwt(body.id_token)['token_use'], 'login')
    const unbound = await form(world, '/token', params)
    assert.equal(unbound.status, 400)
    const proof = await login.proof()
    const twice = [
      await form(world, '/token', params, { dpop: proof }),
      await form(world, '/token', params, { dpop: proof }),
    ]
    assert.deepEqual(
      twice.map(({ status: each }) => each),
      [200, 400],
    )
  })

  it('reads its API and is revoked with all that it holds', async () => {
    await using world = await createWorld(ISSUER)
    const login = await logIn(world)
    const audience = `${world.url}/kubectl/v1`
    const { body } = await exchange(world, login, await login.proof(), {
      audience,
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    const url = `${audience}/clusters`
    const ath = createHash('sha256').update(body.access_token).digest('base64url')
    const listed = await world.fetch(url, {
      headers: {
        authorization: `DPoP ${body.access_token}`,
        dpop: await login.proof({ htm: 'GET', htu: url, ath }),
      },
    })
    const answer = (await listed.json()) as { clusters: { name: string }[] }
    assert.deepEqual(
      answer.clusters.map(({ name }) => name),
      ['prod', 'test'],
    )
    const revoked = await form(world, '/token/revocation', {
      client_id: 'kubectl-lanyard',
      token: login.refreshToken,
    })
    assert.equal(revoked.status, 200)
    assert.deepEqual(await world.issuer.devices.list(world.ada.id), [])
    const dead = await exchange(world, login, await login.proof())
    assert.equal(dead.body.error, 'invalid_grant')
  })
})
