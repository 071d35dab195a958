import type { Environment, Settings } from '../config/index.ts'
import type { Clock, LanyardError } from '../errors/index.ts'
import type { Rooms } from './rooms.ts'
import type { Answer, Format, Tell } from './tell.ts'
import type { Terminal } from './terminal.ts'

/** What every command takes. */
export interface CommonOptions {
  readonly output: Format
  readonly config?: string
}

/** What there is to look at, also where no room can be opened. */
export type Examined = {
  readonly env: Environment
  readonly clock: Clock
} & (
  | { readonly rooms: Rooms }
  | {
      readonly rooms: null
      readonly error: LanyardError
      /** Null where the configuration itself is the fault. */
      readonly settings: Settings | null
    }
)

/** One run of one command. */
export interface Session {
  readonly tell: Tell
  readonly terminal: Terminal
  /** Opens the rooms, does the work, says its answer, closes. The exit code is the answer's. */
  answer(options: CommonOptions, work: (rooms: Rooms) => Promise<Answer>): Promise<void>
  /** The same for what is asked when nothing else works: it is given what could be opened. */
  examine(options: CommonOptions, work: (examined: Examined) => Promise<Answer>): Promise<void>
  /** For what runs until it is told to stop, without any room. */
  run(work: (clock: Clock) => Promise<void>): Promise<void>
  /** The same for what needs no rooms. */
  say(options: Pick<CommonOptions, 'output'>, answer: Answer): void
}
