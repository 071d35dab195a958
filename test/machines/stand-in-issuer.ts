/** An outside issuer of the tests' own: its address, keys and whatever it is told to answer, on real HTTPS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** As a test writes them: right or wrong. */
export type Claims = Readonly<Record<string, unknown>>

export interface StandInIssuer extends AsyncDisposable {
  readonly url: string
  /** PEM. */
  readonly ca: string
  readonly directory: string
  readonly caPath: string
  /** What was asked, in order. */
  readonly asked: string[]
  /** The key that signs, and its public half. */
  readonly kid: string
  readonly publicJwk: JWK
  keys(): JWK[]
  /** Answers a path in place of the usual. */
  answer(path: string, handler: (res: ServerResponse, req: IncomingMessage) => void): void
  /** A new key signs from now on; the set holds both. */
  rotate(): Promise<void>
  sign(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
}

export async function startStandInIssuer(path = ''): Promise<StandInIssuer> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  const authority = await createAuthority(directory, 'issuer-authority')
  const leaf = await authority.issue({ name: 'issuer', usage: 'server', hosts: ['localhost'] })
  const handlers = new Map<string, (res: ServerResponse, req: IncomingMessage) => void>()
  const asked: string[] = []
  const set: JWK[] = []
  let made = await generateKeyPair('RS256')
  let kid = ''

  async function rotate(): Promise<void> {
    made = await generateKeyPair('RS256', { extractable: true })
    kid = `key-${set.length + 1}`
    set.push({ ...(await exportJWK(made.publicKey)), kid, alg: 'RS256', use: 'sig' })
  }
  await rotate()

  const server = stack.use(
    await startHttpsServer(leaf, 'localhost', (req, res) => {
      asked.push(req.url ?? '')
      const handler = handlers.get(req.url ?? '')
      if (handler === undefined) res.writeHead(404).end()
      else handler(res, req)
    }),
  )
  const url = server.origin + path
  const json = (res: ServerResponse, body: object) =>
    void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  handlers.set(`${path}/.well-known/openid-configuration`, (res) =>
    json(res, { issuer: url, jwks_uri: `${url}/jwks` }),
  )
  handlers.set(`${path}/jwks`, (res) => json(res, { keys: set }))
  const owned = stack.move()
  return {
    ...{ url, directory, asked, rotate },
    ca: authority.certificate,
    caPath: authority.certificatePath,
    get kid() {
      return kid
    },
    get publicJwk() {
      const jwk = set.at(-1)
      if (jwk === undefined) throw new TypeError('no key')
      return jwk
    },
    keys: () => set,
    answer: (at, handler) => void handlers.set(at, handler),
    async sign(claims, header = {}) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, ...header })
        .sign(made.privateKey)
      noteSecret(token, "machine's token")
      return token
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
