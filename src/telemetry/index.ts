/**
 * telemetry: the log.
 *
 * It owns the form of a line, and that no secret, token, code or password is ever in one. Rooms are given a `Log`; nothing logs by itself.
 */
export { createLog, type Log, type LogOptions } from './log.ts'
export { logRequest, type RequestFacts } from './request-line.ts'
