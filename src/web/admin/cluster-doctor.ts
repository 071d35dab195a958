import type { DoctorCount, DoctorView, FindingRow } from '../../../views/index.ts'
import type { Cluster } from '../../clusters/index.ts'
import type { Finding, Fix } from '../../doctor/index.ts'
import type { Web } from '../options.ts'

const states = { failed: 'bad', warning: 'warn', ok: 'ok', skipped: 'info' } as const
const order = { bad: 0, warn: 1, ok: 2, info: 3 } as const
const places = {
  server: 'on Lanyard’s server',
  laptop: 'on the laptop',
  apiserver: 'on the API server’s machine',
} as const
/** Lines of an answer that somebody else wrote. */
const MOST_SEEN = 12

/** What the doctor last found: failures first, what passed after them. */
export function doctorView({ diagnosis }: Web, { id }: Cluster): DoctorView {
  const last = diagnosis.last(id)
  if (last === undefined) return { at: null, findings: [] }
  const rows = last.findings.map(rowOf)
  return { at: last.at, findings: rows.sort((a, b) => order[a.state] - order[b.state]) }
}

/** The same in two numbers; null where it did not run. */
export function doctorCount({ diagnosis }: Web, { id }: Cluster): DoctorCount | null {
  const last = diagnosis.last(id)
  if (last === undefined) return null
  const passed = last.findings.filter(({ status }) => status === 'ok').length
  return { passed, of: last.findings.length, at: last.at }
}

function rowOf({ check, status, summary, why, seen, fixes }: Finding): FindingRow {
  return {
    ...{ check, state: states[status] },
    // As they are: many begin with a name, and names have no capitals.
    ...{ summary, why },
    seen: seen.slice(0, MOST_SEEN),
    fixes: status === 'ok' ? [] : fixes.map(fixOf),
  }
}

function fixOf(fix: Fix): FindingRow['fixes'][number] {
  switch (fix.kind) {
    case 'advice':
      return { where: '', text: fix.text, isCommand: false }
    case 'command':
      return { where: places[fix.place], text: fix.line, isCommand: true }
    case 'edit': {
      const { file, line, remove, insert, place } = fix
      const at = line === null ? 'at its end' : `line ${line}`
      return {
        where: `${places[place]}, in ${file}, ${at}`,
        text: [
          ...(remove === null ? [] : [`- ${remove}`]),
          ...(insert === null ? [] : [`+ ${insert}`]),
        ].join(' '),
        isCommand: true,
      }
    }
  }
}
