import { type Html, html } from './html.ts'

type Size = 16 | 18 | 24 | 40

const icon =
  (shape: Html, usual: Size = 18) =>
  (size: Size = usual): Html =>
    html`<svg viewBox="0 0 20 20" width="${size}" height="${size}" aria-hidden="true">${shape}</svg>`

export const clusterIcon = icon(
  html`<path d="M10 2l6.9 4v8L10 18l-6.9-4V6zM10 10v8M10 10l6.9-4M10 10L3.1 6"/>`,
  24,
)
export const applicationIcon = icon(
  html`<rect x="2.5" y="3.5" width="15" height="13" rx="2"/><path d="M2.5 7.5h15M5 5.5h.01M7.2 5.5h.01"/>`,
  24,
)
export const terminalIcon = icon(
  html`<rect x="2" y="3.5" width="16" height="13" rx="2"/><path d="M5.5 7.5l2.5 2.5-2.5 2.5M10.5 13h3.5"/>`,
)
export const personIcon = icon(
  html`<circle cx="10" cy="6.5" r="3.5"/><path d="M3.5 17.5c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5"/>`,
)
export const mailIcon = icon(
  html`<rect x="2.5" y="4.5" width="15" height="11" rx="1.5"/><path d="M3 6l7 5 7-5"/>`,
)
export const groupIcon = icon(
  html`<circle cx="7.5" cy="7" r="3"/><path d="M2 16.5c.4-3.5 2.5-4.5 5.5-4.5s5.1 1 5.5 4.5M13 4.3a3 3 0 0 1 0 5.4M15 12.3c2 .5 2.9 1.9 3.2 4.2"/>`,
)
export const homeIcon = icon(html`<path d="M3 9l7-6 7 6v8h-4.5v-5h-5v5H3z"/>`)
export const machineIcon = icon(
  html`<rect x="4" y="4" width="12" height="12" rx="2"/><path d="M8 8h4v4H8zM8 1.5V4M12 1.5V4M8 16v2.5M12 16v2.5M1.5 8H4M1.5 12H4M16 8h2.5M16 12h2.5"/>`,
)
export const recordIcon = icon(html`<path d="M4 2.5h12v15H4zM7 6.5h6M7 10h6M7 13.5h3"/>`)
export const reviewIcon = icon(
  html`<path d="M4 2.5h12v15H4zM6.8 7l1 1 2-2.2M6.8 12.5l1 1 2-2.2M12 7h1.5M12 12.5h1.5"/>`,
)
export const menuIcon = icon(html`<path d="M3 5.5h14M3 10h14M3 14.5h14"/>`)
export const downloadIcon = icon(html`<path d="M10 3v10M5.5 9l4.5 4.5L14.5 9M3.5 17h13"/>`, 16)
export const chevronIcon = icon(html`<path d="M7.5 4.5L13 10l-5.5 5.5"/>`)
export const copyIcon = icon(
  html`<rect x="7" y="7" width="10" height="10" rx="1.5"/><path d="M13 4.5V4a1.5 1.5 0 0 0-1.5-1.5H4.5A1.5 1.5 0 0 0 3 4v7a1.5 1.5 0 0 0 1.5 1.5"/>`,
  16,
)
export const keyIcon = icon(
  html`<circle cx="6.5" cy="10" r="3.7"/><path d="M10.2 10H18v3M14.5 10v2.5"/>`,
)
export const tickIcon = icon(
  html`<circle cx="10" cy="10" r="7.5"/><path d="M6.5 10.2l2.5 2.4 4.5-5"/>`,
  40,
)
export const infoIcon = icon(
  html`<circle cx="10" cy="10" r="7.5"/><path d="M10 9.2v4.5M10 6.3h.01"/>`,
)
export const warningIcon = icon(html`<path d="M10 2.5L18.2 17H1.8zM10 8v4M10 14.5h.01"/>`)
export const stopIcon = icon(
  html`<path d="M6.9 2.5h6.2l4.4 4.4v6.2l-4.4 4.4H6.9l-4.4-4.4V6.9zM7.5 7.5l5 5M12.5 7.5l-5 5"/>`,
)

/** Lanyard's own mark, in the colour of the text or of `.brand`. */
export const mark = (): Html =>
  html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><g fill="currentColor" stroke="none"><path d="M16.8 1H21.2L14.2 12H9.8zM2.8 1H7.2L11.5 7.8 9.3 11.2z"/><rect x="8.8" y="13" width="6.4" height="2.6" rx=".7"/></g><path stroke-width="2.1" d="M12 15v1.6a2.9 2.9 0 1 0 2.9 2.9"/></svg>`

/** The clip that holds a card to its strap. */
export const clip = (): Html =>
  html`<svg class="clip" viewBox="0 0 48 44" aria-hidden="true"><rect class="slot" x="9" y="26" width="30" height="8" rx="4"/><path d="M18.5 30v-8a5.5 5.5 0 0 1 11 0v8" stroke="currentColor" stroke-width="3"/><path fill="currentColor" d="M14 3h20a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-6v4h-8v-4h-6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z"/></svg>`
