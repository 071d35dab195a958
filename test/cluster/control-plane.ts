/**
 * A real control plane: etcd, kube-apiserver and kube-controller-manager of pinned versions, each a child of the test
 * process, on loopback, with authorities of its own, gone with its directory when it is disposed. One etcd per test process
 * and one apiserver per configuration: a new, empty cluster takes about 3 seconds.
 */

export { type Apiserver, type ApiserverOptions, startApiserver } from './apiserver.ts'
export { requireBinaries, skipUnlessBuilt, skipWithoutCluster } from './binaries.ts'
export { startControllerManager } from './controller-manager.ts'
export { type Etcd, startEtcd } from './etcd.ts'
export {
  KUBERNETES_VERSION,
  LINES,
  type Line,
  NEWEST,
  OLDEST,
  RELEASES,
} from './kube/releases.ts'
export type { Access, AuditEvent, UserInfo, Whoami } from './questions.ts'
