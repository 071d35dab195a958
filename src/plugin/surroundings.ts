import type { Clock } from '../errors/index.ts'

/** All that a command may know of the process around it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** The person's home directory; asked only when HOME or an XDG directory is not set. */
  readonly home: () => string
  readonly clock: Clock
  /** For the machine: the ExecCredential, tables. */
  readonly print: (text: string) => void
  /** For the person: questions, progress, errors. */
  readonly say: (line: string) => void
  /** True when descriptor 0 and 2 are both a terminal. The descriptors are never read. */
  readonly onTerminal: () => boolean
  /** This user's numeric id, or undefined where the system has none (Windows). */
  readonly uid: number | undefined
  /** The file that runs now. */
  readonly program: string
}
