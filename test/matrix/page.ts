/** The page that the matrix writes, and the numbers that one run of one line leaves. */
import type { ColdStart } from '../cluster/cold-start.ts'
import { LINES, type Line, RELEASES } from '../cluster/control-plane.ts'
import { type Revocation, summarise } from '../cluster/revocation.ts'

export interface Findings {
  readonly line: Line
  readonly version: string
  /** `v1beta1` or `v1`: what Lanyard prints for this line, and what its apiserver took. */
  apiVersion: string
  /** Whether an apiserver's audit log has the token's id. */
  hasCredentialId: boolean
  liveGroups: boolean
  readonly revocations: Revocation[]
  readonly starts: ColdStart[]
  readonly reloads: ColdStart[]
}

export function emptyFindings(line: Line): Findings {
  return {
    ...{ line, version: RELEASES[line].version, apiVersion: '' },
    ...{ hasCredentialId: false, liveGroups: false, revocations: [], starts: [], reloads: [] },
  }
}

const HEADER = [
  'Kubernetes',
  'release',
  'apiVersion',
  'live groups',
  'revoked, median s',
  'worst s',
  'refused at starts',
  'at reloads',
  'notes',
]

function notesOf({ apiVersion, hasCredentialId }: Findings): string {
  return [
    apiVersion === 'v1' ? 'reads `v1beta1` too' : 'refuses `v1`',
    ...(hasCredentialId ? [] : ['its audit log has no id of the token']),
  ].join('; ')
}

/** How many of the users' requests around so many starts, or reloads, were refused. */
export function describeColdStarts(counts: readonly ColdStart[]): string {
  const sum = (key: keyof ColdStart) => counts.reduce((all, each) => all + each[key], 0)
  return `${counts.length}: ${sum('refused')} of ${sum('asked')}`
}

/** What a run found, as the cells of its line. */
export function cellsOf(findings: Findings): string[] {
  const { line, version, apiVersion, liveGroups, revocations, starts, reloads } = findings
  const seconds = revocations.map((each) => each.seconds).sort((a, b) => a - b)
  const median = seconds[Math.floor(seconds.length / 2)] ?? Number.NaN
  const worst = seconds.at(-1) ?? Number.NaN
  return [
    ...[line, version, `\`${apiVersion}\``, liveGroups ? 'yes' : 'no'],
    ...[
      median.toFixed(1),
      worst.toFixed(1),
      describeColdStarts(starts),
      describeColdStarts(reloads),
    ],
    notesOf(findings),
  ]
}

/** Median and worst of each way of taking access away, for people to read. */
export function describeRevocations({ revocations }: Findings): string[] {
  return summarise(revocations).map(
    ({ way, runs, median, worst }) =>
      `${way}: ${runs} runs, median ${median.toFixed(2)} s, worst ${worst.toFixed(2)} s`,
  )
}

/** The cells of each line that a page has. */
export function readRows(page: string): Map<string, string[]> {
  const rows = page
    .split('\n')
    .filter((row) => /^\| 1\.\d+ \|/.test(row))
    .map((row) => row.slice(2, -2).split(' | '))
  return new Map(rows.map((cells) => [cells[0] ?? '', cells]))
}

/** The cells that no clock and no machine changes: line, release, apiVersion, live groups, notes. */
const LASTING = [0, 1, 2, 3, 8]

/** False where a page says something else of a line than a run found, but for what was measured. */
export function agrees(row: readonly string[] | undefined, findings: Findings): boolean {
  const cells = cellsOf(findings)
  return LASTING.every((index) => row?.[index] === cells[index])
}

export function renderPage(rows: ReadonlyMap<string, readonly string[]>): string {
  const table = [
    HEADER,
    HEADER.map(() => '---'),
    ...LINES.flatMap((line) => {
      const cells = rows.get(line)
      return cells === undefined ? [] : [cells]
    }),
  ]
  return `# Kubernetes versions

Lanyard is tried on the newest release of every line below: a real kube-apiserver, trusting it first by \`--oidc-*\` flags, then by
an AuthenticationConfiguration of the apiVersion that \`lanyard cluster config NAME --for structured --kubernetes-version LINE\` prints.

${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

- **revoked**: from the moment a command returns (a group's member removed, a user disabled or deleted, a device revoked, the cluster
  closed to a group) until a request is sent that the apiserver refuses; it had accepted the same token just before the command.
  It remembers a decision for ten seconds.
- **refused**: \`4: 0 of 26\` says that around four starts of an apiserver, or four changes of its configuration, users made 26
  requests, each with a fresh token, and none was refused.
- Proved on each as well: username and groups by flags; also uid, device and way of signing in by configuration; groups inside
  the token and live; kubectl with the plugin, and what a group is bound to; a token for another cluster and names that begin with
  \`system:\` refused.
- etcd and kubectl are those of the newest line, but on the oldest, which has its own kubectl. There is no kubelet: exec and
  port-forward streams were not tried.

\`npm run test:matrix\` runs all of it again, \`npm run test:matrix -- 1.33\` one line. What is not on the machine is built with Go, some minutes
for each line, once. With \`UPDATE=1\` it writes this table.
`
}
