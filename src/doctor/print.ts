import { exitCodeOf, type Finding, type Fix } from './finding.ts'

const order = { failed: 0, warning: 1, skipped: 2, ok: 3 } as const
/** Characters of a line that an issuer's or a cluster's answer may stand in. */
const MAX_LINE = 2000
const places = {
  server: "on Lanyard's server",
  laptop: 'on the laptop',
  apiserver: "on kube-apiserver's machine",
} as const

/** Failures first, as the exit code has it; what is ok takes a line each. */
export function printFindings(findings: readonly Finding[]): string {
  const sorted = findings.toSorted((a, b) => order[a.status] - order[b.status])
  const width = Math.max(0, ...sorted.map(({ check }) => check.length))
  return sorted.map((finding) => printFinding(finding, width)).join('\n')
}

/** Clusters, issuers and logs say what they like: none of it may look like a line of ours or move the cursor. */
function printable(text: string): string {
  return text.replace(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** kube-apiserver draws the place of a fault below it. */
function onOneLine(text: string): string {
  return printable(cut(text.replace(/\s*\r?\n\s*/g, ' ')))
}

function cut(line: string): string {
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}…`
}

function printFinding({ check, status, fixes, ...said }: Finding, width: number): string {
  const [summary, why] = [onOneLine(said.summary), onOneLine(said.why)]
  const seen = said.seen.flatMap((each) => each.split('\n').map(cut))
  const head = `${status.padEnd(7)}  ${check.padEnd(width)}  ${summary}`
  if (status === 'ok') return head
  if (status === 'skipped') return why === '' ? head : `${head} (${why})`
  return [
    head,
    ...part('seen', seen),
    ...part('why', why === '' ? [] : [why]),
    ...fixes.flatMap((fix) => part('fix', printFix(fix))),
    '',
  ].join('\n')
}

function part(name: string, lines: readonly string[]): string[] {
  return lines.map(
    (line, index) => `         ${(index === 0 ? name : '').padEnd(5)} ${printable(line)}`,
  )
}

function printFix(fix: Fix): readonly string[] {
  switch (fix.kind) {
    case 'advice':
      return fix.text.split('\n')
    case 'command':
      return [`${places[fix.place]}: ${fix.line}`]
    case 'edit': {
      const { file, line, remove, insert, place } = fix
      const lines = (mark: string, text: string | null): string[] =>
        text === null ? [] : shorten(text.split(/\r?\n/)).map((each) => `${mark} ${each}`)
      return [
        `${places[place]}, in ${file}${line === null ? ', at its end' : `, line ${line}`}:`,
        ...lines('-', remove),
        ...lines('+', insert),
      ]
    }
  }
}

/** A PEM block is as good as its first line to whoever compares; the whole is in the JSON. */
function shorten(lines: readonly string[]): readonly string[] {
  return lines.length <= 24
    ? lines
    : [...lines.slice(0, 20), `… ${lines.length - 20} lines more: -o json`]
}

/** `2 failed, 1 warning, 30 ok`: one line for stderr. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number =>
    findings.filter((finding) => finding.status === status).length
  if (exitCodeOf(findings) === 0)
    return `all well: ${count('ok')} ok, ${count('skipped')} not looked at`
  const warnings = count('warning')
  return `${count('failed')} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok, ${count('skipped')} not looked at`
}
