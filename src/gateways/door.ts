import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clusters, GatewayCluster, GatewayKind } from '../clusters/index.ts'
import { hasCode, LanyardError } from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'

/** One kind of gateway. `path` is relative to the issuer's path, and without a query. */
export interface Door {
  owns(path: string): boolean
  handle(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
}

/** Answers with JSON that no cache keeps. */
export function sendJson(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  })
  res.end(text)
}

/** RFC 6750 §2.1; undefined where there is none. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1]
}

/**
 * Reads a body whole.
 * @throws LanyardError ERR_BODY_TOO_LARGE, ERR_BODY_TYPE
 */
export function readBody(req: IncomingMessage, limit: number): Promise<string> {
  const { 'content-type': type = '', 'content-encoding': encoding } = req.headers
  if (!/^application\/json *(;|$)/i.test(type) || encoding !== undefined) {
    throw new LanyardError('ERR_BODY_TYPE', 'the body must be application/json')
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        chunks.length = 0
        req.pause()
        reject(new LanyardError('ERR_BODY_TOO_LARGE', `the body is larger than ${limit} bytes`))
      }
    })
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.on('error', reject)
    req.on('aborted', () => reject(new LanyardError('ERR_BODY_ABORTED', 'the body did not arrive')))
  })
}

/**
 * The cluster that the path names, for whoever shows a credential of it.
 * @throws LanyardError ERR_GATEWAY_CREDENTIAL, whatever is wrong: a stranger learns no cluster's name
 */
export async function findCluster(
  clusters: Pick<Clusters, 'gateways'>,
  kind: GatewayKind,
  req: IncomingMessage,
  name: string | undefined,
): Promise<GatewayCluster> {
  const value = bearerOf(req)
  const cluster =
    name === undefined || value === undefined
      ? undefined
      : await clusters.gateways.find(name, kind, value)
  if (cluster !== undefined) return cluster
  throw new LanyardError('ERR_GATEWAY_CREDENTIAL', 'this is no credential of this cluster')
}

const STATUS: Readonly<Record<string, number>> = {
  ERR_GATEWAY_CREDENTIAL: 401,
  ERR_BODY_TOO_LARGE: 413,
  ERR_BODY_TYPE: 415,
}

/** Says what was wrong with a request, or that something is wrong here; neither lets anybody in. */
export function sendFailure(
  req: IncomingMessage,
  res: ServerResponse,
  log: Log,
  error: unknown,
): void {
  const { requestId } = peerOf(req)
  // What is still coming is not read: the connection cannot be used again.
  if (!req.complete) res.setHeader('Connection', 'close')
  if (error instanceof LanyardError) {
    // RFC 9110 §15.5.2
    if (hasCode(error, 'ERR_GATEWAY_CREDENTIAL')) res.setHeader('WWW-Authenticate', 'Bearer')
    log.warn({ requestId, reason: error.message }, 'a gateway refused a request')
    sendJson(res, STATUS[error.code] ?? 400, { error: error.message, reference: requestId })
    return
  }
  log.error({ err: error, requestId }, 'a gateway failed')
  const sentence = 'the server failed to answer: see its log'
  sendJson(res, 500, { error: sentence, reference: requestId })
}
