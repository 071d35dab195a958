import type { Language } from './words.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Unit = 'second' | 'minute' | 'hour' | 'day'

/** A length of time, rounded down to its largest unit. */
function measure(milliseconds: number): { readonly count: number; readonly unit: Unit } {
  const of = (unit: Unit, size: number) => ({ count: Math.floor(milliseconds / size), unit })
  if (milliseconds < MINUTE)
    return { count: Math.max(0, of('second', SECOND).count), unit: 'second' }
  if (milliseconds < HOUR) return of('minute', MINUTE)
  return milliseconds < 2 * DAY ? of('hour', HOUR) : of('day', DAY)
}

/** How a language says lengths and distances of time. */
export interface Times {
  /** `40 seconds`, `12 hours` */
  span(milliseconds: number): string
  /** `3 hours ago` */
  ago(milliseconds: number): string
  /** `in 3 hours` */
  until(milliseconds: number): string
  /** `14:02:11 UTC`: the server cannot know the reader's zone, so the zone is always written. */
  clockTime(at: number): string
  /** `24 Nov 2026, 14:02:11 UTC` */
  fullTime(at: number): string
}

const CLOCK = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
  timeZoneName: 'short',
} as const
const FULL = { ...CLOCK, day: 'numeric', month: 'short', year: 'numeric' } as const

export function createTimes(language: Language): Times {
  const units = new Map(
    (['second', 'minute', 'hour', 'day'] as const).map((unit) => [
      unit,
      new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }),
    ]),
  )
  const distance = new Intl.RelativeTimeFormat(language, { numeric: 'always' })
  // Day before month, and 24 hours: what most readers of English can read without a second look.
  const region = language === 'en' ? 'en-GB' : language
  const clock = new Intl.DateTimeFormat(region, CLOCK)
  const full = new Intl.DateTimeFormat(region, FULL)
  return {
    clockTime: (at) => clock.format(at),
    fullTime: (at) => full.format(at),
    span(milliseconds) {
      const { count, unit } = measure(milliseconds)
      return units.get(unit)?.format(count) ?? ''
    },
    ago(milliseconds) {
      const { count, unit } = measure(milliseconds)
      return distance.format(-count, unit)
    },
    until(milliseconds) {
      const { count, unit } = measure(milliseconds)
      return distance.format(count, unit)
    },
  }
}
