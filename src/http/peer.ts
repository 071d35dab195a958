import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { type Actor, type By, normaliseAddress, type UserId } from '../errors/index.ts'
import type { ProxyMatcher } from './addresses.ts'
import { newRequestId } from './request-id.ts'

/** Who is on the other end, after trusted proxies were taken into account. */
export interface Peer {
  readonly address: string
  /** The reference of this request: on error pages, in log lines, in audit events. */
  readonly requestId: string
}

export interface AdmitOptions {
  readonly issuer: URL
  readonly trustedProxies: ProxyMatcher
}

const maxHops = 32
const peers = new WeakMap<IncomingMessage, Peer>()

/**
 * The first thing done with every request. Afterwards its headers say what we know and not what the peer claims: Host and scheme are the
 * issuer's, X-Forwarded-For is the one address we believe, every other forwarded header is gone, and the target is in origin form.
 */
export function admitRequest(req: IncomingMessage, { issuer, trustedProxies }: AdmitOptions): Peer {
  const { headers } = req
  const peer = { address: addressOf(req, trustedProxies), requestId: newRequestId() }
  for (const name in headers) if (isForwardedHeader(name)) delete headers[name]
  // The engine derives its URLs from these (it runs with `proxy`), so they are pinned whatever was sent.
  headers.host = issuer.host
  headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1)
  headers['x-forwarded-for'] = peer.address
  req.url = originForm(req.url ?? '/')
  peers.set(req, peer)
  return peer
}

/** @throws TypeError when the request has not been through `admitRequest`. */
export function peerOf(req: IncomingMessage): Peer {
  const peer = peers.get(req)
  if (peer === undefined) throw new TypeError('the request was not admitted')
  return peer
}

/** Who acts in a request: this person, or somebody who has proved nothing. */
export function byOfRequest(
  req: IncomingMessage,
  person: { readonly userId: UserId; readonly username: string } | null,
): By {
  const { address, requestId } = peerOf(req)
  const actor: Actor =
    person === null
      ? { kind: 'visitor' }
      : { kind: 'user', userId: person.userId, username: person.username }
  return { actor, address, requestId }
}

function isForwardedHeader(name: string): boolean {
  return (
    name.startsWith('x-forwarded') ||
    name === 'forwarded' ||
    name === 'x-real-ip' ||
    name.startsWith('x-original-') ||
    name === 'x-rewrite-url'
  )
}

function addressOf(req: IncomingMessage, trusted: ProxyMatcher): string {
  const own = normaliseAddress(req.socket.remoteAddress ?? '0.0.0.0')
  const header = req.headers['x-forwarded-for']
  if (header === undefined || !trusted(own)) return own
  // Every proxy appends the address it saw, so only the right end is known to be true: walk left until a hop is not one of ours.
  const hops = String(header).split(',').slice(-maxHops).reverse()
  let believed = own
  for (const hop of hops) {
    const address = parseHop(hop.trim())
    if (address === undefined) return own
    believed = address
    if (!trusted(address)) break
  }
  return believed
}

/** Some proxies write the port as well: `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
function parseHop(hop: string): string | undefined {
  const bare =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? hop.replace(/^([\d.]+):\d{1,5}$/, '$1')
  return isIP(bare) === 0 ? undefined : normaliseAddress(bare)
}

/** RFC 9112 §3.2.2: a server must accept the absolute form; its authority counts for nothing here, as Host does not. */
function originForm(target: string): string {
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')
  // `//evil.example/` would be another host to whoever resolves it against a base.
  return `/${path.replace(/^[/\\]+/, '')}`
}
