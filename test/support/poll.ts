import { setTimeout as delay } from 'node:timers/promises'

export interface PollOptions {
  /** Time limit in milliseconds; 15 s unless told. */
  readonly timeoutMs?: number
  /** Pause between two attempts in milliseconds; 50 unless told. */
  readonly everyMs?: number
}

/**
 * Asks until the answer is neither undefined nor false, and resolves with it. For states of programs that are not ours and
 * announce nothing. A throw of `ask` ends the polling; when time runs out the error says what was waited for.
 */
export async function poll<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  options: PollOptions = {},
): Promise<T> {
  const { timeoutMs = 15_000, everyMs = 50 } = options
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`${what}: not so after ${timeoutMs} ms`)
    await delay(everyMs)
  }
}
