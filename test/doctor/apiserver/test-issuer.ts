import { constants, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { CompactSign } from 'jose'
import { Agent, request } from 'undici'
import type { FetchDocument } from '../../../src/doctor/index.ts'
import type { KeyPairFiles } from '../../support/certificates.ts'
import { type HttpsServer, startHttpsServer } from '../../support/https-server.ts'
import { noteSecret } from '../../support/log-secrets.ts'

function makeKeys() {
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
  return {
    rsa: rsa(2048),
    small: rsa(1024),
    p256: ec('P-256'),
    p384: ec('P-384'),
    p521: ec('P-521'),
    ed25519: generateKeyPairSync('ed25519').privateKey,
    stranger: rsa(2048),
  }
}

export const keys = makeKeys()
export type KeyName = keyof typeof keys

/** The public half as a JWK. */
export function jwkOf(name: KeyName): Record<string, unknown> {
  return { ...createPublicKey(keys[name]).export({ format: 'jwk' }), kid: name }
}

/** The private half too: what nobody should publish. */
export function privateJwkOf(name: KeyName): Record<string, unknown> {
  return { ...keys[name].export({ format: 'jwk' }), kid: name }
}

export interface TokenParts {
  readonly key?: KeyName
  readonly alg?: string
  /** Members over `alg` and `kid`; undefined takes one away. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The header's JSON itself, signed as it stands. */
  readonly headerText?: string
}

/** A token over exactly this payload, made by jose; by node:crypto where jose would refuse to. */
export async function signToken(payload: string, parts: TokenParts = {}): Promise<string> {
  const { key = 'rsa', alg = 'RS256', header = {}, headerText } = parts
  const protectedHeader = { alg, kid: key, ...header }
  const token =
    headerText === undefined &&
    Object.keys(header).every((name) => name === 'kid' || name === 'typ')
      ? await jose(payload, protectedHeader, key)
      : byHand(headerText ?? JSON.stringify(protectedHeader), payload, key, alg)
  noteSecret(token, 'token of the corpus')
  return token
}

async function jose(payload: string, header: { alg: string }, key: KeyName): Promise<string> {
  if (key === 'small') return byHand(JSON.stringify(header), payload, key, header.alg)
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader(header)
    .sign(keys[key])
}

export function byHand(header: string, payload: string, key: KeyName, alg: string): string {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const input = `${encode(header)}.${encode(payload)}`
  const hash = alg.startsWith('Ed') ? null : `sha${alg.slice(2)}`
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : undefined
  const signature = signBytes(hash, Buffer.from(input), {
    ...{ key: keys[key], dsaEncoding: 'ieee-p1363' },
    ...(padding === undefined ? {} : { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  })
  return `${input}.${signature.toString('base64url')}`
}

export interface Page {
  readonly status?: number
  readonly type?: string
  readonly body: string | (() => string | Promise<string>)
}

export interface TestIssuer extends HttpsServer {
  /** By path. A path that is not here answers 404. */
  readonly pages: Map<string, Page>
  /** Paths that were asked for, with their Authorization header. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[]
  /** An issuer with discovery and these keys below `/<name>`; returns its URL. */
  add(name: string, jwks: unknown): string
}

/** Many issuers behind one certificate, each a path. */
export async function startTestIssuer(files: KeyPairFiles): Promise<TestIssuer> {
  const pages = new Map<string, Page>()
  const asked: TestIssuer['asked'] = []
  const server = await startHttpsServer(files, 'localhost', (incoming, answer) => {
    const path = incoming.url ?? ''
    asked.push({ path, authorization: incoming.headers.authorization })
    const page = pages.get(path) ?? { status: 404, body: 'no such page' }
    const made = typeof page.body === 'string' ? page.body : page.body()
    void Promise.resolve(made).then((body) => {
      answer.writeHead(page.status ?? 200, {
        'content-type': page.type ?? 'application/json',
        'cache-control': 'no-store',
      })
      answer.end(body)
    })
  })
  const add: TestIssuer['add'] = (name, jwks) => {
    const issuer = `${server.origin}/${name}`
    const jwksUri = `${issuer}/jwks`
    pages.set(`/${name}/.well-known/openid-configuration`, {
      body: JSON.stringify({ issuer, jwks_uri: jwksUri }),
    })
    pages.set(`/${name}/jwks`, { body: typeof jwks === 'string' ? jwks : JSON.stringify(jwks) })
    return issuer
  }
  return {
    ...{ origin: server.origin, pages, asked, add },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** The port that the replay asks through, trusting one authority. */
export function documentsOf(authority: string): FetchDocument & AsyncDisposable {
  const dispatcher = new Agent({ connect: { ca: authority }, pipelining: 0 })
  const fetchDocument: FetchDocument = async (url, { bearer }) => {
    try {
      const answer = await request(url, {
        dispatcher,
        headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
      })
      const type = answer.headers['content-type']
      return {
        kind: 'answer',
        status: answer.statusCode,
        statusText: answer.statusText,
        contentType: typeof type === 'string' ? type : null,
        body: await answer.body.text(),
      }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      const { port } = new URL(url)
      return {
        kind: 'failed',
        reason:
          code === 'ECONNREFUSED'
            ? `dial tcp 127.0.0.1:${port}: connect: connection refused`
            : String(error),
      }
    }
  }
  return Object.assign(fetchDocument, {
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  })
}
