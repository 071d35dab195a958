import type { Context } from 'koa'
import { LanyardError, messageOf } from '../errors/index.ts'

/** The fields of a form, each name once. */
export type Form = ReadonlyMap<string, string>

const maxParameters = 100

/**
 * Reads an `application/x-www-form-urlencoded` body.
 * @throws LanyardError ERR_FORM_TYPE, ERR_FORM_TOO_LARGE, ERR_FORM_PARAMETERS (more than 100, or one name twice), ERR_FORM_ABORTED
 */
export async function readForm(ctx: Context, { limitBytes = 16_384 } = {}): Promise<Form> {
  const encoding = ctx.req.headers['content-encoding']
  if (ctx.is('application/x-www-form-urlencoded') === false || encoding !== undefined) {
    throw new LanyardError('ERR_FORM_TYPE', 'the body must be application/x-www-form-urlencoded')
  }
  return parseForm(await readBody(ctx, limitBytes))
}

async function readBody(ctx: Context, limitBytes: number): Promise<string> {
  // Loaded with the first form: a start has no use for it. What fails here is nobody's form, and names files of this server.
  const { default: coBody } = await import('co-body')
  try {
    const text: unknown = await coBody.text(ctx.req, { limit: limitBytes, encoding: 'utf8' })
    return String(text)
  } catch (error) {
    // What is still coming is not read: the connection cannot be used again.
    ctx.set('Connection', 'close')
    if (error instanceof Error && 'status' in error && error.status === 413) {
      throw new LanyardError('ERR_FORM_TOO_LARGE', `the form is larger than ${limitBytes} bytes`)
    }
    throw new LanyardError('ERR_FORM_ABORTED', `the form did not arrive: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function parseForm(text: string): Form {
  // Counted before anything is made of them.
  let separators = 0
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) separators += 1
  if (separators >= maxParameters) {
    throw new LanyardError('ERR_FORM_PARAMETERS', `the form has more than ${maxParameters} fields`)
  }
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) {
      throw new LanyardError('ERR_FORM_PARAMETERS', 'the form has one field more than once')
    }
    form.set(name, value)
  }
  return form
}
