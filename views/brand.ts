interface Scheme {
  readonly surface: string
  readonly sunken: string
  /** What text on the accent may be: white first, then ink. */
  readonly inks: readonly [string, string]
  readonly towards: 'black' | 'white'
}

const light: Scheme = {
  surface: '#ffffff',
  sunken: '#f1f5f5',
  inks: ['#ffffff', '#142123'],
  towards: 'black',
}
const dark: Scheme = {
  surface: '#161e20',
  sunken: '#111819',
  inks: ['#ffffff', '#05222a'],
  towards: 'white',
}

/** WCAG 2.2 success criterion 1.4.3. */
const ENOUGH = 4.5

/** How much of the accent tints the ground of what is selected, where the accent is text too. */
const TINT = 0.11

type Rgb = readonly [number, number, number]

export interface BrandColours {
  readonly accent: string
  readonly onAccent: string
}

/**
 * The accent for each colour scheme, from the admin's one `#rrggbb`: its lightness is moved, and its hue kept, until it
 * can be read on every ground of that scheme.
 */
export function brandColours(accent: string): {
  readonly light: BrandColours
  readonly dark: BrandColours
} {
  return { light: coloursFor(accent, light), dark: coloursFor(accent, dark) }
}

/** The stylesheet that overrides Lanyard's own accent. */
export function brandStylesheet(accent: string): string {
  const colours = brandColours(accent)
  const rule = ({ accent, onAccent }: BrandColours) =>
    `:root{--accent:${accent};--on-accent:${onAccent}}`
  return `${rule(colours.light)}\n@media (prefers-color-scheme:dark){${rule(colours.dark)}}\n`
}

function coloursFor(colour: string, scheme: Scheme): BrandColours {
  const start = parse(colour)
  const end: Rgb = scheme.towards === 'black' ? [0, 0, 0] : [255, 255, 255]
  // Towards black or white the contrast with the ground only grows: the first step that is enough is the closest.
  for (let step = 0; step <= 100; step++) {
    const accent = format(mix(start, end, step / 100))
    const tint = format(mix(parse(scheme.surface), parse(accent), TINT))
    if ([scheme.sunken, tint].some((ground) => contrast(accent, ground) < ENOUGH)) continue
    const onAccent = scheme.inks.find((ink) => contrast(ink, accent) >= ENOUGH)
    if (onAccent !== undefined) return { accent, onAccent }
  }
  throw new TypeError(`no readable accent between ${colour} and ${scheme.towards}`)
}

/** WCAG 2.2 contrast ratio of two `#rrggbb`, 1 to 21. */
export function contrast(one: string, other: string): number {
  const a = luminance(parse(one))
  const b = luminance(parse(other))
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const value = channel / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * share
  return [channel(0), channel(1), channel(2)]
}

function parse(colour: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour)
  if (match === null) throw new TypeError(`a colour must be #rrggbb, not ${colour}`)
  const channel = (index: 1 | 2 | 3) => Number.parseInt(match[index] ?? '', 16)
  return [channel(1), channel(2), channel(3)]
}

function format(colour: Rgb): string {
  return `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`
}
