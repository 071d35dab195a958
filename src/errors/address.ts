import { isIPv4, isIPv6 } from 'node:net'

/**
 * One spelling per address: an IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) becomes plain IPv4, IPv6 takes the form of RFC 5952, zones go.
 * Whatever is no address comes back as it was.
 */
export function normaliseAddress(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address
  const hextets = hextetsOf(address)
  if (hextets.slice(0, 5).every((part) => part === 0) && hextets[5] === 0xffff) {
    const [high = 0, low = 0] = hextets.slice(6)
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  }
  return canonicalIPv6(address)
}

/** What a limit counts and a record names: the address itself for IPv4, its /64 for IPv6, where a visitor has a whole one. */
export function networkOf(address: string): string {
  const normal = normaliseAddress(address)
  if (!isIPv6(normal)) return normal
  const prefix = hextetsOf(normal).slice(0, 4)
  return `${prefix.map((part) => part.toString(16)).join(':')}::/64`
}

function canonicalIPv6(address: string): string {
  const [withoutZone = ''] = address.split('%')
  return new URL(`http://[${withoutZone}]`).hostname.slice(1, -1)
}

function hextetsOf(address: string): number[] {
  const [head = '', tail] = canonicalIPv6(address).split('::')
  const before = parseHextets(head)
  if (tail === undefined) return before
  const after = parseHextets(tail)
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function parseHextets(text: string): number[] {
  return text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16))
}
