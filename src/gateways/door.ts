import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clusters, GatewayCluster, GatewayKind } from '../clusters/index.ts'
import { hasCode, LanyardError } from '../errors/index.ts'
import { errorStatus, peerOf, sendJson } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'

/** One kind of gateway. `path` is relative to the issuer's path, and without a query. */
export interface Door {
  owns(path: string): boolean
  handle(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
}

/** RFC 6750 §2.1; undefined where there is none. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1]
}

/** Whether it is POST; whoever comes otherwise is told. */
export function isPost(req: IncomingMessage, res: ServerResponse): boolean {
  if (req.method === 'POST') return true
  // RFC 9110 §15.5.6
  res.setHeader('Allow', 'POST')
  sendJson(res, 405, { error: 'only POST is answered here' })
  return false
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
    sendJson(res, errorStatus(error.code), { error: error.message, reference: requestId })
    return
  }
  log.error({ err: error, requestId }, 'a gateway failed')
  const sentence = 'the server failed to answer: see its log'
  sendJson(res, 500, { error: sentence, reference: requestId })
}
