import type { z } from 'zod'
import { LanyardError } from '../errors/index.ts'

/** What a request to the plugin's API carries. @throws LanyardError ERR_JSON_INVALID, which names the member */
export function parseBody<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new LanyardError('ERR_JSON_INVALID', `the body is wrong at "${where}"`)
}
