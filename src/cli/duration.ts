import { LanyardError } from '../errors/index.ts'

const SECONDS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
])

/** Seconds of `90s`, `10m`, `1h` or `30d`. Throws ERR_USAGE, which names the option. */
export function readDuration(option: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
  if (number === '') {
    throw new LanyardError('ERR_USAGE', `${option} ${text}: a time is written 90s, 10m, 1h or 30d`)
  }
  return Number(number) * (SECONDS.get(unit) ?? 1)
}

/** As `readDuration` takes it, in the largest unit that says it whole: `15m`, `90s`. */
export function timeText(seconds: number): string {
  const [unit, size] = [...SECONDS].findLast(([, of]) => seconds % of === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}
