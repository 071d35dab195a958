import type { IncomingMessage } from 'node:http'
import { LanyardError, messageOf } from '../errors/index.ts'

/** A certificate request of the largest key that is taken is a third of it. */
const MAX_BYTES = 32_768

/**
 * Reads a JSON object from a request's body.
 * @throws LanyardError ERR_FORM_TYPE, ERR_FORM_TOO_LARGE, ERR_FORM_ABORTED, ERR_JSON_INVALID
 */
export async function readJsonBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  const { 'content-type': type = '', 'content-encoding': encoding } = req.headers
  if (!/^application\/json *(;|$)/i.test(type) || encoding !== undefined) {
    throw new LanyardError('ERR_FORM_TYPE', 'the body must be application/json')
  }
  const text = await readText(req)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new LanyardError('ERR_JSON_INVALID', 'the body is not JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LanyardError('ERR_JSON_INVALID', 'the body must be a JSON object')
  }
  return value as Record<string, unknown>
}

async function readText(req: IncomingMessage): Promise<string> {
  // Loaded with the first body: a start has no use for it.
  const { default: coBody } = await import('co-body')
  try {
    return String(await coBody.text(req, { limit: MAX_BYTES, encoding: 'utf8' }))
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 413) {
      throw new LanyardError('ERR_FORM_TOO_LARGE', `the body is larger than ${MAX_BYTES} bytes`)
    }
    throw new LanyardError('ERR_FORM_ABORTED', `the body did not arrive: ${messageOf(error)}`)
  }
}
