import {
  type DistributionConfig,
  distributionConfig,
  newestKubernetes,
} from '../kubernetes/index.ts'
import { parseKubernetesVersion } from './cluster-values.ts'
import type { Cluster, ConfigRequest } from './types.ts'

const usualLifetimeSeconds = 3600

/** What an admin pastes so that this cluster's apiserver accepts its tokens. Throws ERR_KUBERNETES_VERSION_INVALID, ERR_KUBERNETES_VERSION_OLD. */
export function configOf(cluster: Cluster, request: ConfigRequest): DistributionConfig {
  const { name, audience, usernamePrefix, groupsPrefix, signingAlg, liveGroups } = cluster
  const { distribution, kubernetesVersion: asked, ...issuer } = request
  return distributionConfig(distribution, {
    maxTokenLifetimeSeconds: usualLifetimeSeconds,
    ...issuer,
    ...{ name, audience, usernamePrefix, groupsPrefix, signingAlg, liveGroups },
    kubernetesVersion:
      asked === undefined
        ? (cluster.kubernetesVersion ?? newestKubernetes)
        : parseKubernetesVersion(asked),
  })
}
