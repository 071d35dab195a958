/**
 * kubernetes: Kubernetes' own formats and rules, pure: names, AuthenticationConfiguration and its flags, RBAC, ExecCredential,
 * kubeconfig.
 *
 * It owns what kube-apiserver and kubectl read and write, and what no name may be there. It reads no file, asks no clock and
 * knows nothing of who is who. YAML is built from values by a library, never by joining strings.
 */
export { authenticationConfiguration, oidcFlags } from './authentication-configuration.ts'
export {
  approveSigningRequest,
  certificateSigningRequest,
  readSigningState,
  type SigningState,
  signingRequestsPath,
} from './certificate-signing-request.ts'
export {
  type Distribution,
  type DistributionConfig,
  distributionConfig,
  distributions,
} from './distributions/index.ts'
export {
  type ExecCredential,
  type ExecInfo,
  type ExecStanza,
  execCredential,
  execStanza,
  readExecInfo,
} from './exec-credential.ts'
export {
  type KubeconfigContext,
  type KubeconfigEntry,
  mergeContexts,
  readContexts,
} from './kubeconfig.ts'
export {
  type KubeconfigCluster,
  type KubeconfigIssuer,
  kubeloginKubeconfig,
  pluginEntry,
  pluginKubeconfig,
} from './kubeconfig-download.ts'
export { type KubeconfigToken, readKubeconfigToken } from './kubeconfig-token.ts'
export { kubernetesLine, newestKubernetes } from './kubernetes-version.ts'
export {
  canonicaliseName,
  isReservedAtCluster,
  isReservedName,
  type NameFault,
  type NameKind,
  nameFault,
  prefixFault,
  quoteName,
} from './names.ts'
export {
  type Binding,
  type BindingFacts,
  bindingFacts,
  clusterAdmin,
  isComponentRole,
  roleBinding,
  roleBindings,
} from './rbac.ts'
export {
  bindingPaths,
  readerRbac,
  selfAccessReview,
  selfAccessReviewPath,
} from './reader-rbac.ts'
export { type BoundSubject, type RoleBindingPage, readRoleBindings } from './role-binding-list.ts'
export { signerRbac } from './signer-rbac.ts'
export {
  acceptedReview,
  parseTokenReview,
  type ReviewedUser,
  refusedReview,
  type TokenReview,
  type TokenReviewVersion,
} from './token-review.ts'
export { parseUniqueObject } from './unique-json.ts'
export { type WebhookSettings, webhookFlags, webhookKubeconfig } from './webhook-config.ts'
