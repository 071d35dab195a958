import { LanyardError } from '../errors/index.ts'
import { parseCertificateAuthority, parseServer } from './cluster-values.ts'
import type { Cluster, ClusterChange } from './types.ts'

export type ClusterProxy = Pick<Cluster, 'proxyServer' | 'proxyCertificateAuthority'>

/** Where people reach a cluster: the proxy before it, where there is one, else its apiserver. */
export function reachedAt(
  cluster: Pick<Cluster, 'server' | 'certificateAuthority'> & ClusterProxy,
): Pick<Cluster, 'server' | 'certificateAuthority'> {
  const { server, certificateAuthority, proxyServer, proxyCertificateAuthority } = cluster
  return proxyServer === null
    ? { server, certificateAuthority }
    : { server: proxyServer, certificateAuthority: proxyCertificateAuthority }
}

/** Throws ERR_SERVER_INVALID, ERR_CERTIFICATE_AUTHORITY_INVALID, ERR_PROXY_MISSING. */
export function parseProxy(server: string | null, ca: string | null | undefined): ClusterProxy {
  if (server === null && typeof ca === 'string') {
    throw new LanyardError('ERR_PROXY_MISSING', 'the CA of a proxy is given for no proxy', {
      hint: 'give its address too, with --proxy-server',
    })
  }
  return {
    proxyServer: server === null ? null : parseServer(server),
    proxyCertificateAuthority: typeof ca === 'string' ? parseCertificateAuthority(ca) : null,
  }
}

export function mergeProxy(before: ClusterProxy, change: ClusterChange): ClusterProxy {
  const server = change.proxyServer === undefined ? before.proxyServer : change.proxyServer
  // A CA belongs to the proxy that it was given for: it goes with it.
  const kept = server === null ? null : before.proxyCertificateAuthority
  const ca =
    change.proxyCertificateAuthority === undefined ? kept : change.proxyCertificateAuthority
  return parseProxy(server, ca)
}
