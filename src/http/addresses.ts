import { BlockList, isIP, isIPv4 } from 'node:net'
import { normaliseAddress } from '../errors/index.ts'

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
