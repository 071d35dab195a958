import {
  type ExecStanza,
  execApiVersion,
  execStanza,
  type PluginCredential,
} from './exec-credential.ts'
import { type KubeconfigEntry, mergeContexts } from './kubeconfig.ts'

/** A cluster as people's kubeconfigs have it. */
export interface KubeconfigCluster {
  readonly name: string
  readonly audience: string
  readonly server: string
  /** PEM, or null where the system's trust will do. */
  readonly certificateAuthority: string | null
}

/** The issuer as whoever logs in must know it. */
export interface KubeconfigIssuer {
  readonly issuer: string
  /** PEM of the CA of its certificate, or null where the system's trust will do. */
  readonly certificateAuthority: string | null
}

/** kubectl shows it where there is no `kubectl-lanyard`; the issuer's own page knows how to install it. */
function pluginInstallHint(issuer: string): string {
  return `kubectl-lanyard, which logs you in to this cluster, is not on your PATH. How to install it: ${issuer}/account/kubectl`
}

const kubeloginInstallHint =
  'kubelogin logs you in to this cluster. To install it: kubectl krew install oidc-login, or see https://github.com/int128/kubelogin'

/**
 * The context of one cluster for `kubectl-lanyard`, under the cluster's name unless told: what `setup` writes and what a page
 * gives away are one, so that each mends the other.
 */
export function pluginEntry(
  cluster: KubeconfigCluster,
  issuer: string,
  contextName: string = cluster.name,
  credential: PluginCredential = 'get-token',
): KubeconfigEntry {
  // The issuer's host keeps a cluster and a user that others wrote under the bare name out of reach.
  const own = ownName(cluster, issuer)
  const { audience, server, certificateAuthority } = cluster
  const installHint = pluginInstallHint(issuer)
  const exec = execStanza({ issuer, audience, installHint, credential })
  return {
    ...{ contextName, clusterName: own, userName: own },
    ...{ server, certificateAuthority, exec },
  }
}

/** A kubeconfig with one cluster, for `kubectl-lanyard`. Nothing in it is a secret. */
export function pluginKubeconfig(
  cluster: KubeconfigCluster,
  { issuer }: KubeconfigIssuer,
  credential: PluginCredential = 'get-token',
): string {
  return mergeContexts('', [pluginEntry(cluster, issuer, cluster.name, credential)])
}

/**
 * The same for an unmodified kubelogin, by the options that its usage page documents. Its cluster and user have names of their
 * own: `kubectl lanyard setup` in the same file finds nothing of its own taken.
 */
export function kubeloginKubeconfig(cluster: KubeconfigCluster, issuer: KubeconfigIssuer): string {
  const own = `${ownName(cluster, issuer.issuer)}/kubelogin`
  const { name, audience, server, certificateAuthority } = cluster
  return mergeContexts('', [
    {
      ...{ contextName: name, clusterName: own, userName: own },
      ...{ server, certificateAuthority, exec: kubeloginStanza(issuer, audience) },
    },
  ])
}

function kubeloginStanza(
  { issuer, certificateAuthority }: KubeconfigIssuer,
  audience: string,
): ExecStanza {
  return {
    apiVersion: execApiVersion,
    command: 'kubectl',
    args: [
      'oidc-login',
      'get-token',
      `--oidc-issuer-url=${issuer}`,
      `--oidc-client-id=${audience}`,
      // Without it there is no refresh token, and the browser opens for every new token.
      '--oidc-extra-scope=offline_access',
      ...(certificateAuthority === null
        ? []
        : [`--certificate-authority-data=${Buffer.from(certificateAuthority).toString('base64')}`]),
    ],
    // Some kubectls read the kubeconfig before they look for a plugin, and would run this very command again, without end.
    env: [{ name: 'KUBECONFIG', value: '/dev/null' }],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: false,
    installHint: kubeloginInstallHint,
  }
}

function ownName({ name }: KubeconfigCluster, issuer: string): string {
  return `${name}@${new URL(issuer).host}`
}
