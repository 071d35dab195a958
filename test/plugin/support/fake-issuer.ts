import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { calculateJwkThumbprint, EmbeddedJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { type Authority, createAuthority } from '../../support/certificates.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

type Answer = { status: number; body: object; headers?: Record<string, string> }

/** What a test decides about the issuer's behaviour. */
export interface Behaviour {
  /** Seconds that an ID token lives. */
  lifetime: number
  /** The answer to an exchange; null lets it through. */
  refuse: { error: string; error_description: string } | null
  /** Answers to polls of a device code, before it is approved. */
  polls: ('authorization_pending' | 'slow_down')[]
  interval: number
  /** Milliseconds that an exchange takes. */
  delayMs: number
  clusters: object[]
  metadata: Record<string, string>
  /** Replaces the audience in issued tokens. */
  wrongAudience: string | null
  /** Audiences that an elevated login alone may have tokens for, and what the others are refused with. */
  asks: Record<string, { readonly sentence: string; readonly acr: string }>
}

export interface FakeIssuer extends AsyncDisposable {
  readonly issuer: string
  readonly authority: Authority
  readonly behaviour: Behaviour
  /** Every request in order: "POST /token authorization_code". */
  readonly log: string[]
  /** Everything that must never be printed. */
  readonly secrets: Set<string>
  readonly revoked: string[]
  readonly livingLogins: Set<string>
  readonly pollTimes: number[]
  count(entry: string): number
}

interface Grant {
  readonly jkt: string
  readonly elevated?: boolean
}

/** An issuer with no more than what the plugin asks of one, which checks all that the standards have it check. */
export async function startFakeIssuer(authority?: Authority): Promise<FakeIssuer> {
  const files = await temporaryDirectory()
  const ca = authority ?? (await createAuthority(files.path, 'authority'))
  const leaf = await ca.issue({
    name: randomUUID(),
    usage: 'server',
    hosts: ['127.0.0.1', 'localhost'],
  })
  const server = createServer({ key: leaf.key, cert: leaf.certificate })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const issuer = `https://127.0.0.1:${address.port}`
  const signing = await generateKeyPair('ES256')
  const behaviour: Behaviour = {
    lifetime: 600,
    refuse: null,
    polls: [],
    interval: 1,
    delayMs: 0,
    clusters: [],
    metadata: {},
    wrongAudience: null,
    asks: {},
  }
  const log: string[] = []
  const secrets = new Set<string>()
  const revoked: string[] = []
  const codes = new Map<string, URLSearchParams>()
  const logins = new Map<string, Grant>()
  const livingLogins = new Set<string>()
  const apiTokens = new Map<string, Grant>()
  const seenProofs = new Set<string>()
  const pollTimes: number[] = []

  const secret = (prefix: string) => {
    const value = `${prefix}-${randomUUID()}`
    secrets.add(value)
    return value
  }

  async function checkProof(request: IncomingMessage, token?: string): Promise<Grant> {
    const proof = String(request.headers['dpop'])
    secrets.add(proof)
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
    assert.equal(payload['htm'], request.method)
    assert.equal(payload['htu'], `${issuer}${request.url?.split('?')[0]}`)
    assert(payload.jti !== undefined && !seenProofs.has(payload.jti), 'a proof is used once')
    seenProofs.add(payload.jti)
    if (token !== undefined) {
      assert.equal(payload['ath'], createHash('sha256').update(token).digest('base64url'))
    }
    assert(protectedHeader.jwk !== undefined)
    assert.equal('d' in protectedHeader.jwk, false)
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk) }
  }

  async function idToken(audience: string, claims: object): Promise<string> {
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(issuer)
      .setSubject('u-ada')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${behaviour.lifetime}s`)
      .setJti(randomUUID())
      .sign(signing.privateKey)
    secrets.add(token)
    return token
  }

  async function newLogin(jkt: string, nonce?: string, elevated = false): Promise<Answer> {
    const refreshToken = secret('refresh')
    logins.set(refreshToken, { jkt, elevated })
    livingLogins.add(refreshToken)
    const body = {
      access_token: secret('access'),
      refresh_token: refreshToken,
      id_token: await idToken('kubectl-lanyard', nonce === undefined ? {} : { nonce }),
      token_type: 'DPoP',
      expires_in: 300,
    }
    return { status: 200, body }
  }

  const refusal = (error: string, description: string): Answer => ({
    status: 400,
    body: { error, error_description: description },
  })

  async function codeGrant(form: URLSearchParams, grant: Grant): Promise<Answer> {
    const asked = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    assert(asked !== undefined, 'the code is known')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    secrets.add(form.get('code_verifier') ?? '')
    assert.equal(challenge, asked.get('code_challenge'))
    assert.equal(asked.get('dpop_jkt'), grant.jkt)
    assert.equal(form.get('redirect_uri'), asked.get('redirect_uri'))
    const { acr_values: acr, max_age: age } = Object.fromEntries(asked)
    const elevated = acr === 'urn:lanyard:acr:passkey' && age === '0'
    return newLogin(grant.jkt, asked.get('nonce') ?? '', elevated)
  }

  async function exchange(form: URLSearchParams, grant: Grant): Promise<Answer> {
    if (behaviour.delayMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, behaviour.delayMs))
    }
    if (behaviour.refuse !== null) {
      return refusal(behaviour.refuse.error, behaviour.refuse.error_description)
    }
    const subject = form.get('subject_token') ?? ''
    if (!livingLogins.has(subject)) {
      return refusal('invalid_grant', 'this login was ended')
    }
    assert.equal(form.get('subject_token_type'), 'urn:ietf:params:oauth:token-type:refresh_token')
    assert.equal(logins.get(subject)?.jkt, grant.jkt)
    const audience = form.get('audience') ?? ''
    if (form.get('requested_token_type') === 'urn:ietf:params:oauth:token-type:access_token') {
      assert.equal(audience, `${issuer}/kubectl/v1`)
      const token = secret('api')
      apiTokens.set(token, grant)
      return { status: 200, body: { access_token: token, token_type: 'DPoP', expires_in: 300 } }
    }
    const asks = behaviour.asks[audience]
    if (asks !== undefined && logins.get(subject)?.elevated !== true) {
      const { status, body } = refusal('insufficient_user_authentication', asks.sentence)
      return { status, body: { ...body, acr_values: asks.acr } }
    }
    const elevated = logins.get(subject)?.elevated === true
    const token = await idToken(behaviour.wrongAudience ?? audience, {
      token_use: 'kube',
      elevated,
    })
    const body = {
      access_token: token,
      issued_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      token_type: 'N_A',
      expires_in: behaviour.lifetime,
    }
    return { status: 200, body }
  }

  async function token(request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
    assert.equal(form.get('client_id'), 'kubectl-lanyard')
    const grant = await checkProof(request)
    const type = form.get('grant_type')
    if (type === 'authorization_code') {
      return codeGrant(form, grant)
    }
    if (type === 'urn:ietf:params:oauth:grant-type:device_code') {
      pollTimes.push(Date.now())
      const waiting = behaviour.polls.shift()
      return waiting === undefined ? newLogin(grant.jkt) : refusal(waiting, 'not yet')
    }
    return exchange(form, grant)
  }

  function authorize(query: URLSearchParams): Answer {
    assert.equal(query.get('response_type'), 'code')
    assert.equal(query.get('code_challenge_method'), 'S256')
    const code = secret('code')
    codes.set(code, query)
    const back = new URL(query.get('redirect_uri') ?? '')
    back.search = String(
      new URLSearchParams({ code, state: query.get('state') ?? '', iss: issuer }),
    )
    return { status: 303, body: {}, headers: { location: back.href } }
  }

  async function api(request: IncomingMessage, name: string): Promise<Answer> {
    const value = (request.headers.authorization ?? '').replace(/^DPoP /, '')
    const grant = await checkProof(request, value)
    assert.equal(apiTokens.get(value)?.jkt, grant.jkt)
    return {
      status: 200,
      body:
        name === 'clusters'
          ? {
              user: { username: 'ada', displayName: 'Ada L.', groups: ['viewers'] },
              clusters: behaviour.clusters,
            }
          : {
              devices: [
                {
                  id: 'abcdefghijklmnop',
                  name: 'laptop\u001b[31m',
                  client: 'kubectl-lanyard',
                  createdAt: '2026-01-01T00:00:00Z',
                  lastUsedAt: null,
                  expiresAt: '2026-01-01T12:00:00Z',
                  current: true,
                },
              ],
            },
    }
  }

  async function route(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '', issuer)
    const form = new URLSearchParams((await buffer(request)).toString())
    const grantType = form.get('grant_type')?.split(':').at(-1)
    log.push(
      [request.method, url.pathname, grantType].filter((word) => word !== undefined).join(' '),
    )
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return {
          status: 200,
          body: {
            issuer,
            authorization_endpoint: `${issuer}/auth`,
            token_endpoint: `${issuer}/token`,
            device_authorization_endpoint: `${issuer}/device/auth`,
            revocation_endpoint: `${issuer}/token/revocation`,
            ...behaviour.metadata,
          },
        }
      case '/auth':
        return authorize(url.searchParams)
      case '/token':
        return token(request, form)
      case '/device/auth':
        return {
          status: 200,
          body: {
            device_code: secret('device'),
            user_code: 'BCDF-GHJK',
            verification_uri: `${issuer}/device`,
            expires_in: 600,
            interval: behaviour.interval,
          },
        }
      case '/token/revocation':
        revoked.push(form.get('token') ?? '')
        livingLogins.delete(form.get('token') ?? '')
        return { status: 200, body: {} }
      case '/kubectl/v1/clusters':
      case '/kubectl/v1/devices':
        return api(request, url.pathname.split('/').at(-1) ?? '')
      default:
        return { status: 404, body: {} }
    }
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    route(request).then(
      ({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(JSON.stringify(body))
      },
      (error: unknown) => {
        log.push(`FAULT ${String(error)}`)
        response.writeHead(500).end()
      },
    )
  })

  return {
    issuer,
    authority: ca,
    behaviour,
    log,
    secrets,
    revoked,
    livingLogins,
    pollTimes,
    count: (entry) => log.filter((line) => line === entry).length,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await files[Symbol.asyncDispose]()
    },
  }
}
