import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Refusal } from './types.ts'

/** A refusal as every Kubernetes client reads one. */
export function statusObject({ status, reason, message, retryAfterSeconds }: Refusal): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `lanyard proxy: ${message}`,
    reason,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code: status,
  })
}

function headersOf(refused: Refusal, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    ...(refused.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(refused.retryAfterSeconds === undefined
      ? {}
      : { 'retry-after': String(refused.retryAfterSeconds) }),
  }
}

/** Answers a request that goes nowhere. What it still sends is not waited for. */
export function answerRefusal(req: IncomingMessage, res: ServerResponse, refused: Refusal): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const body = statusObject(refused)
  const unread = req.httpVersionMajor === 1 && !req.complete
  res.writeHead(refused.status, {
    ...headersOf(refused, body),
    ...(unread ? { connection: 'close' } : {}),
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** The same where the client asked for another protocol: the connection has no parser any more. */
export function answerUpgradeRefusal(socket: Duplex, refused: Refusal): void {
  const body = statusObject(refused)
  const headers = { ...headersOf(refused, body), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? ''}\r\n`
  socket.end(`${head}${lines.join('')}\r\n${body}`)
}
