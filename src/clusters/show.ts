import { authenticationConfiguration, oidcFlags, roleBinding } from '../kubernetes/index.ts'
import type { Cluster, ClusterShow, IssuerFacts } from './types.ts'

/** Where kubeadm and its likes keep what the apiserver reads. */
const usualAuthorityFile = '/etc/kubernetes/pki/lanyard-ca.crt'
const usualLifetimeSeconds = 3600

/** What an admin gives kube-apiserver, and a binding to begin with: the first group may look and not touch. */
export function showCluster(cluster: Cluster, facts: IssuerFacts): ClusterShow {
  const { audience, usernamePrefix, groupsPrefix, signingAlg } = cluster
  const { issuer, certificateAuthority } = facts
  const trust = { issuer, certificateAuthority, audience, usernamePrefix, groupsPrefix }
  const [group] = cluster.groups
  return {
    cluster,
    flags: oidcFlags({
      ...trust,
      signingAlg,
      certificateAuthorityFile: facts.certificateAuthorityFile ?? usualAuthorityFile,
    }),
    authenticationConfiguration: authenticationConfiguration({
      ...trust,
      maxTokenLifetimeSeconds: facts.maxTokenLifetimeSeconds ?? usualLifetimeSeconds,
    }),
    roleBinding:
      group === undefined
        ? null
        : roleBinding({ groupName: group, prefix: groupsPrefix, role: 'view' }),
  }
}
