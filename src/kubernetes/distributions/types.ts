import type { AuthenticationRules, TokenTrust } from '../authentication-configuration.ts'
import type { KubernetesLine } from '../kubernetes-version.ts'

/** Whoever builds or runs the apiserver; `structured` and `flags` are for one that is run by hand. */
export const distributions = [
  'structured',
  'flags',
  'kubeadm',
  'k3s',
  'rke2',
  'talos',
  'kind',
  'minikube',
  'microk8s',
  'eks',
  'gke',
  'aks',
] as const
export type Distribution = (typeof distributions)[number]

/** One cluster of Lanyard, as its apiserver must know it. */
export interface ClusterTrust extends TokenTrust, AuthenticationRules {
  /** What Lanyard calls it. */
  readonly name: string
  readonly signingAlg: string
  /** True where its apiserver is to ask for groups; not every distribution can be told to. */
  readonly liveGroups: boolean
  readonly line: KubernetesLine
  /** Where the issuer's CA lies on the apiserver's machine; for `flags` alone, the others mount a directory of their own. */
  readonly certificateAuthorityFile?: string
}

export interface ConfigFile {
  /** In words: which machine it belongs on, or which part of a set-up it is for. */
  readonly machine: string
  /** Absolute on a node; relative or below `~` on the admin's own machine. */
  readonly path: string
  readonly content: string
  /** True where the content joins what the file has already. */
  readonly append?: true
}

export interface ConfigCommand {
  readonly machine: string
  /** For a shell; may have several lines. */
  readonly run: string
}

/** What an admin of one distribution does so that its apiserver accepts the tokens of one cluster. */
export interface DistributionConfig {
  readonly distribution: Distribution
  /** `1.33` */
  readonly kubernetesVersion: string
  /** What kube-apiserver is started with in the end; empty where nobody can say. */
  readonly flags: readonly string[]
  /** In the order in which they are written, before any command. */
  readonly files: readonly ConfigFile[]
  readonly commands: readonly ConfigCommand[]
  /** What restarts, and what does not. */
  readonly restarts: string
  /** Lines for a shell, and comments. */
  readonly undo: string
  /** One line each: `warning: …` or `hint: …`. */
  readonly notes: readonly string[]
}

/** A config but for what the door adds. */
export type Plan = Omit<DistributionConfig, 'distribution' | 'kubernetesVersion'>
