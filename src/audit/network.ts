import { isIPv6 } from 'node:net'

/**
 * The network that an address is counted under: an IPv4 address itself, the /64 of an IPv6 one (a visitor owns at least
 * that much), an IPv4-mapped address as IPv4. Null, and anything that is no address, counts as `unknown`.
 */
export function networkOf(address: string | null): string {
  if (address === null || address === '') return 'unknown'
  const bare = address.split('%')[0] ?? ''
  if (!isIPv6(bare)) return bare
  const groups = expand(bare)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return `${quad(groups[6])}.${quad(groups[7])}`
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight 16-bit groups; the URL parser writes every IPv6 literal in RFC 5952 form, embedded IPv4 included. */
function expand(address: string): number[] {
  const literal = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail = ''] = literal.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
}

function quad(group = 0): string {
  return `${group >> 8}.${group & 0xff}`
}
