import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { normaliseAddress } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { Admit, Admitted, Incoming } from './admit.ts'
import { answerRefusal, answerUpgradeRefusal } from './answer.ts'
import type { Forward } from './forward.ts'
import type { Metrics } from './metrics.ts'
import { beginJourney, type Journey } from './record.ts'
import { type Refusal, refusal } from './types.ts'
import { tunnel, upgradeOf } from './upgrade.ts'

export interface ListenerOptions {
  readonly admit: Admit
  readonly forward: Forward
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => number
  readonly connections: number
  readonly key: string
  readonly cert: string
}

const HEADERS_MS = 10_000
const IDLE_MS = 120_000
/** kube-apiserver's own, so that a client behaves through the proxy as it does without. */
const STREAMS_PER_CONNECTION = 250
const MAX_HEADER_BYTES = 64 * 1024

export interface Listener {
  readonly server: Http2SecureServer
  /** Takes nothing new; what is open may end by itself until then. */
  drain(ms: number): Promise<void>
}

/** HTTP/2 and HTTP/1.1 over TLS, with limits for those who have said nothing yet and none for streams. */
export function createListener(options: ListenerOptions): Listener {
  const { key, cert, connections } = options
  const server = createSecureServer({
    ...{ key, cert, allowHTTP1: true, minVersion: 'TLSv1.2', handshakeTimeout: HEADERS_MS },
    ...{ maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: false },
    // Else every second answer waits 40 ms for its head to be acknowledged.
    noDelay: true,
    settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION, maxHeaderListSize: MAX_HEADER_BYTES },
  })
  server.maxConnections = connections
  Object.assign(server, {
    headersTimeout: HEADERS_MS,
    // An upload takes as long as it takes: nobody gets so far without a token.
    requestTimeout: 0,
    keepAliveTimeout: IDLE_MS,
  })
  const sockets = new Set<Duplex>()
  server.on('secureConnection', (socket: TLSSocket) => {
    // A tunnel ends one half after the other; an HTTP/2 session whose client is gone would wait for its window for ever.
    socket.allowHalfOpen = socket.alpnProtocol !== 'h2'
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    endWhenIdle(session)
  })
  server.on('request', (req, res) => {
    const [request, response] = [req as unknown, res as unknown] as [
      IncomingMessage,
      ServerResponse,
    ]
    serve(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error }, 'a request failed')
      answerRefusal(
        request,
        response,
        refusal(500, 'InternalError', 'a fault of the proxy; its log says which'),
      )
    })
  })
  const onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    serveUpgrade(options, req, socket, head).catch((error: unknown) => {
      options.log.error({ err: error }, 'a request failed')
      socket.destroy()
    })
  }
  // HTTP/1.1 on this server emits what node:http does; the declarations of node:http2 do not say so.
  ;(server as unknown as NodeJS.EventEmitter).on('upgrade', onUpgrade)
  return { server, drain: (ms) => drain(server, { sockets, sessions }, ms) }
}

/** Short requests finish; whatever is still open then is a stream, and its client comes again. */
async function drain(
  server: Http2SecureServer,
  { sockets, sessions }: { sockets: Set<Duplex>; sessions: Set<ServerHttp2Session> },
  ms: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const session of sessions) session.close()
  ;(server as unknown as { closeIdleConnections(): void }).closeIdleConnections()
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, ms)
  await closed
  clearTimeout(cut)
}

/** Whoever is silent and has nothing open is let go. A watch may be silent for as long as it likes. */
function endWhenIdle(session: ServerHttp2Session): void {
  let open = 0
  let idle: NodeJS.Timeout | undefined
  const wait = () => {
    idle = setTimeout(() => session.close(), IDLE_MS).unref()
  }
  wait()
  session.on('error', () => session.destroy())
  session.on('stream', (stream) => {
    open += 1
    clearTimeout(idle)
    stream.once('close', () => {
      open -= 1
      if (open === 0 && !session.closed) wait()
    })
  })
  session.once('close', () => clearTimeout(idle))
}

async function serve(
  options: ListenerOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  // Before anything is waited for: a client that leaves meanwhile must not end the process.
  req.on('error', ignore)
  res.on('error', ignore)
  const incoming = incomingOf(req)
  const decided = await options.admit(incoming)
  if (res.destroyed || res.closed) return
  if (decided.kind === 'refused') {
    noteRefusal(options, incoming, decided)
    answerRefusal(req, res, decided)
    return
  }
  const journey = begin(options, incoming, decided, () => endResponse(res))
  res.once('close', () => journey.end())
  options.forward(req, res, decided, journey)
}

async function serveUpgrade(
  options: ListenerOptions,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', ignore)
  const incoming = incomingOf(req)
  const protocol = upgradeOf(req)
  const decided =
    protocol === null
      ? refusal(400, 'BadRequest', 'this proxy upgrades to WebSocket and SPDY/3.1, without a body')
      : await options.admit(incoming)
  if (socket.destroyed) return
  if (decided.kind === 'refused' || protocol === null) {
    if (decided.kind !== 'refused') return
    noteRefusal(options, incoming, decided)
    answerUpgradeRefusal(socket, decided)
    return
  }
  const journey = begin(options, incoming, decided, () => socket.destroy())
  tunnel({ req, socket, head }, { protocol, admitted: decided, journey, log: options.log })
}

function ignore(): void {}

/** Request ids of one run of the process are counted: they are for finding lines, and nothing is granted by one. */
const run = randomBytes(4).toString('hex')
let serial = 0

function begin(
  options: ListenerOptions,
  { address }: Incoming,
  admitted: Admitted,
  destroy: () => void,
): Journey {
  const { log, metrics, now } = options
  serial += 1
  const requestId = `${run}-${serial.toString(36)}`
  return beginJourney(admitted, { log, metrics, now, address, requestId, destroy })
}

/** HTTP/2: this one stream (RFC 9113 §8.7); HTTP/1.1: the connection, as there is no other way to say it. */
function endResponse(res: ServerResponse): void {
  const { stream } = res as unknown as { stream?: { close(code: number): void } }
  if (stream === undefined) res.destroy()
  else stream.close(8)
}

function noteRefusal(
  { log, metrics }: ListenerOptions,
  incoming: Incoming,
  { status, reason, message }: Refusal,
): void {
  metrics.refused(reason)
  const { address, method } = incoming
  const path = incoming.target.replace(/\?.*$/s, '').slice(0, 200)
  log.info({ status, reason, message, method, path, address }, 'refused')
}

function incomingOf(req: IncomingMessage): Incoming {
  const socket = req.socket as TLSSocket & { readonly servername?: string | false | null }
  const authority = req.headers[':authority']
  return {
    method: req.method ?? '',
    target: req.url ?? '',
    host: typeof authority === 'string' ? authority : (req.headers.host ?? ''),
    servername: typeof socket.servername === 'string' ? socket.servername : '',
    rawHeaders: req.rawHeaders,
    address: normaliseAddress(socket.remoteAddress ?? ''),
  }
}
