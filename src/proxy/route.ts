import { type Refusal, refusal } from './types.ts'

/** What a request says of where it goes. */
export interface Direction {
  /** The request target, as it came. */
  readonly target: string
  /** `Host` or `:authority`. */
  readonly host: string
  /** Of the TLS handshake; empty where the client named none. */
  readonly servername: string
}

export interface Route<T> {
  readonly kind: 'route'
  readonly cluster: T
  /** Path and query as the apiserver gets them. */
  readonly target: string
}

const PREFIX = /^\/clusters\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?=[/?]|$)/
const MAX_TARGET = 16_384

/** Finds the cluster by host name or by path, and refuses targets that two readers could read in two ways. */
export function createRouter<
  T extends { readonly name: string; readonly hosts: readonly string[] },
>(clusters: readonly T[]): (direction: Direction) => Route<T> | Refusal {
  const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]))
  const byHost = new Map(
    clusters.flatMap((cluster) => cluster.hosts.map((host) => [host, cluster])),
  )
  return ({ target, host, servername }) => {
    const fault = targetFault(target)
    if (fault !== null) return refusal(400, 'BadRequest', fault)
    const named = byHost.get(hostnameOf(host))
    const spoken = byHost.get(servername.toLowerCase())
    // A client may use one connection for every name in the certificate (RFC 9113 §9.1.1): the request's own name counts, and
    // a handshake for one cluster with a request for another is nobody's honest mistake.
    if (named !== spoken && spoken !== undefined) {
      return refusal(421, 'BadRequest', 'this connection was made for another host name')
    }
    if (named !== undefined) return { kind: 'route', cluster: named, target }
    const name = PREFIX.exec(target)?.[1]
    const cluster = name === undefined ? undefined : byName.get(name)
    if (name === undefined || cluster === undefined) {
      return refusal(404, 'NotFound', 'this proxy serves no cluster at this address')
    }
    const rest = target.slice('/clusters/'.length + name.length)
    return { kind: 'route', cluster, target: rest.startsWith('/') ? rest : `/${rest}` }
  }
}

function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

/** Why a request target is not passed on, or null. What comes after `/proxy/` belongs to a pod, which may use `%2F` and `//`. */
export function targetFault(target: string): string | null {
  if (target.length > MAX_TARGET) return 'the request target is too long'
  if (!target.startsWith('/')) return 'the request target must be a path'
  if (!/^[\x21-\x7e]+$/.test(target) || /[\\#]/.test(target)) {
    return 'the request target holds characters that no URL has'
  }
  const path = target.split('?', 1)[0] ?? ''
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'the path is not encoded correctly'
  const end = path.indexOf('/proxy/')
  const own = end === -1 ? path : path.slice(0, end)
  if (/%2f|%5c|%00|\/\//i.test(own)) return 'the path holds an encoded slash or an empty segment'
  // Encoded twice is decoded once by the apiserver and again by what stands behind it.
  if (/%25(?:2e|2f|5c|00)/i.test(path)) return 'the path is encoded twice'
  const segments = path.split(/\/|%2f|\\|%5c/i)
  if (segments.some((segment) => /^(?:\.|%2e){1,2}(?:;.*)?$/i.test(segment))) {
    return 'the path holds dot segments'
  }
  return null
}
