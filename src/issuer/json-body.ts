import type { IncomingMessage } from 'node:http'
import { LanyardError } from '../errors/index.ts'
import { readJsonText } from '../http/index.ts'

/** A certificate request of the largest key that is taken is a third of it. */
const MAX_BYTES = 32_768

/**
 * Reads a JSON object from a request's body.
 * @throws LanyardError ERR_FORM_TYPE, ERR_FORM_TOO_LARGE, ERR_FORM_ABORTED, ERR_JSON_INVALID
 */
export async function readJsonBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readJsonText(req, MAX_BYTES)
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
