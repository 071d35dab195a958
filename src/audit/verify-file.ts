import { readLine } from './canonical.ts'
import {
  type AuditVerification,
  changed,
  createReport,
  inserted,
  removed,
  rewritten,
  type VerifyOptions,
} from './verify.ts'

/** Looks at an exported file, by itself: it needs no database and no key. What it begins with is taken as it is. */
export async function verifyLines(
  lines: AsyncIterable<string>,
  { expected }: VerifyOptions = {},
): Promise<AuditVerification> {
  const report = createReport()
  let events = 0
  let number = 0
  let first: { readonly id: number; readonly previous: string } | undefined
  let last: { readonly id: number; readonly hash: string } | undefined
  let met = expected === undefined
  for await (const text of lines) {
    number++
    const line = readLine(text)
    if (line === undefined) {
      report.add({ kind: 'changed', id: null, sentence: `line ${number} is no exported event` })
      continue
    }
    events++
    first ??= line
    if (!line.intact) report.add(changed(line.id))
    if (last !== undefined && line.previous !== last.hash) {
      report.add(line.id > last.id + 1 ? removed(last.id + 1, line.id - 1) : inserted(line.id))
    }
    if (expected?.id === String(line.id)) {
      met = true
      if (expected.hash !== line.hash) report.add(rewritten(line.id))
    }
    last = line
  }
  if (!met && expected !== undefined) report.add(removed(Number(expected.id), 0))
  return {
    ...report.result(),
    events,
    firstId: first === undefined ? null : String(first.id),
    head: last === undefined ? null : { id: String(last.id), hash: last.hash },
    ...{ deletedUpTo: null, beganAt: null, olderUpTo: null },
  }
}
