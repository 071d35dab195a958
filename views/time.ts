import { type Html, html } from './html.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

/** A length of time in words, rounded to its largest unit: `40 seconds`, `12 hours`. */
export function span(milliseconds: number): string {
  if (milliseconds < MINUTE) return counted(Math.max(0, Math.floor(milliseconds / 1000)), 'second')
  if (milliseconds < HOUR) return counted(Math.floor(milliseconds / MINUTE), 'minute')
  if (milliseconds < 2 * DAY) return counted(Math.floor(milliseconds / HOUR), 'hour')
  return counted(Math.floor(milliseconds / DAY), 'day')
}

/** `14:02:11 UTC`: the server cannot know the reader's zone, so the zone is always written. */
export function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`
}

/** `24 Nov 2026, 14:02:11 UTC` */
export function fullTime(at: number): string {
  const date = new Date(at)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clockTime(at)}`
}

const time = (at: number, text: string): Html =>
  html`<time datetime="${new Date(at).toISOString()}" title="${fullTime(at)}">${text}</time>`

/** How long ago something was, with the exact time on demand. */
export function ago(at: number, now: number): Html {
  return time(at, now - at < 1000 ? 'just now' : `${span(now - at)} ago`)
}

/** How long until something ends. */
export function until(at: number, now: number): Html {
  return time(at, at <= now ? 'ended' : `in ${span(at - now)}`)
}

/** An exact time, followed by how long ago it was. */
export function exactly(at: number, now: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${clockTime(at)}</time>, ${
    now - at < 1000 ? 'just now' : `${span(now - at)} ago`
  }`
}

/** The day and time, in full. */
export function stamp(at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${fullTime(at)}</time>`
}
