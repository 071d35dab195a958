import { writeSync } from 'node:fs'
import { freshToken } from './cached-token.ts'
import { execCredential, readExecInfo } from './exec-info.ts'
import type { Surroundings } from './surroundings.ts'

/** Straight to the descriptor: making `process.stdout` costs more than all else that a cached token needs. */
function printAll(text: string): void {
  let bytes = Buffer.from(text)
  try {
    while (bytes.length > 0) {
      bytes = bytes.subarray(writeSync(1, bytes))
    }
  } catch {
    // A reader that made the pipe non-blocking and is slow (EAGAIN), or has gone (EPIPE): the stream knows what to do.
    process.stdout.write(bytes)
  }
}

const around: Surroundings = {
  env: process.env,
  platform: process.platform,
  home: () => process.env['HOME'] || process.getBuiltinModule('node:os').homedir(),
  clock: Date.now,
  print: printAll,
  say: (line) => void process.stderr.write(`${line}\n`),
  onTerminal() {
    const { isatty } = process.getBuiltinModule('node:tty')
    return isatty(0) && isatty(2)
  },
  uid: process.getuid?.(),
  program: process.argv[1] ?? '',
}

/** The exact arguments that `setup` writes into a kubeconfig. Any other spelling takes the long way, to the same end. */
function writtenBySetup(argv: readonly string[]): { issuer: string; audience: string } | null {
  const [command, issuerOption, issuer, audienceOption, audience] = argv
  return argv.length === 5 &&
    command === 'get-token' &&
    issuerOption === '--issuer' &&
    audienceOption === '--audience' &&
    issuer !== undefined &&
    audience !== undefined
    ? { issuer, audience }
    : null
}

function printFreshToken(argv: readonly string[]): boolean {
  const wanted = writtenBySetup(argv)
  if (wanted === null) {
    return false
  }
  try {
    const token = freshToken(around, wanted.issuer, wanted.audience)
    if (token !== undefined) {
      around.print(execCredential(readExecInfo(around), token))
      return true
    }
  } catch {
    // The long way meets the same fault, and has the words for it.
  }
  return false
}

async function runLongWay(argv: readonly string[]): Promise<void> {
  const { runCommand } = await import('./commands.ts')
  process.exitCode = await runCommand(argv, around)
}

const argv = process.argv.slice(2)
if (!printFreshToken(argv)) {
  void runLongWay(argv)
}
