import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { Agent, form, type World } from './support.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'
const CLIENT: oauth.Client = { client_id: 'kubectl-lanyard' }

export interface Login {
  readonly refreshToken: string
  readonly proof: (claims?: Record<string, unknown>) => Promise<string>
}

/** The plugin's login by a client that we did not write, bound to a new key. */
export async function logIn(
  world: World,
  options: { readonly amr?: string; readonly params?: Record<string, string> } = {},
): Promise<Login> {
  const issuer = new URL(world.url)
  const transport = {
    [oauth.customFetch]: (url: string, init: object) => world.fetch(url, init),
  }
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, transport),
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
    ...options.params,
  })
  const agent = new Agent(world)
  const page = await agent.location(`${server.authorization_endpoint ?? ''}?${query.toString()}`)
  const resume = await agent.location(`${page}/sign-in?amr=${options.amr ?? 'pwd'}`, {
    method: 'POST',
  })
  const callback = new URL(await agent.location(resume))
  const params = oauth.validateAuthResponse(server, CLIENT, callback, 's')
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    CLIENT,
    oauth.None(),
    params,
    CALLBACK,
    verifier,
    { DPoP: dpop, ...transport },
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

export function exchange(world: World, login: Login, dpop: string | undefined, more = {}) {
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
