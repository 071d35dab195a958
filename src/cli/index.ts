/**
 * cli: the admin's commands: parse, call a room, print.
 *
 * It owns words, options, shapes and exit codes of `lanyard`. It holds no rule of the product: every command opens the same rooms
 * as the server on the same database, and a running server honours what it changed within a second. Passwords come from the
 * terminal or stdin, never from argv.
 */
import { type Command, CommanderError } from 'commander'
import { type Environment, exitCodeOf } from '../config/index.ts'
import { type Clock, LanyardError } from '../errors/index.ts'
import { createProgram } from './program.ts'
import { examine, openRooms, type Rooms } from './rooms.ts'
import type { Session } from './session.ts'
import { meantCommand } from './suggest.ts'
import { createTell, type Output } from './tell.ts'
import { createTerminal, type Terminal } from './terminal.ts'

export { renderCommands } from './reference.ts'
export type { Rooms } from './rooms.ts'
export type { Terminal } from './terminal.ts'

export interface RunOptions {
  readonly clock: Clock
  readonly env: Environment
  readonly cwd?: string
  readonly stdout?: Output
  readonly stderr?: Output
  readonly terminal?: Terminal
}

/** Runs one command and resolves with its exit code; whatever goes wrong has been told. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<number> {
  const { clock, env, cwd = process.cwd() } = options
  const tell = createTell(options.stdout ?? process.stdout, options.stderr ?? process.stderr)
  let exitCode = 0
  const session: Session = {
    tell,
    terminal: options.terminal ?? createTerminal(process.stdin, process.stderr),
    async answer({ output, config: configPath }, work) {
      const rooms: Rooms = await openRooms({ configPath, env, cwd, clock })
      try {
        const answer = await work(rooms)
        exitCode = answer.exitCode ?? 0
        tell.answer(answer, output)
      } finally {
        await rooms.close()
      }
    },
    async examine({ output, config: configPath }, work) {
      const examined = await examine({ configPath, env, cwd, clock })
      try {
        const answer = await work({ ...examined, env, clock })
        exitCode = answer.exitCode ?? 0
        tell.answer(answer, output)
      } finally {
        await examined.rooms?.close()
      }
    },
    run: (work) => work(clock),
    say: ({ output }, answer) => tell.answer(answer, output),
  }
  const program = createProgram(session)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const told = error instanceof CommanderError ? usageError(error, program, argv) : error
    tell.error(told)
    return exitCodeOf(told)
  }
}

/** Commander's mistakes in our words: one sentence, and where to look. */
function usageError({ code, message }: CommanderError, program: Command, argv: readonly string[]) {
  const [sentence = '', suggestion] = message.replace(/^error: /, '').split(/\n\(?/)
  const meant = code === 'commander.unknownCommand' ? meantCommand(program, argv) : undefined
  return new LanyardError(
    'ERR_USAGE',
    // Without a subcommand there is the help instead of a sentence.
    code === 'commander.help' ? 'a command is missing' : sentence.replace(/\.$/, ''),
    {
      hint:
        meant !== undefined
          ? `did you mean ${program.name()} ${meant}?`
          : suggestion === undefined
            ? `${pathOf(program, argv)} --help shows how`
            : suggestion.replace(/\)$/, '').replace('Did', 'did'),
    },
  )
}

function pathOf(program: Command, argv: readonly string[]): string {
  const words = [program.name()]
  let command = program
  for (const word of argv) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) break
    words.push(word)
    command = next
  }
  return words.join(' ')
}
