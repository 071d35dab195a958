interface ExitCode {
  readonly exitCode: number
  readonly meaning: string
  /** Codes of errors that end with it. */
  readonly errors: readonly string[]
}

/** How every command ends. A number never changes its meaning. */
export const exitCodes: readonly ExitCode[] = [
  { exitCode: 0, meaning: 'Done.', errors: [] },
  { exitCode: 1, meaning: 'It did not work; the line on stderr says why.', errors: [] },
  {
    exitCode: 2,
    meaning: 'The command line or the configuration is wrong. Nothing was done.',
    errors: ['ERR_USAGE', 'ERR_CONFIG'],
  },
  {
    exitCode: 3,
    meaning: 'The server cannot listen: the port is taken, or needs rights that this user lacks.',
    errors: ['ERR_LISTEN', 'ERR_PORT_IN_USE', 'EADDRINUSE', 'EADDRNOTAVAIL'],
  },
  {
    exitCode: 4,
    meaning: 'The data directory cannot be written.',
    errors: ['ERR_DATA_UNWRITABLE'],
  },
  {
    exitCode: 5,
    meaning: 'The key file, or a certificate or its key, cannot be read or used.',
    errors: ['ERR_KEY_FILE', 'ERR_KEY_SECRET', 'ERR_TLS_FILE'],
  },
  {
    exitCode: 6,
    meaning: "The machine's clock stands before 2026.",
    errors: ['ERR_CLOCK'],
  },
  {
    exitCode: 7,
    meaning: 'Another server is already running on this data directory.',
    errors: ['ERR_ALREADY_RUNNING'],
  },
  {
    exitCode: 8,
    meaning: 'The database was written by a newer Lanyard, or is damaged.',
    errors: ['ERR_SCHEMA_NEWER', 'ERR_DATABASE_DAMAGED'],
  },
]

/** The exit code for whatever was thrown. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const entry = exitCodes.find(({ errors }) => typeof code === 'string' && errors.includes(code))
  return entry?.exitCode ?? 1
}
