import {
  type DestinationStream,
  destination as fileDestination,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino'
import { gatherLines } from './gathered.ts'
import { prettyLine } from './pretty.ts'
import { scrubFields, scrubText } from './scrub.ts'

const STDERR = 2

/** Structured log lines. Whatever is passed, nothing that looks like a secret gets out. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A log that adds these fields to each of its lines. */
  child(bindings: object): Log
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'pretty' | 'json'
  /** Where whole lines go; stderr when it is left out, as stdout belongs to machines. */
  readonly destination?: DestinationStream
}

/** Makes the process's log. */
export function createLog({ level, format, destination }: LogOptions): Log {
  const target = destination ?? standardError(format)
  const stream: DestinationStream =
    format === 'json' ? target : { write: (line) => target.write(prettyLine(line)) }
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: scrubFields,
      },
      // The formatter has reduced it already; pino's own would copy every property of what looks like an error.
      serializers: { err: (reduced: unknown) => reduced },
      hooks: {
        logMethod([fields, message], method) {
          method.apply(this, [fields, scrubText(String(message))])
        },
      },
    },
    stream,
  )
  return wrap(logger)
}

function standardError(format: LogOptions['format']): DestinationStream {
  return format === 'pretty'
    ? fileDestination({ dest: STDERR, sync: true })
    : gatherLines(fileDestination({ dest: STDERR, sync: false }), STDERR)
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    // pino passes a child's bindings by its formatters.
    child: (bindings) => wrap(logger.child(scrubFields({ ...bindings }))),
  }
}
