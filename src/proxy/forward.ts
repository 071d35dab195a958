import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { createProxyServer } from 'httpxy'
import { messageOf } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { Admitted } from './admit.ts'
import { answerRefusal } from './answer.ts'
import type { Journey } from './record.ts'
import { type Headers, refusal } from './types.ts'

export type Forward = (
  req: IncomingMessage,
  res: ServerResponse,
  admitted: Admitted,
  journey: Journey,
) => void

/** What concerned the connection to the apiserver alone. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-connection', 'upgrade']

const NOT_ACCEPTED = "the apiserver does not accept this proxy's own credentials"

interface Known {
  readonly admitted: Admitted
  readonly journey: Journey
}

/** Passes requests on by httpxy: it moves bytes in both directions as fast as the slower side takes them, and ends both together. */
export function createForward(log: Log): Forward {
  const journeys = new WeakMap<object, Known>()
  const proxy = createProxyServer({ xfwd: false, changeOrigin: false })
  proxy.on('proxyRes', (answer, req, res) => {
    const known = journeys.get(req)
    if (known !== undefined) onAnswer(log, known, answer, { req, res })
  })
  proxy.on('error', (error, req, res) => {
    const known = req === undefined ? undefined : journeys.get(req)
    if (known === undefined || req === undefined) return
    onError(log, known, error, { req, res: res as ServerResponse })
  })
  return (req, res, admitted, journey) => {
    const framing = framingOf(req)
    if (framing === null) {
      journey.status = 400
      const fault = 'the body is framed in a way that is not passed on'
      answerRefusal(req, res, refusal(400, 'BadRequest', fault))
      return
    }
    journeys.set(req, { admitted, journey })
    replaceHeaders(req, Object.assign(admitted.headers, framing))
    req.url = admitted.target
    const { target, agent } = admitted.cluster.upstream
    proxy
      .web(req, res, { target, agent, headers: { host: target.host } })
      .catch((error: unknown) => log.error({ err: error }, messageOf(error)))
  }
}

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Before the library writes the head of an answer. */
function onAnswer(
  log: Log,
  { admitted, journey }: Known,
  answer: IncomingMessage,
  { req, res }: Exchange,
): void {
  for (const name of HOP_BY_HOP) delete answer.headers[name]
  // Else the library would promise to keep a connection that its client asked to end.
  answer.headers.connection = res.shouldKeepAlive ? 'keep-alive' : 'close'
  journey.auditId = textOf(answer.headers['audit-id'])
  if (isOurFault(answer, admitted)) {
    log.error({ cluster: admitted.cluster.name }, NOT_ACCEPTED)
    answer.resume()
    journey.status = 502
    answerRefusal(req, res, refusal(502, 'InternalError', NOT_ACCEPTED))
    return
  }
  journey.status = answer.statusCode ?? 0
  if (admitted.info.verb === 'watch') journey.opened()
}

function onError(
  log: Log,
  { admitted, journey }: Known,
  error: unknown,
  { req, res }: Exchange,
): void {
  // A client that left, or was made to leave, ends the request to the apiserver too: nothing is wrong with that one.
  const isGone = journey.cutReason !== null || res.destroyed || res.closed
  if (!isGone) {
    log.warn({ cluster: admitted.cluster.name, err: error }, 'a request did not get through')
  }
  if (journey.status === 0 && !isGone) journey.status = 502
  answerRefusal(req, res, refusal(502, 'InternalError', 'the apiserver cannot be reached'))
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value.slice(0, 100) : ''
}

/** kubectl would take 401 for its own token's end and send the person to log in again. What a pod answers is its own business. */
function isOurFault({ statusCode }: IncomingMessage, { info }: Admitted): boolean {
  return statusCode === 401 && info.subresource !== 'proxy'
}

/** The library reads `headers`, which HTTP/2 requests have no setter for: what the client sent goes, ours come. */
function replaceHeaders(req: IncomingMessage, headers: Headers): void {
  if (req.httpVersionMajor === 1) {
    req.headers = headers
    return
  }
  for (const name of Object.keys(req.headers)) {
    // HTTP/2's own (RFC 9113 §8.3.1) are what `method` and `url` are read from; the library passes them on as such alone.
    if (!name.startsWith(':')) delete req.headers[name]
  }
  Object.assign(req.headers, headers)
}

/**
 * How the body is framed on the way to the apiserver, from how it came and from nothing that a client can take away by naming it in
 * `Connection`: a body without framing would be read as a request of its own, on a connection that speaks for everybody. Null
 * where it cannot be said.
 */
function framingOf(req: IncomingMessage): Headers | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers
  if (req.httpVersionMajor === 1) {
    if (encoding !== undefined) {
      return encoding.toLowerCase() === 'chunked' && length === undefined
        ? { 'transfer-encoding': 'chunked' }
        : null
    }
    return length === undefined ? {} : { 'content-length': length }
  }
  // HTTP/2 frames by itself (RFC 9113 §8.1): a length is optional, and nghttp2 holds the body to one that was given.
  const { stream } = req as unknown as Http2ServerRequest
  if (stream.endAfterHeaders) return length === undefined || length === '0' ? {} : null
  return length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }
}
