import type { DoctorCount, DoctorView, FindingRow, Words } from '../../../views/index.ts'
import type { Cluster } from '../../clusters/index.ts'
import type { Finding, Fix } from '../../doctor/index.ts'
import type { Web } from '../options.ts'

const states = { failed: 'bad', warning: 'warn', ok: 'ok', skipped: 'info' } as const
const order = { bad: 0, warn: 1, ok: 2, info: 3 } as const
const placesIn = ({ t }: Words) => ({
  server: t`on Lanyard’s server`,
  laptop: t`on the laptop`,
  apiserver: t`on the API server’s machine`,
})
/** Lines of an answer that somebody else wrote. */
const MOST_SEEN = 12

/** What the doctor last found: failures first, what passed after them. */
export function doctorView({ diagnosis }: Web, words: Words, { id }: Cluster): DoctorView {
  const last = diagnosis.last(id)
  if (last === undefined) return { at: null, findings: [] }
  const rows = last.findings.map((found) => rowOf(words, found))
  return { at: last.at, findings: rows.sort((a, b) => order[a.state] - order[b.state]) }
}

/** The same in two numbers; null where it did not run. */
export function doctorCount({ diagnosis }: Web, { id }: Cluster): DoctorCount | null {
  const last = diagnosis.last(id)
  if (last === undefined) return null
  const passed = last.findings.filter(({ status }) => status === 'ok').length
  return { passed, of: last.findings.length, at: last.at }
}

function rowOf(words: Words, { check, status, summary, why, seen, fixes }: Finding): FindingRow {
  return {
    ...{ check, state: states[status] },
    // As they are: many begin with a name, and names have no capitals.
    ...{ summary, why },
    seen: seen.slice(0, MOST_SEEN),
    fixes: status === 'ok' ? [] : fixes.map((fix) => fixOf(words, fix)),
  }
}

function fixOf(words: Words, fix: Fix): FindingRow['fixes'][number] {
  const { t } = words
  const places = placesIn(words)
  switch (fix.kind) {
    case 'advice':
      return { where: '', text: fix.text, isCommand: false }
    case 'command':
      return { where: places[fix.place], text: fix.line, isCommand: true }
    case 'edit': {
      const { file, line, remove, insert, place } = fix
      return {
        where:
          line === null
            ? t`${places[place]}, in ${file}, at its end`
            : t`${places[place]}, in ${file}, line ${line}`,
        text: [
          ...(remove === null ? [] : [`- ${remove}`]),
          ...(insert === null ? [] : [`+ ${insert}`]),
        ].join(' '),
        isCommand: true,
      }
    }
  }
}
