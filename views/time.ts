import { type Html, html } from './html.ts'
import type { Words } from './words/words.ts'

/** `relative` stays as it is for readers with a script; the others are written anew in their own zone. */
type Kind = 'relative' | 'full' | 'clock'

function time(words: Words, at: number, kind: Kind, text: Html | string): Html {
  const title = kind === 'relative' ? html` title="${words.fullTime(at)}"` : ''
  const shown = kind === 'relative' ? '' : html` data-time="${kind}"`
  return html`<time datetime="${new Date(at).toISOString()}"${title}${shown}>${text}</time>`
}

const distance = ({ t, ago }: Words, milliseconds: number): Html | string =>
  milliseconds < 1000 ? t`just now` : ago(milliseconds)

/** How long ago something was, with the exact time on demand. */
export function ago(words: Words, at: number, now: number): Html {
  return time(words, at, 'relative', distance(words, now - at))
}

/** How long until something ends. */
export function until(words: Words, at: number, now: number): Html {
  const { t } = words
  return time(words, at, 'relative', at <= now ? t`ended` : words.until(at - now))
}

/** An exact time, followed by how long ago it was. */
export function exactly(words: Words, at: number, now: number): Html {
  return html`${time(words, at, 'clock', words.clockTime(at))}, ${distance(words, now - at)}`
}

/** The day and time, in full. */
export function stamp(words: Words, at: number): Html {
  return time(words, at, 'full', words.fullTime(at))
}
