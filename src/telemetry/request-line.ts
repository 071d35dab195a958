import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from './log.ts'

export interface RequestFacts {
  readonly address: string
  readonly requestId: string
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number
}

/** Writes one line when the response is done: never a query, a header or a body. */
export function logRequest(
  log: Log,
  req: IncomingMessage,
  res: ServerResponse,
  { address, requestId, now }: RequestFacts,
): void {
  const startedAt = now()
  const path = pathOf(req.url ?? '/')
  res.once('close', () => {
    const fields = {
      method: req.method ?? '',
      path,
      status: res.statusCode,
      ms: Math.round((now() - startedAt) * 10) / 10,
      requestId,
      address,
    }
    if (res.writableFinished) log.info(fields, 'request')
    else log.info({ ...fields, cut: true }, 'request')
  })
}

/** The last segment after these opens something, in the right browser or in any: it stays out, as a query does. */
function pathOf(url: string): string {
  const path = url.replace(/[?#].*$/s, '').slice(0, 200)
  return path.replace(/\/(auth|interaction|set-?up|invitation|reset|email)\/[^/]+/gi, '/$1/…')
}
