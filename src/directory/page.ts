import { canonicaliseName } from '../kubernetes/index.ts'
import type { Page } from './types.ts'

const MAX_ROWS = 1_000
const LAST_CODE_POINT = '\u{10ffff}'

/** A page as a range of names, so that it is read from the index: `after` < name, `from` <= name < `before`. */
export function pageBounds({ after = '', limit = MAX_ROWS, prefix = '' }: Page) {
  const from = canonicaliseName(prefix)
  return {
    after: canonicaliseName(after),
    from,
    before: from + LAST_CODE_POINT,
    limit: Math.min(Math.max(1, Math.trunc(limit)), MAX_ROWS),
  }
}
