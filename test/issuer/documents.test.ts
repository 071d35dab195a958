import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { discoveryDocument } from '../../src/issuer/documents.ts'
import { Agent, authorizeUrl, CALLBACK, createWorld, form, logIn, post, redeem } from './support.ts'

describe('documents', () => {
  it('names only what is served, under the issuer whatever Host was sent', async () => {
    await using world = await createWorld()
    const response = await fetch(`${world.url}/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
    })
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const document = (await response.json()) as Record<string, unknown>
    assert.deepEqual(document, discoveryDocument(world.url))
    for (const [name, value] of Object.entries(document)) {
      if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
      assert.ok(String(value).startsWith(`${world.url}/`), name)
      const path = String(value).slice(world.url.length)
      assert.ok(world.issuer.owns(path) || world.issuer.documents(path), name)
    }
    assert.deepEqual(document['code_challenge_methods_supported'], ['S256'])
    assert.deepEqual(document['id_token_signing_alg_values_supported'], ['RS256', 'ES256'])
  })

  it('redirects under the issuer, though the peer forges its host', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    const page = await agent.location(authorizeUrl(world), {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp' },
    })
    const resume = await agent.location(`${page}/sign-in`, { method: 'POST' })
    assert.ok(resume.startsWith(`${world.url}/auth/`), resume)
  })

  it('works for an issuer with a path', async () => {
    await using world = await createWorld({ path: '/sso/main' })
    const document = await fetch(`${world.url}/.well-known/openid-configuration`)
    assert.equal(((await document.json()) as { issuer: string }).issuer, world.url)
    const agent = new Agent(world)
    const page = await agent.location(authorizeUrl(world))
    assert.match(page, /^\/sso\/main\/interaction\//)
    const resume = await agent.location(`${page}/sign-in`, { method: 'POST' })
    assert.ok(resume.startsWith(`${world.url}/auth/`), resume)
    const answer = new URL(await agent.location(resume)).searchParams
    assert.equal(answer.get('iss'), world.url)
    assert.equal((await redeem(world, answer.get('code') ?? '')).status, 200)
    const { body } = await post(world, '/device/auth', { client_id: 'prod' })
    assert.equal((body as { verification_uri: string }).verification_uri, `${world.url}/device`)
  })

  it('prints nothing: every default that warns is replaced', async (t) => {
    const printed: unknown[] = []
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      t.mock.method(console, method, (...parts: unknown[]) => void printed.push(parts))
    }
    await using world = await createWorld()
    const agent = new Agent(world)
    await logIn(world, agent)
    await fetch(`${world.url}/jwks`, { headers: { origin: 'https://spa.example' } })
    await form(world, '/token', { client_id: 'prod' }, { origin: 'https://spa.example' })
    await agent.fetch('/session/end')
    await agent.fetch('/session/end/success')
    await agent.fetch(`/auth?client_id=unknown&redirect_uri=${CALLBACK}`, {
      headers: { accept: 'text/html' },
    })
    assert.deepEqual(printed, [])
    assert.deepEqual(
      world.logged.filter((line) => line.startsWith('the engine failed')),
      [],
    )
  })
})
