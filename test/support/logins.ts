import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { Agent, type Dispatcher, request } from 'undici'
import { noteSecret } from './log-secrets.ts'
import { type Page, Person } from './person.ts'

export interface Issuer {
  readonly issuer: string
  /** PEM. */
  readonly ca: string
  /** Connections that stay open from one request to the next; else each request opens its own. */
  readonly dispatcher?: Dispatcher
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Tokens {
  readonly idToken: string
  readonly refreshToken: string
  readonly accessToken: string
}

export const LOOPBACK = 'http://127.0.0.1:18000/callback'

/** A key of one device, and the proofs it makes (RFC 9449). */
export interface DeviceKey {
  readonly publicJwk: JWK
  readonly thumbprintHeader: Record<string, unknown>
  proof(
    method: string,
    url: string,
    options?: { accessToken?: string; iat?: number; jti?: string },
  ): Promise<string>
}

export async function createDeviceKey(): Promise<DeviceKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk }
  return {
    publicJwk,
    thumbprintHeader: header,
    proof: (method, url, { accessToken, iat, jti } = {}) =>
      new SignJWT({
        jti: jti ?? randomBytes(12).toString('base64url'),
        htm: method,
        htu: url,
        ...(accessToken === undefined ? {} : { ath: sha256(accessToken) }),
      })
        .setProtectedHeader(header)
        .setIssuedAt(iat)
        .sign(privateKey),
  }
}

/** POSTs a form to an endpoint of the issuer and reads the JSON. */
export async function postForm(
  { ca, dispatcher }: Issuer,
  url: string,
  form: Readonly<Record<string, string>> | URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const agent = dispatcher ?? new Agent({ connect: { ca } })
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    })
    const text = await answer.body.text()
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : { text }
    return { status: answer.statusCode, body: body as Record<string, unknown> }
  } finally {
    if (dispatcher === undefined) await agent.close()
  }
}

export interface CodeRequest {
  readonly clientId: string
  readonly redirectUri?: string
  readonly scope?: string
  readonly deviceName?: string
  readonly extra?: Readonly<Record<string, string>>
}

/** An authorization request under way: its URL, and what redeems its code. */
export interface StartedCode {
  readonly url: string
  readonly verifier: string
  readonly state: string
  readonly redirectUri: string
  readonly clientId: string
}

export function startCode({ issuer }: Issuer, request: CodeRequest): StartedCode {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const redirectUri = request.redirectUri ?? LOOPBACK
  const url = new URL(`${issuer}/auth`)
  for (const [name, value] of Object.entries({
    client_id: request.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: request.scope ?? 'openid offline_access',
    state,
    nonce: randomBytes(8).toString('base64url'),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    ...(request.deviceName === undefined ? {} : { device_name: request.deviceName }),
    ...request.extra,
  })) {
    url.searchParams.set(name, value)
  }
  noteSecret(verifier, 'code verifier')
  return { url: url.href, verifier, state, redirectUri, clientId: request.clientId }
}

/** Goes through whatever pages come (sign in, confirm, consent) until the browser leaves for the client, or no way leads on. */
export async function walkThrough(
  person: Person,
  start: Page,
  { username, password }: Credentials,
): Promise<Page> {
  let page = start
  for (let step = 0; step < 6 && person.leftTo === undefined; step += 1) {
    const form = page.forms[0]
    if (form === undefined || page.status >= 400) return page
    if ('password' in form.fields && 'username' in form.fields) {
      page = await person.submit(page, { username, password })
      // The same question again is an answer: it was refused.
      if (page.title.startsWith('Error:')) return page
    } else if (form.buttons.some(({ name, value }) => name === 'answer' && value === 'approve')) {
      page = await person.submit(page, { answer: 'approve' })
    } else {
      return page
    }
  }
  return page
}

/** A whole browser login; resolves with the parameters that came back to the client, and the last page. */
export async function authorize(
  issuer: Issuer,
  person: Person,
  credentials: Credentials,
  request: CodeRequest,
): Promise<{ started: StartedCode; params: URLSearchParams; page: Page }> {
  const started = startCode(issuer, request)
  const page = await walkThrough(person, await person.open(started.url), credentials)
  const params = person.leftTo?.searchParams ?? new URLSearchParams()
  const code = params.get('code')
  if (code !== null) noteSecret(code, 'authorization code')
  return { started, params, page }
}

export function redeem(
  issuer: Issuer,
  started: StartedCode,
  code: string,
  options: {
    headers?: Readonly<Record<string, string>>
    change?: Readonly<Record<string, string>>
  } = {},
): Promise<TokenAnswer> {
  return postForm(
    issuer,
    `${issuer.issuer}/token`,
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: started.redirectUri,
      client_id: started.clientId,
      code_verifier: started.verifier,
      ...options.change,
    },
    options.headers,
  )
}

export function tokensOf({ status, body }: TokenAnswer): Tokens {
  if (status !== 200) throw new Error(`tokens refused with ${status}: ${JSON.stringify(body)}`)
  const tokens = {
    idToken: String(body['id_token']),
    refreshToken: String(body['refresh_token']),
    accessToken: String(body['access_token']),
  }
  noteSecret(tokens.idToken, 'ID token')
  noteSecret(tokens.refreshToken, 'refresh token')
  noteSecret(tokens.accessToken, 'access token')
  return tokens
}

/** Signs somebody in at a cluster as kubelogin would: a browser, a code, tokens. */
export async function clusterLogin(
  issuer: Issuer,
  credentials: Credentials,
  audience: string,
  person?: Person,
): Promise<Tokens> {
  const own = person ?? new Person(issuer)
  const { started, params, page } = await authorize(issuer, own, credentials, {
    clientId: audience,
  })
  const code = params.get('code')
  if (code === null) throw new Error(`no code: ${params.toString()} "${page.heading}" ${page.html}`)
  if (person === undefined) await own.close()
  return tokensOf(await redeem(issuer, started, code))
}

export interface PluginLogin {
  readonly key: DeviceKey
  readonly refreshToken: string
  readonly tokens: Tokens
}

/** Signs somebody in as the plugin would: one login for all clusters, bound to a key. */
export async function pluginLogin(
  issuer: Issuer,
  credentials: Credentials,
  options: { person?: Person; deviceName?: string } = {},
): Promise<PluginLogin> {
  const own = options.person ?? new Person(issuer)
  const key = await createDeviceKey()
  const { started, params, page } = await authorize(issuer, own, credentials, {
    clientId: 'kubectl-lanyard',
    deviceName: options.deviceName ?? 'laptop',
  })
  const code = params.get('code')
  if (code === null) throw new Error(`no code: ${params.toString()} "${page.heading}" ${page.html}`)
  if (options.person === undefined) await own.close()
  const dpop = await key.proof('POST', `${issuer.issuer}/token`)
  const tokens = tokensOf(await redeem(issuer, started, code, { headers: { dpop } }))
  return { key, tokens, refreshToken: tokens.refreshToken }
}

/** RFC 8693: the plugin's login for a cluster's ID token. */
export async function exchange(
  issuer: Issuer,
  login: { readonly key: DeviceKey; readonly refreshToken: string },
  audience: string,
  change: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const url = `${issuer.issuer}/token`
  const answer = await postForm(
    issuer,
    url,
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'kubectl-lanyard',
      subject_token: login.refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience,
      ...change,
    },
    { dpop: await login.key.proof('POST', url), ...headers },
  )
  const token = answer.body['access_token']
  if (typeof token === 'string') noteSecret(token, 'exchanged token')
  return answer
}

export function refresh(
  issuer: Issuer,
  clientId: string,
  refreshToken: string,
  change: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  return postForm(issuer, `${issuer.issuer}/token`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...change,
  })
}

/** The payload of a JWT, unverified. */
export function payloadOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}
