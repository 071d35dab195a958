/**
 * `npm run test:matrix`, or `npm run test:matrix -- 1.32 1.36`: the suite of line.test.ts on each line of Kubernetes, one after
 * another, the oldest first, and a table of what was found. UPDATE=1 writes it into docs/reference/kubernetes-versions.md;
 * else the run fails where that page says something else of a line than what can be known without a clock.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../src/errors/index.ts'
import { provideBinaries } from '../cluster/binaries.ts'
import { LINES, type Line, RELEASES } from '../cluster/control-plane.ts'
import {
  agrees,
  cellsOf,
  describeColdStarts,
  describeRevocations,
  type Findings,
  readRows,
  renderPage,
} from './page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = join(root, 'docs/reference/kubernetes-versions.md')
const args = process.argv.slice(2)
const unknown = args.filter((arg) => !LINES.some((line) => line === arg))
if (unknown.length > 0) {
  process.stderr.write(`lanyard: error: no line ${unknown.join(', ')} among ${LINES.join(', ')}\n`)
  process.exitCode = 2
} else {
  process.exitCode = await runLines(
    LINES.filter((line) => args.length === 0 || args.includes(line)),
  )
}

async function runLines(lines: readonly Line[]): Promise<number> {
  const found: Findings[] = []
  const failed: Line[] = []
  for (const line of lines) {
    const start = performance.now()
    const findings = await runLine(line)
    const seconds = Math.round((performance.now() - start) / 1000)
    process.stdout.write(
      `${findings === undefined ? '✖' : '✔'} Kubernetes ${RELEASES[line].version} in ${seconds} s\n`,
    )
    if (findings === undefined) failed.push(line)
    else found.push(findings)
  }
  for (const findings of found) report(findings)
  const starts = describeColdStarts(found.flatMap((each) => each.starts))
  const reloads = describeColdStarts(found.flatMap((each) => each.reloads))
  process.stdout.write(`\nrequests refused around starts ${starts}; around reloads ${reloads}\n`)
  const isRight = found.length === 0 || settlePage(found)
  if (failed.length > 0) process.stdout.write(`✖ failed on ${failed.join(', ')}\n`)
  return failed.length === 0 && isRight ? 0 : 1
}

async function isProvided(line: Line): Promise<boolean> {
  const { version } = RELEASES[line]
  try {
    if ((await provideBinaries(process.env, line)) !== undefined) return true
    process.stderr.write(
      `lanyard: error: no Kubernetes ${version} on this machine and no Go to build it: install Go from https://go.dev/dl\n`,
    )
  } catch (error) {
    // Other lines are worth a run all the same.
    process.stderr.write(`lanyard: error: Kubernetes ${version}: ${messageOf(error)}\n`)
  }
  return false
}

/** Undefined where the suite failed or could not run. */
async function runLine(line: Line): Promise<Findings | undefined> {
  if (!(await isProvided(line))) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'lanyard-matrix-'))
  const path = join(directory, 'findings.json')
  try {
    const child = spawn(process.execPath, ['test/support/run.ts', 'test/matrix/line.test.ts'], {
      cwd: root,
      env: { ...process.env, LANYARD_MATRIX_LINE: line, LANYARD_MATRIX_FINDINGS: path },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return code === 0 ? (JSON.parse(readFileSync(path, 'utf8')) as Findings) : undefined
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function report(findings: Findings): void {
  process.stdout.write(`\n| ${cellsOf(findings).join(' | ')} |\n`)
  for (const sentence of describeRevocations(findings)) process.stdout.write(`  ${sentence}\n`)
}

/** Writes the page, or compares what lasts of it. */
function settlePage(found: readonly Findings[]): boolean {
  const rows = readRows(readFileSync(page, 'utf8'))
  const stale = found.filter((each) => !agrees(rows.get(each.line), each))
  if (process.env['UPDATE'] === '1') {
    for (const each of found) rows.set(each.line, cellsOf(each))
    writeFileSync(page, renderPage(rows))
    return true
  }
  for (const { line } of stale) {
    process.stdout.write(
      `✖ docs/reference/kubernetes-versions.md says something else of ${line}: UPDATE=1 npm run test:matrix -- ${line}\n`,
    )
  }
  return stale.length === 0
}
