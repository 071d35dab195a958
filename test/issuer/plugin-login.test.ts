import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { exchange, logIn } from './plugin-support.ts'
import { BY, createWorld, form } from './support.ts'

const ISSUER = { origin: 'https://id.example.com', path: '/sso' }

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
