import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** As long as nobody who reads along notices. */
const GATHER_MS = 10

/**
 * Gathers lines for a moment and writes them at once: under load a write for each line costs more than making the line. What a
 * process had to say last goes to the file descriptor at its end, unless it is killed.
 */
export function gatherLines(target: DestinationStream, fd: number): DestinationStream {
  let lines = ''
  const take = (): string => {
    const taken = lines
    lines = ''
    return taken
  }
  const flush = (): void => {
    const taken = take()
    if (taken !== '') target.write(taken)
  }
  process.on('exit', () => {
    const taken = take()
    if (taken !== '') writeSync(fd, taken)
  })
  return {
    write(line) {
      if (lines === '') setTimeout(flush, GATHER_MS)
      lines += line
    },
  }
}
