/**
 * clusters: the register of clusters and applications: what they are called, where they are, who may enter.
 *
 * It owns their rows, the clients the issuer knows, and what an admin pastes into a cluster. It refuses redirect URIs that
 * could hand a code to a stranger, and audiences that once were another's. It decides nothing: access does.
 */

export { matchSecret } from './client-secret.ts'
export { reachedAt } from './cluster-proxy.ts'
export { parseCertificateAuthority } from './cluster-values.ts'
export { type ClustersOptions, createClusters } from './clusters.ts'
export type { Holder, Holders } from './holders.ts'
export {
  type PresetName,
  type PresetSetting,
  presetNames,
  presetRegistration,
  presetSettings,
} from './presets.ts'
export { isLoopbackRedirect } from './redirect-uris.ts'
export type { ClusterTraffic, Entry, GatewayCredentialFacts, Probe } from './traffic.ts'
export type {
  Application,
  ApplicationChange,
  Applications,
  ClientDefinition,
  Cluster,
  ClusterChange,
  Clusters,
  ConfigRequest,
  GatewayCluster,
  GatewayCredentials,
  GatewayKind,
  NewApplication,
  NewCluster,
  SigningAlg,
} from './types.ts'
