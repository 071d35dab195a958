import type { IncomingMessage, ServerResponse } from 'node:http'
import { LanyardError, messageOf } from '../errors/index.ts'

/** Answers with JSON that no cache keeps (RFC 6749 §5.1). */
export function sendJson(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  })
  res.end(text)
}

/** Loaded with the first body: a start has no use for it. Kept, as an import that is done costs as much as a query. */
const load = () => import('co-body')
let loading: ReturnType<typeof load> | undefined

/**
 * Reads the text of a body that is JSON, within a limit; what is in it is for the caller to parse.
 * @throws LanyardError ERR_FORM_TYPE, ERR_FORM_TOO_LARGE, ERR_FORM_ABORTED
 */
export async function readJsonText(req: IncomingMessage, limitBytes: number): Promise<string> {
  const { 'content-type': type = '', 'content-encoding': encoding } = req.headers
  if (!/^application\/json *(;|$)/i.test(type) || encoding !== undefined) {
    throw new LanyardError('ERR_FORM_TYPE', 'the body must be application/json')
  }
  loading ??= load()
  const { default: coBody } = await loading
  try {
    return String(await coBody.text(req, { limit: limitBytes, encoding: 'utf8' }))
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 413) {
      throw new LanyardError('ERR_FORM_TOO_LARGE', `the body is larger than ${limitBytes} bytes`)
    }
    throw new LanyardError('ERR_FORM_ABORTED', `the body did not arrive: ${messageOf(error)}`)
  }
}
