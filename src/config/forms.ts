import { isIP, isIPv6 } from 'node:net'
import { z } from 'zod'

/*
 * The forms of values. Each takes what YAML gives and the text of an environment variable alike, and says in one clause what would be right:
 * that clause is the `expected` of a fault and a column of the reference.
 */

/** What the registry keeps of each key beside its description. */
export interface KeyMeta extends Record<string, unknown> {
  readonly description: string
  readonly form: string
  /** True where no fault may show the value. */
  readonly secret?: boolean
}

function form<T>(expected: string, parse: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, ctx): T => {
    const parsed = parse(value)
    if (parsed !== undefined) return parsed
    ctx.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

/** A key that must have a value, and has one when nobody gives it. */
export function keyWithDefault<T extends z.ZodType>(
  [expected, schema]: readonly [string, T],
  defaultValue: z.input<T>,
  description: string,
) {
  return schema.prefault(defaultValue as never).meta({ description, form: expected })
}

/** A key that may be left out. */
export function optionalKey<T extends z.ZodType>(
  [expected, schema]: readonly [string, T],
  description: string,
  more: Pick<KeyMeta, 'secret'> = {},
) {
  return schema.optional().meta({ description, form: expected, ...more })
}

export function pattern(expected: string, regex: RegExp) {
  return [expected, z.string(expected).regex(regex, expected)] as const
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  const expected = `one of ${values.join(', ')}`
  return [expected, z.enum(values, expected)] as const
}

export function path() {
  const expected = 'a path'
  return [expected, z.string(expected).min(1, expected)] as const
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

export function duration(min: string, max: string) {
  const expected = `a duration from ${min} to ${max}, such as 90s, 10m or 12h (a bare number is seconds)`
  const [low = 0, high = 0] = [parseDuration(min), parseDuration(max)]
  return [
    expected,
    form(expected, (value) => {
      const seconds = parseDuration(value)
      return seconds !== undefined && seconds >= low && seconds <= high ? seconds : undefined
    }),
  ] as const
}

function parseDuration(value: unknown): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(scalarText(value) ?? '')
  if (match === null) return undefined
  return Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 1)
}

export function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return [
    expected,
    form(expected, (value) => {
      const text = scalarText(value) ?? ''
      const number = Number(text)
      return /^\d{1,15}$/.test(text) && number >= min && number <= max ? number : undefined
    }),
  ] as const
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

export function listenAddress() {
  const expected =
    'host:port, such as 127.0.0.1:8443, 0.0.0.0:8443 or [::]:8443 (port 0: any free one)'
  return [expected, form(expected, parseListen)] as const
}

function parseListen(value: unknown): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([\w.-]+)):(\d{1,5})$/.exec(scalarText(value) ?? '')
  if (match === null) return undefined
  const [, bracketed, plain, digits] = match
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined
  const port = Number(digits)
  return port <= 65_535 ? { host: bracketed ?? plain ?? '', port } : undefined
}

/** A list in YAML; one text with commas in the environment. */
export function addressRanges() {
  const expected = 'a list of addresses and CIDR ranges, such as 10.0.0.0/8 or fd00::/8'
  return [
    expected,
    form(expected, (value) => {
      const list: unknown[] | undefined =
        typeof value === 'string'
          ? value.split(',').map((entry) => entry.trim())
          : Array.isArray(value)
            ? value
            : undefined
      const entries = list?.filter((entry) => entry !== '')
      return entries?.every(isRange) === true ? entries : undefined
    }),
  ] as const
}

function isRange(entry: unknown): entry is string {
  if (typeof entry !== 'string') return false
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry)
  const version = isIP(match?.[1] ?? '')
  if (version === 0 || entry.includes('%')) return false
  // An IPv4 address inside IPv6 is compared as IPv4: its prefix would count other bits.
  if (/^::ffff:/i.test(entry) && match?.[2] !== undefined) return false
  // 0.0.0.0/0 would trust whoever connects, and with that every forged header.
  const prefix = match?.[2] === undefined ? undefined : Number(match[2])
  return prefix === undefined || (prefix >= 1 && prefix <= (version === 4 ? 32 : 128))
}

/**
 * OpenID Connect Core §2: `iss` is compared as text, so there is one spelling: what a URL parser writes, less the slash at the end.
 */
export function issuerUrl() {
  const expected =
    'an https URL without query, fragment, user or slash at its end, such as https://id.example.com'
  return [
    expected,
    z.unknown().transform((value, ctx): string => {
      const spelling = typeof value === 'string' ? issuerSpelling(value) : undefined
      if (spelling !== undefined && spelling === value) return spelling
      const message = spelling === undefined ? expected : `this spelling: ${spelling}`
      ctx.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
  ] as const
}

function issuerSpelling(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) return undefined
  // The path becomes a cookie's Path and a route: plain segments only.
  if (!/^(?:\/[\w.~-]+)*\/?$/.test(url.pathname)) return undefined
  return url.href.replace(/\/$/, '')
}
