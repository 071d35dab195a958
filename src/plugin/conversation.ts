import { LanyardError, messageOf } from '../errors/index.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Everything a person reads passes here. The rules: stderr only; `error:` then `hint:`; no stack, no capital, no full stop; what came
 * from elsewhere can neither move the cursor nor run over many lines; nothing secret at any verbosity.
 */
export interface Conversation {
  /** Something the person must see. */
  tell(line: string): void
  /** Something only -v asks for: what is done and how long it took, never with what. */
  detail(line: string): void
  /** Reports a failure, with what to do next where it is known. */
  fail(error: unknown): void
}

const LONGEST_LINE = 500

/** Text from a server, made fit for a terminal: no control or direction-changing character, one line, bounded. */
export function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line
}

export function createConversation(around: Surroundings, verbose: boolean): Conversation {
  const say = (line: string) => around.say(`kubectl-lanyard: ${printable(line)}`)
  return {
    tell: say,
    detail: (line) => {
      if (verbose) {
        say(line)
      }
    },
    fail: (error) => {
      say(`error: ${messageOf(error)}`)
      if (error instanceof LanyardError && error.hint !== undefined) {
        say(`hint: ${error.hint}`)
      }
    },
  }
}
