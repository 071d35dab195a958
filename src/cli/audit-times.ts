import { type EpochMs, LanyardError } from '../errors/index.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The moment that `--since` or `--until` names. Throws ERR_USAGE. */
export function readMoment(text: string, now: EpochMs): EpochMs {
  const ago = /^(\d{1,6})([smhd])$/.exec(text)
  if (ago !== null) return now - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs]
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
  const at = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new LanyardError(
    'ERR_USAGE',
    `time "${text}" must be like 30m, 24h, 7d or 2026-07-01T12:00:00Z`,
  )
}

/** `--since` and `--until` as a query has them. */
export function momentsOf(
  { since, until }: { readonly since?: string; readonly until?: string },
  now: EpochMs,
): { sinceMs?: EpochMs; untilMs?: EpochMs } {
  return {
    ...(since === undefined ? {} : { sinceMs: readMoment(since, now) }),
    ...(until === undefined ? {} : { untilMs: readMoment(until, now) }),
  }
}
