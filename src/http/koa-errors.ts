import type { Context } from 'koa'
import type { ErrorLog } from './error-writer.ts'
import { peerOf } from './peer.ts'

/** A socket that was closed, or a body that is no HTTP: the line of the request says that it was cut. */
const CONNECTION_FAULT = /^(?:EPIPE|ECONNRESET|ECONNABORTED|ERR_STREAM_\w+|HPE_\w+)$/

/**
 * A listener for the `error` of a Koa application. Without one Koa prints the stack of every connection that somebody cuts to
 * stderr, past the log and what it keeps out.
 */
export function koaErrors(log: ErrorLog): (error: Error, ctx?: Context) => void {
  return (error, ctx) => {
    if ('code' in error && CONNECTION_FAULT.test(String(error.code))) return
    const requestId = ctx === undefined ? null : peerOf(ctx.req).requestId
    log.error({ err: error, requestId }, 'a request failed unanswered')
  }
}
