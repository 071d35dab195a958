/**
 * telemetry: the log.
 *
 * It owns the form of a line, and that no secret, token, code or password is ever in one. Rooms are given a `Log`; nothing logs by itself.
 */
export type { Log } from './log.ts'
