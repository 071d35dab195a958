/**
 * True for Lanyard's own address, `<issuer>/live` and whatever else lies below it, however it is spelt: none of its tokens is
 * ever the subject of an exchange.
 */
export function isOwnIssuer(candidate: string, own: string): boolean {
  const ours = plainForm(own)
  const theirs = plainForm(candidate)
  return theirs === ours || theirs.startsWith(`${ours}/`)
}

/** Lower case, without default port, dot segments, a dot after the host, query, fragment or slashes at the end. */
function plainForm(address: string): string {
  const trimmed = address.trim()
  if (!URL.canParse(trimmed)) return trimmed.toLowerCase().replace(/\/+$/, '')
  const { host, pathname } = new URL(trimmed)
  return `${host.replace(/\.(?=:|$)/, '')}${safeDecode(pathname)}`.toLowerCase().replace(/\/+$/, '')
}

function safeDecode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
