import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose'
import { Agent, fetch } from 'undici'
import { noteSecret } from './log-secrets.ts'
import type { Issuer } from './logins.ts'
import { poll } from './poll.ts'

/** An application's back-channel logout endpoint: it verifies what it gets as OpenID Connect Back-Channel Logout §2.6 says. */
export interface LogoutListener extends AsyncDisposable {
  /** For `--backchannel-logout-uri`. */
  readonly uri: string
  /** What was verified, oldest first. */
  readonly heard: readonly JWTPayload[]
  /** The last token as it came. */
  readonly token: string
  /** How often anything came. */
  readonly requests: number
  /** Answers with this from now on, instead of verifying; null verifies again. */
  answer: number | null
  /** The logout of this login, once it came. */
  logoutOf(sid: unknown): Promise<JWTPayload>
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export async function startLogoutListener(
  { issuer, ca }: Issuer,
  clientId: string,
): Promise<LogoutListener> {
  const owned = new AsyncDisposableStack()
  const dispatcher = new Agent({ connect: { ca } })
  owned.defer(() => dispatcher.close())
  const trusting = (url: string) => fetch(url, { dispatcher }) as unknown as Promise<Response>
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), { [customFetch]: trusting })
  const heard: JWTPayload[] = []
  const state = { answer: null as number | null, requests: 0, token: '' }

  async function take(request: IncomingMessage): Promise<number> {
    state.requests += 1
    const form = new URLSearchParams(await text(request))
    const token = form.get('logout_token') ?? ''
    noteSecret(token, 'logout token')
    state.token = token
    if (state.answer !== null) return state.answer
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer, audience: clientId, typ: 'logout+jwt', algorithms: ['RS256', 'ES256'] },
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'],
      maxTokenAge: '2 minutes',
    })
    const events = payload['events'] as Record<string, unknown>
    const isLogout = JSON.stringify(events) === JSON.stringify({ [EVENT]: {} })
    const isNew = heard.every(({ jti }) => jti !== payload.jti)
    const { method, url, headers } = request
    const isPost = method === 'POST' && url === '/backchannel'
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded'
    if (!isLogout || !isNew || !isPost || !isForm || 'nonce' in payload) return 400
    heard.push(payload)
    return 200
  }

  const server = createServer((request, response) => {
    void take(request)
      .catch(() => 400)
      .then((status) => {
        response.writeHead(status, { 'cache-control': 'no-store', location: '/elsewhere' }).end()
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  owned.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return {
    uri: `http://127.0.0.1:${port}/backchannel`,
    heard,
    get token() {
      return state.token
    },
    get requests() {
      return state.requests
    },
    get answer() {
      return state.answer
    },
    set answer(status) {
      state.answer = status
    },
    logoutOf: (sid) =>
      poll('the application hears of the logout', async () =>
        heard.find((payload) => payload['sid'] === sid),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
