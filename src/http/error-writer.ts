import type { Context, Middleware } from 'koa'
import { type Clock, LanyardError } from '../errors/index.ts'
import { errorStatus } from './error-status.ts'
import { setPagePolicy } from './page-policy.ts'
import { peerOf } from './peer.ts'
import { sentenceOf } from './sentence.ts'

/** What the error page shows. Nothing in it is markup. */
export interface ErrorPage {
  readonly title: string
  /** A whole sentence. */
  readonly sentence: string
  /** What to do: a whole sentence. */
  readonly todo: string
  readonly code: string
  readonly reference: string
  readonly time: Date
}

export interface ErrorLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ErrorWriterOptions {
  readonly log: ErrorLog
  readonly clock: Clock
  readonly renderErrorPage: (page: ErrorPage, ctx: Context) => string
}

/** The one writer of errors: everything thrown behind it, and every answer of 404, 405 or 501 without a body, becomes a page or JSON. */
export function errorWriter(options: ErrorWriterOptions): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      const fault = faultOfStatus(ctx)
      if (fault !== undefined) writeError(ctx, fault, ctx.status, options)
    } catch (error) {
      const { fault, status } = classify(error)
      const fields = { code: fault.code, status, requestId: peerOf(ctx.req).requestId }
      if (status >= 500) options.log.error({ ...fields, err: error }, 'a request failed')
      else options.log.info(fields, 'a request was refused')
      writeError(ctx, fault, status, options)
    }
  }
}

function faultOfStatus(ctx: Context): LanyardError | undefined {
  if (ctx.body !== undefined && ctx.body !== null) return undefined
  if (ctx.status === 404) {
    return new LanyardError('ERR_NOT_FOUND', 'there is nothing at this address', {
      hint: 'check the address, or start again from the page or command that led here',
    })
  }
  if (ctx.status === 405 || ctx.status === 501) {
    return new LanyardError('ERR_METHOD', 'this address does not take that method')
  }
  return undefined
}

function classify(error: unknown): { fault: LanyardError; status: number } {
  if (error instanceof LanyardError) return { fault: error, status: errorStatus(error.code) }
  const status = clientErrorStatus(error)
  if (status !== undefined) {
    const fault = new LanyardError('ERR_REQUEST', 'the request could not be understood')
    return { fault, status }
  }
  // Whatever went wrong inside is for the log alone.
  const fault = new LanyardError('ERR_INTERNAL', 'something went wrong on this server', {
    hint: 'try again, and tell the admin of this server the reference if it stays',
  })
  return { fault, status: 500 }
}

/** Koa's parts throw http-errors; only those made for the visitor are told apart. */
function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error)) return undefined
  const { status, expose } = error
  const isClients = typeof status === 'number' && status >= 400 && status < 500
  return isClients && expose === true ? status : undefined
}

function writeError(
  ctx: Context,
  fault: LanyardError,
  status: number,
  { clock, renderErrorPage }: ErrorWriterOptions,
): void {
  if (ctx.headerSent || !ctx.writable) return
  const { requestId } = peerOf(ctx.req)
  for (const name of ['Content-Type', 'Content-Length', 'ETag', 'Location', 'Last-Modified']) {
    ctx.remove(name)
  }
  setPagePolicy(ctx)
  ctx.vary('Accept')
  ctx.status = status
  if (ctx.accepts('json', 'html') === 'html') {
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = renderErrorPage(pageOf(fault, status, requestId, new Date(clock())), ctx)
  } else {
    ctx.body = { error: fault.code, error_description: fault.message, reference: requestId }
  }
}

function pageOf(fault: LanyardError, status: number, reference: string, time: Date): ErrorPage {
  return {
    title: titles[status] ?? (status >= 500 ? 'Something went wrong' : 'This did not work'),
    sentence: sentenceOf(fault.message),
    todo: sentenceOf(fault.hint ?? 'go back and start again; nothing was changed'),
    code: fault.code,
    reference,
    time,
  }
}

const titles: Readonly<Record<number, string>> = {
  403: 'Refused',
  404: 'Not found',
  405: 'Not possible here',
  503: 'Busy',
}
