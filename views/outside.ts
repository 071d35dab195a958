import { type Html, html } from './html.ts'

const LONGEST = 64

/**
 * Text that somebody else chose (device names, typed usernames) as it may be shown: without control, format and
 * bidirectional characters, which can rewrite the line around them, and 64 characters at most.
 */
export function outsideText(text: string): string {
  const shown = [...text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')]
  return shown.length <= LONGEST ? shown.join('') : `${shown.slice(0, LONGEST - 1).join('')}…`
}

/** The same, isolated from the direction of the text around it. */
export function outside(text: string, className?: string): Html {
  return className === undefined
    ? html`<bdi>${outsideText(text)}</bdi>`
    : html`<bdi class="${className}">${outsideText(text)}</bdi>`
}
