import type { Rooms } from './rooms.ts'
import type { Answer, Format, Tell } from './tell.ts'
import type { Terminal } from './terminal.ts'

/** What every command takes. */
export interface CommonOptions {
  readonly output: Format
  readonly config?: string
}

/** One run of one command. */
export interface Session {
  readonly tell: Tell
  readonly terminal: Terminal
  /** Opens the rooms, does the work, says its answer, closes. The exit code is the answer's. */
  answer(options: CommonOptions, work: (rooms: Rooms) => Promise<Answer>): Promise<void>
  /** The same for what needs no rooms. */
  say(options: Pick<CommonOptions, 'output'>, answer: Answer): void
}
