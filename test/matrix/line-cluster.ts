import { type Apiserver, type Etcd, type Line, startApiserver } from '../cluster/control-plane.ts'
import { showCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard } from '../support/lanyard.ts'

/** How an apiserver is told about Lanyard, and what Lanyard signs its tokens with: both kinds are tried. */
export const TRUSTS = [
  { cluster: 'flagged', trustedBy: 'flags', signingAlg: 'RS256' },
  { cluster: 'configured', trustedBy: 'configuration', signingAlg: 'ES256' },
] as const
export type Trust = (typeof TRUSTS)[number]

/**
 * Adds a cluster of this line of Kubernetes to Lanyard, for the group `viewers`, and starts its apiserver with nothing but what
 * Lanyard prints for that line. Its tokens carry their groups until {@link setLiveGroups}.
 */
export async function startLineCluster(
  lanyard: Lanyard,
  etcd: Etcd,
  { cluster: name, trustedBy, signingAlg, line }: Trust & { readonly line: Line },
): Promise<Apiserver> {
  const { clusters } = lanyard.server.rooms
  await clusters.add(
    {
      ...{ name, signingAlg, server: 'https://127.0.0.1:6443', groups: ['viewers'] },
      ...{ liveGroups: false, kubernetesVersion: line },
    },
    byTest,
  )
  const shown = await showCluster(lanyard, name)
  const apiserver = await startApiserver({
    ...{ etcd, line },
    ...(trustedBy === 'flags'
      ? { args: shown.flags }
      : { authenticationConfig: shown.authenticationConfiguration }),
  })
  const { certificate } = apiserver.certificateAuthority
  await clusters.change(name, { server: apiserver.url, certificateAuthority: certificate }, byTest)
  await lanyard.server.issuer.refresh()
  return apiserver
}

/** From now on its tokens send the apiserver to Lanyard for groups. */
export async function setLiveGroups(lanyard: Lanyard, cluster: string): Promise<void> {
  await lanyard.server.rooms.clusters.change(cluster, { liveGroups: true }, byTest)
  await lanyard.server.issuer.refresh()
}
