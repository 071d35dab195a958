import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** Says whether an address is one of the proxies that the configuration trusts. */
export type ProxyMatcher = (address: string) => boolean

/**
 * @param ranges addresses and CIDR ranges, IPv4 or IPv6; the configuration has checked their form.
 * @throws TypeError for anything else.
 */
export function createProxyMatcher(ranges: readonly string[]): ProxyMatcher {
  if (ranges.length === 0) return () => false
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

function addRange(list: BlockList, range: string): void {
  const [network = '', prefix] = range.split('/')
  if (isIP(network) === 0) throw new TypeError(`"${range}" is not an address or CIDR range`)
  const address = normaliseAddress(network)
  if (prefix === undefined) list.addAddress(address, familyOf(address))
  else list.addSubnet(address, Number(prefix), familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

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

/** What a limit counts: the address itself for IPv4, its /64 for IPv6, where one visitor usually has a whole one. */
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
