import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import type { Log } from '../telemetry/index.ts'
import type { Admitted } from './admit.ts'
import { answerUpgradeRefusal } from './answer.ts'
import type { Journey } from './record.ts'
import { refusal } from './types.ts'

export interface Client {
  readonly req: IncomingMessage
  readonly socket: Duplex
  /** What came behind the request's head. */
  readonly head: Buffer
}

/** What Kubernetes speaks over a connection that it takes over: exec, attach, port-forward, and pods' own WebSockets. */
const PROTOCOLS = new Set(['websocket', 'spdy/3.1'])
const HOP_BY_HOP = /^(?:connection|keep-alive|transfer-encoding|proxy-connection)$/i

/** The protocol that the client asks for, as it spells it; null where it is none that Kubernetes speaks. */
export function upgradeOf(req: IncomingMessage): string | null {
  const { upgrade } = req.headers
  const isEmpty = (req.headers['content-length'] ?? '0') === '0'
  const isPlain = req.headers['transfer-encoding'] === undefined
  if (upgrade === undefined || !isEmpty || !isPlain) return null
  return PROTOCOLS.has(upgrade.toLowerCase()) ? upgrade : null
}

/**
 * Asks the apiserver for the same protocol and, where it agrees, joins both connections until one of them ends. By hand: proxy
 * libraries pass WebSockets on and refuse SPDY, which is asked for by POST (docs/decisions/0014-authenticating-proxy.md).
 */
export function tunnel(
  { req, socket, head }: Client,
  {
    protocol,
    admitted,
    journey,
    log,
  }: {
    readonly protocol: string
    readonly admitted: Admitted
    readonly journey: Journey
    readonly log: Log
  },
): void {
  const { upstream } = admitted.cluster
  const base = upstream.url.pathname.replace(/\/$/, '')
  const asked = request(new URL(upstream.url.origin), {
    path: `${base}${admitted.target}`,
    method: req.method ?? 'GET',
    headers: {
      ...admitted.headers,
      ...{ connection: 'Upgrade', upgrade: protocol },
      ...(req.method === 'POST' ? { 'content-length': '0' } : {}),
    },
    // A tunnel's two directions end one after the other.
    createConnection: () =>
      connect({
        host: upstream.url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(upstream.url.port || 443),
        servername: servernameOf(upstream.url.hostname),
        ...{ ...upstream.tls, ca: [...upstream.tls.ca], allowHalfOpen: true },
        ...{ ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2' },
      }),
  })
  const over = () => {
    asked.destroy()
    journey.end()
  }
  socket.once('close', over)
  asked.on('upgrade', (answer, server, rest) => {
    journey.status = 101
    journey.auditId = String(answer.headers['audit-id'] ?? '')
    journey.opened()
    socket.write(headOf(answer, HOP_BY_HOP_OF_UPGRADE))
    if (rest.length > 0) server.unshift(rest)
    if (head.length > 0) socket.unshift(head)
    join(socket, server)
  })
  asked.on('response', (answer) => {
    journey.status = answer.statusCode ?? 0
    socket.write(headOf(answer, HOP_BY_HOP, 'connection: close\r\n'))
    answer.pipe(socket)
  })
  asked.on('error', (error) => {
    if (socket.destroyed) return
    if (journey.cutReason === null) {
      log.warn({ cluster: admitted.cluster.name, err: error }, 'a request did not get through')
    }
    if (journey.status !== 0) return void socket.destroy()
    journey.status = 502
    answerUpgradeRefusal(socket, refusal(502, 'InternalError', 'the apiserver cannot be reached'))
  })
  asked.end()
}

const HOP_BY_HOP_OF_UPGRADE = /^(?:keep-alive|transfer-encoding|content-length)$/i

function servernameOf(hostname: string): string {
  return /^[\d.]+$|^\[/.test(hostname) ? '' : hostname
}

function headOf(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  without: RegExp,
  more = '',
): string {
  let head = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!without.test(name)) head += `${name}: ${rawHeaders[index + 1]}\r\n`
  }
  return `${head}${more}\r\n`
}

/** Bytes go both ways as the other side takes them; an end is passed on, a break ends both. */
function join(client: Duplex, server: Duplex): void {
  for (const socket of [client, server] as (Duplex & Partial<TLSSocket>)[]) {
    socket.setTimeout?.(0)
    socket.setNoDelay?.(true)
    socket.setKeepAlive?.(true, 30_000)
  }
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
  client.once('close', () => server.destroy())
  server.once('close', () => client.destroy())
  client.pipe(server)
  server.pipe(client)
}
