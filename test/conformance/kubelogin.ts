/**
 * Stands in for kubelogin (int128/kubelogin), which no registry has: it sends what kubelogin sends, as its documentation
 * (docs/usage.md) and source (pkg/oidc/client, golang.org/x/oauth2, int128/oauth2cli, int128/oauth2dev) have it, the habits
 * included that an issuer could choke on. What it checks of an answer, this checks too.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose'
import { Agent, fetch, request } from 'undici'
import { noteSecret } from '../support/log-secrets.ts'
import type { Issuer } from '../support/logins.ts'

export interface KubeloginOptions {
  /** `--oidc-client-id` */
  readonly clientId: string
  /** `--oidc-extra-scope` */
  readonly extraScopes?: readonly string[]
  /** `--oidc-pkce-method`; auto unless told. */
  readonly pkceMethod?: 'auto' | 'no' | 'S256'
  /** `--oidc-redirect-url`; required since v1.33 for the keyboard. */
  readonly redirectUrl?: string
  /** `--oidc-use-access-token` */
  readonly useAccessToken?: boolean
  /** `access_type=offline`: sent by releases before v1.33. */
  readonly accessType?: 'offline'
}

/** What kubelogin keeps in its cache. */
export interface TokenSet {
  readonly idToken: string
  readonly refreshToken: string
}

export interface BrowserLogin extends AsyncDisposable {
  /** What kubelogin opens: its own listener, which leads on to the issuer. */
  readonly url: string
  readonly redirectUri: string
  readonly tokens: Promise<TokenSet>
}

export interface KeyboardLogin {
  readonly url: string
  enter(code: string): Promise<TokenSet>
}

export interface DeviceLogin {
  readonly url: string
  readonly userCode: string
  readonly tokens: Promise<TokenSet>
}

interface Discovery {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly device_authorization_endpoint: string
  readonly code_challenge_methods_supported?: readonly string[]
}

/** In this order; the second where the first is taken. */
const LISTEN_PORTS = [8000, 18000]
const random = () => randomBytes(32).toString('base64url')

export class Kubelogin implements AsyncDisposable {
  readonly #issuer: Issuer
  readonly #options: KubeloginOptions
  readonly #agent: Agent

  constructor(issuer: Issuer, options: KubeloginOptions) {
    this.#issuer = issuer
    this.#options = options
    this.#agent = new Agent({ connect: { ca: issuer.ca } })
  }

  /** The extra scopes first, then `openid`. */
  get #scope(): string {
    return [...(this.#options.extraScopes ?? []), 'openid'].join(' ')
  }

  async #discover(): Promise<Discovery> {
    const { issuer } = this.#issuer
    const document = await this.#get<Discovery & { issuer: string }>(
      `${issuer}/.well-known/openid-configuration`,
    )
    if (document.issuer !== issuer) throw new Error(`oidc discovery error: ${document.issuer}`)
    return document
  }

  async #get<T>(url: string): Promise<T> {
    const { body } = await request(url, { dispatcher: this.#agent })
    return (await body.json()) as T
  }

  #startCode(discovery: Discovery, redirectUri: string) {
    const { pkceMethod = 'auto', accessType, clientId } = this.#options
    const announced = discovery.code_challenge_methods_supported?.includes('S256') === true
    const usesPkce = pkceMethod === 'S256' || (pkceMethod === 'auto' && announced)
    const verifier = usesPkce ? random() : undefined
    const [state, nonce] = [random(), random()]
    const url = new URL(discovery.authorization_endpoint)
    const parameters = {
      ...(accessType === undefined ? {} : { access_type: accessType }),
      client_id: clientId,
      ...(verifier === undefined
        ? {}
        : {
            code_challenge: createHash('sha256').update(verifier).digest('base64url'),
            code_challenge_method: 'S256',
          }),
      ...{ nonce, redirect_uri: redirectUri, response_type: 'code', scope: this.#scope, state },
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    const redeem = async (code: string): Promise<TokenSet> => {
      noteSecret(code, 'authorization code')
      const answer = await this.#token(discovery, {
        grant_type: 'authorization_code',
        ...{ code, redirect_uri: redirectUri },
        ...(verifier === undefined ? {} : { code_verifier: verifier }),
      })
      return this.#verify(discovery, answer, nonce)
    }
    return { url: url.href, state, redeem }
  }

  /** `--grant-type=authcode`, the default. */
  async authcode(): Promise<BrowserLogin> {
    const discovery = await this.#discover()
    const { promise, resolve, reject } = Promise.withResolvers<TokenSet>()
    promise.catch(() => undefined)
    const server = createServer()
    const port = await listenOnFirst(server, LISTEN_PORTS)
    const redirectUri = this.#options.redirectUrl ?? `http://localhost:${port}`
    const started = this.#startCode(discovery, redirectUri)
    server.on('request', (incoming, response) => {
      const params = new URL(incoming.url ?? '/', redirectUri).searchParams
      if (incoming.method !== 'GET') return response.writeHead(404).end()
      const [code, error] = [params.get('code'), params.get('error')]
      if (code === null && error === null) {
        return response.writeHead(302, { location: started.url }).end()
      }
      if (error !== null) reject(new Error(`${error}: ${params.get('error_description')}`))
      else if (params.get('state') !== started.state) reject(new Error('state does not match'))
      else started.redeem(code ?? '').then(resolve, reject)
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Authenticated</h1>')
    })
    return {
      url: `http://localhost:${port}`,
      redirectUri,
      tokens: promise,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      },
    }
  }

  /** `--grant-type=authcode-keyboard`: the person copies the code from wherever the browser ended. */
  async keyboard(): Promise<KeyboardLogin> {
    // The default before v1.33.
    const redirectUri = this.#options.redirectUrl ?? 'urn:ietf:wg:oauth:2.0:oob'
    const { url, redeem } = this.#startCode(await this.#discover(), redirectUri)
    return { url, enter: redeem }
  }

  /** `--grant-type=device-code` */
  async deviceCode(): Promise<DeviceLogin> {
    const discovery = await this.#discover()
    const started = await this.#post(discovery.device_authorization_endpoint, {
      ...{ client_id: this.#options.clientId, scope: this.#scope },
    })
    if (started.status !== 200) throw new Error(`device-code: ${JSON.stringify(started.body)}`)
    const { verification_uri_complete, verification_uri, user_code } = started.body
    return {
      url: String(verification_uri_complete ?? verification_uri),
      userCode: String(user_code),
      tokens: this.#pollDevice(discovery, started.body),
    }
  }

  async #pollDevice(discovery: Discovery, started: Record<string, unknown>): Promise<TokenSet> {
    let seconds = Number(started['interval'] ?? 5)
    for (;;) {
      const { status, body } = await this.#post(discovery.token_endpoint, {
        client_id: this.#options.clientId,
        device_code: String(started['device_code']),
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      })
      if (status === 200) return this.#verify(discovery, body)
      const error = String(body['error'])
      if (error === 'slow_down') seconds += 5
      else if (error !== 'authorization_pending') throw new Error(`device-code: ${error}`)
      await wait(seconds * 1000)
    }
  }

  /** Without `scope`: golang.org/x/oauth2 asks for none, which means those of the login (RFC 6749 §6). */
  async refresh(refreshToken: string): Promise<TokenSet> {
    const discovery = await this.#discover()
    const answer = await this.#token(discovery, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    })
    return this.#verify(discovery, answer)
  }

  /**
   * golang.org/x/oauth2 does not read which ways of authentication are announced: each process tries `Authorization: Basic` first,
   * with an empty secret, and the form when that fails, with the same code or refresh token.
   */
  async #token(
    discovery: Discovery,
    form: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>> {
    const { clientId } = this.#options
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:`).toString('base64')
    const url = discovery.token_endpoint
    const first = await this.#post(url, form, { authorization: `Basic ${basic}` })
    if (first.status === 200) return first.body
    const second = await this.#post(url, { ...form, client_id: clientId })
    if (second.status === 200) return { refresh_token: form['refresh_token'], ...second.body }
    throw new Error(`oauth2: cannot fetch token: ${JSON.stringify(second.body)}`)
  }

  async #post(url: string, form: Readonly<Record<string, string>>, headers = {}) {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    })
    return { status: statusCode, body: (await body.json()) as Record<string, unknown> }
  }

  async #verify(
    discovery: Discovery,
    answer: Record<string, unknown>,
    nonce?: string,
  ): Promise<TokenSet> {
    const { id_token: idToken, access_token: accessToken, refresh_token: refreshToken } = answer
    if (typeof idToken !== 'string') throw new Error('id_token is missing in the token response')
    for (const value of [idToken, accessToken, refreshToken]) {
      if (typeof value === 'string') noteSecret(value, 'token')
    }
    const claims = await this.#verifyJwt(discovery, idToken, this.#options.clientId)
    if (nonce !== undefined && claims['nonce'] !== nonce) throw new Error('nonce did not match')
    const used = this.#options.useAccessToken === true ? String(accessToken) : idToken
    // The audience of an access token may be anything.
    if (used !== idToken) await this.#verifyJwt(discovery, used)
    return { idToken: used, refreshToken: typeof refreshToken === 'string' ? refreshToken : '' }
  }

  async #verifyJwt(discovery: Discovery, token: string, audience?: string): Promise<JWTPayload> {
    const dispatcher = this.#agent
    const trusting = (url: string) => fetch(url, { dispatcher }) as unknown as Promise<Response>
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), { [customFetch]: trusting })
    const { issuer } = this.#issuer
    const options = { issuer, ...(audience === undefined ? {} : { audience }) }
    return (await jwtVerify(token, keys, options)).payload
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}

async function listenOnFirst(server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    const bound = await promise
    server.removeAllListeners('error')
    if (bound) return port
  }
  throw new Error(`could not start a local server: ports ${ports.join(' and ')} are taken`)
}
