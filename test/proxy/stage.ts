import { createWriteStream } from 'node:fs'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import {
  type ProxyConfig,
  type ProxyOptions,
  type RunningProxy,
  startProxy,
} from '../../src/proxy/index.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { type Authority, createAuthority, type KeyPairFiles } from '../support/certificates.ts'
import { logFile, noteSecret } from '../support/log-secrets.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export interface StubPerson {
  username: string
  uid?: string | null
  groups: string[]
  extra?: Record<string, string[]>
}

/** Lanyard as the proxy sees it, answering from a map that a test may change. */
export interface StubLanyard {
  readonly people: Map<string, StubPerson | string>
  readonly asks: { token: string; openedAt?: number }[][]
  /** Status of every answer; 200 unless told. */
  status: number
  /** Questions that had another answer than 200. */
  unanswered: number
}

export interface Stage extends AsyncDisposable {
  readonly directory: string
  readonly authority: Authority
  readonly serving: KeyPairFiles
  readonly lanyard: StubLanyard
  readonly config: ProxyConfig
  readonly proxy: RunningProxy
  /** Lines of the proxy's log, parsed. */
  readonly lines: Record<string, unknown>[]
  readonly upstreamPort: number
  /** Connections that the upstream has open. */
  readonly upstreamSockets: Set<Duplex>
}

export const CREDENTIAL = 'proxy-credential-for-tests-0123456789abcdef'

export interface StageOptions {
  readonly mode?: 'front-proxy' | 'impersonation'
  readonly handle: RequestListener
  readonly upgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly change?: (config: ProxyConfig) => ProxyConfig
  /** Files of its own, before the proxy starts. */
  readonly prepare?: (directory: string) => Promise<void>
  readonly options?: Partial<Omit<ProxyOptions, 'config' | 'log'>>
}

/** A proxy between a stub Lanyard and a stub apiserver that asks for a client certificate, all over TLS. */
export async function setStage({
  mode = 'front-proxy',
  handle,
  upgrade,
  change = (config) => config,
  prepare = async () => {},
  options = {},
}: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  await prepare(directory)
  const authority = await createAuthority(directory, 'authority')
  const serving = await authority.issue({
    ...{ name: 'serving', usage: 'server' },
    hosts: ['localhost', '127.0.0.1', 'alpha.test', 'beta.test'],
  })
  const client = await authority.issue({ name: 'front-proxy', usage: 'client' })
  const lanyard: StubLanyard = { people: new Map(), asks: [], status: 200, unanswered: 0 }
  noteSecret(CREDENTIAL, 'credential')
  const lanyardPort = await serve(stack, serving, authority, createLanyardListener(lanyard))
  const upstreamSockets = new Set<Duplex>()
  const upstreamPort = await serve(stack, serving, authority, handle, (server) => {
    server.on('secureConnection', (socket: TLSSocket) => {
      upstreamSockets.add(socket)
      socket.once('close', () => upstreamSockets.delete(socket))
    })
    if (upgrade !== undefined) server.on('upgrade', upgrade)
  })
  const ca = authority.certificatePath
  const upstream = {
    ...{ server: `https://127.0.0.1:${upstreamPort}`, certificateAuthority: ca, mode },
    ...{ clientCertificate: client.certificatePath, clientKey: client.keyPath, tokenFile: null },
  }
  const cluster = {
    ...{ issuer: `https://localhost:${lanyardPort}`, issuerCertificateAuthority: ca },
    ...{ credential: CREDENTIAL, upstream },
  }
  const config = change({
    listen: { host: '127.0.0.1', port: 0 },
    health: { host: '127.0.0.1', port: 0 },
    tls: { certificate: serving.certificatePath, key: serving.keyPath },
    clusters: [
      { ...cluster, name: 'alpha', hosts: ['alpha.test'] },
      { ...cluster, name: 'beta', hosts: ['beta.test'] },
    ],
    limits: {
      requestsPerSecond: 100_000,
      openPerUser: 5_000,
      connections: 10_000,
      refusedPerMinute: 10_000,
    },
    log: { level: 'info', format: 'json' },
  })
  const lines: Record<string, unknown>[] = []
  const file = createWriteStream(logFile('proxy'))
  const log = createLog({
    ...{ level: 'debug', format: 'json' },
    destination: {
      write(line) {
        file.write(line)
        lines.push(JSON.parse(line) as Record<string, unknown>)
      },
    },
  })
  const proxy = await startProxy({ config, log, clock: Date.now, drainMs: 200, ...options })
  stack.defer(() => proxy.close())
  const owned = stack.move()
  return {
    ...{
      directory,
      authority,
      serving,
      lanyard,
      config,
      proxy,
      lines,
      upstreamPort,
      upstreamSockets,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function serve(
  stack: AsyncDisposableStack,
  serving: KeyPairFiles,
  authority: Authority,
  handle: RequestListener,
  prepare: (server: Server) => void = () => {},
): Promise<number> {
  const server = createHttpsServer(
    {
      ...{ cert: serving.certificate, key: serving.key, ca: authority.certificate },
      ...{ requestCert: true, rejectUnauthorized: false, requestTimeout: 0 },
    },
    handle,
  )
  const sockets = new Set<Duplex>()
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  prepare(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function createLanyardListener(lanyard: StubLanyard): RequestListener {
  return (req, res) => {
    let text = ''
    req.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    req.on('end', () => {
      const isKnown = req.headers.authorization === `Bearer ${CREDENTIAL}`
      if (!isKnown || lanyard.status !== 200) {
        lanyard.unanswered += 1
        res.writeHead(isKnown ? lanyard.status : 401).end()
        return
      }
      const { reviews } = JSON.parse(text) as { reviews: { token: string; openedAt?: number }[] }
      lanyard.asks.push(reviews)
      const answers = reviews.map(({ token }) => {
        const known = lanyard.people.get(token) ?? 'this token is unknown'
        return typeof known === 'string' ? { refused: known } : { user: known }
      })
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ reviews: answers }))
    })
  }
}
