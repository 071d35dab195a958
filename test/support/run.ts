/**
 * `npm test`, or `node test/support/run.ts test/db …` for a part: node's own runner over every test file, then what only the
 * whole run can tell: no log of any server holds a secret, and nothing was left unproved in silence.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { findSecrets, readSkipped } from './log-secrets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What node's reporter says of the whole run: CI reads these lines, so they come last. */
const CLOSING = /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /

const args = process.argv.slice(2)
const parts = args.filter((arg) => !arg.startsWith('-'))
const files = findFiles(parts)
if (files.length === 0) {
  process.stderr.write(`lanyard: error: no test file in ${parts.join(', ') || 'test'}\n`)
  process.exitCode = 1
} else {
  const notes = mkdtempSync(join(tmpdir(), 'lanyard-tests-'))
  try {
    await runAll(notes)
  } finally {
    rmSync(notes, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function runAll(notes: string): Promise<void> {
  const options = args.filter((arg) => arg.startsWith('-'))
  const { code, closing } = await runNode([...options, ...files], notes)
  const secrets = findSecrets(notes)
  for (const complaint of secrets) process.stdout.write(`✖ a log holds a secret: ${complaint}\n`)
  const skipped = readSkipped(notes)
  for (const { what, how } of skipped)
    process.stdout.write(`⚠ NOT PROVED: ${what}; to prove it: ${how}\n`)
  const incomplete = skipped.length > 0 && (process.env['CI'] ?? '') !== ''
  if (incomplete) process.stdout.write('✖ with CI set, everything must be proved\n')
  for (const line of closing) process.stdout.write(`${line}\n`)
  process.exitCode = code === 0 && (secrets.length > 0 || incomplete) ? 1 : code
}

function findFiles(wanted: readonly string[]): string[] {
  const patterns = (wanted.length === 0 ? ['test'] : wanted).map((part) => {
    const path = relative(root, resolve(part)).replaceAll('\\', '/')
    const inRepository = wanted.length === 0 ? part : path
    const isDirectory = statSync(join(root, inRepository), { throwIfNoEntry: false })?.isDirectory()
    return isDirectory === true ? `${inRepository}/**/*.test.ts` : inRepository
  })
  // test/matrix takes hours: whole versions of other people's software, by its own command.
  const exclude = wanted.length === 0 ? ['test/matrix/**'] : []
  return globSync(patterns, { cwd: root, exclude }).toSorted()
}

/** Node's runner with its output passed on, all but the closing lines. */
async function runNode(
  rest: readonly string[],
  notes: string,
): Promise<{ code: number; closing: string[] }> {
  const concurrency = Math.max(2, availableParallelism())
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawn(
    process.execPath,
    ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', ...rest],
    {
      cwd: root,
      env: { ...process.env, ...colour, LANYARD_TEST_LOGS: notes },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  // Ctrl-C reaches the runner by itself; this process stays to clean up after it.
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGTERM', stop).on('SIGINT', () => {})
  const closing: string[] = []
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (CLOSING.test(stripVTControlCharacters(line))) closing.push(line)
    else process.stdout.write(`${line}\n`)
  }
  return { code: await exit, closing }
}
