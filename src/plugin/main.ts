import { writeSync } from 'node:fs'
import { freshCertificate } from './cached-certificate.ts'
import { freshToken } from './cached-token.ts'
import { type Credential, execCredential, readExecInfo } from './exec-info.ts'
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

/** The exact arguments that kubeconfigs are given. Any other spelling takes the long way, to the same end. */
function cached(argv: readonly string[]): Credential | undefined {
  const [command, issuerOption, issuer, audienceOption, audience] = argv
  if (argv.length !== 5 || issuerOption !== '--issuer' || audienceOption !== '--audience') {
    return undefined
  }
  if (issuer === undefined || audience === undefined) {
    return undefined
  }
  if (command === 'get-token') {
    return freshToken(around, issuer, audience)
  }
  return command === 'get-certificate' ? freshCertificate(around, issuer, audience) : undefined
}

function printCached(argv: readonly string[]): boolean {
  try {
    const credential = cached(argv)
    if (credential !== undefined) {
      around.print(execCredential(readExecInfo(around), credential))
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
if (!printCached(argv)) {
  void runLongWay(argv)
}
