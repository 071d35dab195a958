import type { SignInPolicy, StepUp, Target } from '../access/index.ts'
import type { ApplicationId, By, ClusterId, EpochMs } from '../errors/index.ts'
import type { Distribution, DistributionConfig } from '../kubernetes/index.ts'
import type { Holders } from './holders.ts'
import type { ClusterTraffic, Entry, GatewayCredentialFacts } from './traffic.ts'

export type SigningAlg = 'RS256' | 'ES256'

/** One Kubernetes API. It is an OIDC public client whose client id is its audience. */
export interface Cluster {
  readonly id: ClusterId
  /** DNS label; what people type. */
  readonly name: string
  /** The client id and the only `aud` of its tokens; never changes, never given to another. */
  readonly audience: string
  readonly server: string
  /** PEM of the CA that kubectl verifies the server with; null where the system's trust will do. */
  readonly certificateAuthority: string | null
  /** The URL of `lanyard proxy` before it, and the CA of that: what people's kubeconfigs get instead of `server`; null without. */
  readonly proxyServer: string | null
  readonly proxyCertificateAuthority: string | null
  readonly signingAlg: SigningAlg
  /** What its apiserver puts before usernames and groups; may be empty. */
  readonly usernamePrefix: string
  readonly groupsPrefix: string
  /** True lets every active user in, whatever `groups` says. */
  readonly everyone: boolean
  /** Names of the groups that may enter, sorted. */
  readonly groups: readonly string[]
  /** True where its apiserver asks Lanyard for groups; false where tokens carry them. */
  readonly liveGroups: boolean
  /** Seconds without live groups after which new tokens carry groups all the same; null for never. */
  readonly fallbackAfter: number | null
  /** `1.34`; null where nobody said: the newest that is known. */
  readonly kubernetesVersion: string | null
  /** URLs of its apiservers, where several stand behind `server`; empty for `server` alone. */
  readonly replicas: readonly string[]
  /** What a sign-in must have been before a token is issued. */
  readonly policy: SignInPolicy
  readonly stepUp: StepUp
  readonly createdAt: EpochMs
}

/** Any other OIDC client. */
export interface Application {
  readonly id: ApplicationId
  readonly name: string
  readonly clientId: string
  /** True for a client without a secret. */
  readonly public: boolean
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Where it hears that a login ended; null where it does not ask to. */
  readonly backchannelLogoutUri: string | null
  readonly signingAlg: SigningAlg
  readonly everyone: boolean
  readonly groups: readonly string[]
  /** What a sign-in must have been before a token is issued. */
  readonly policy: SignInPolicy
  readonly stepUp: StepUp
  readonly createdAt: EpochMs
}

export interface NewCluster {
  readonly name: string
  readonly server: string
  readonly certificateAuthority?: string
  readonly proxyServer?: string
  readonly proxyCertificateAuthority?: string
  readonly audience?: string
  readonly signingAlg?: SigningAlg
  readonly everyone?: boolean
  readonly groups?: readonly string[]
  readonly usernamePrefix?: string
  readonly groupsPrefix?: string
  /** True unless told. */
  readonly liveGroups?: boolean
  readonly fallbackAfter?: number
  readonly kubernetesVersion?: string
  readonly replicas?: readonly string[]
  readonly policy?: SignInPolicy
  readonly stepUp?: StepUp
}

export interface ClusterChange {
  readonly name?: string
  readonly server?: string
  /** null takes it away. */
  readonly certificateAuthority?: string | null
  /** null takes it away, and its CA with it. */
  readonly proxyServer?: string | null
  readonly proxyCertificateAuthority?: string | null
  readonly signingAlg?: SigningAlg
  readonly everyone?: boolean
  readonly usernamePrefix?: string
  readonly groupsPrefix?: string
  readonly liveGroups?: boolean
  /** null takes it away. */
  readonly fallbackAfter?: number | null
  readonly kubernetesVersion?: string
  readonly replicas?: readonly string[]
  readonly policy?: SignInPolicy
  readonly stepUp?: StepUp
}

export interface NewApplication {
  readonly name: string
  /** The name, unless told; never changes, never given to another. */
  readonly clientId?: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly backchannelLogoutUri?: string
  readonly public?: boolean
  readonly everyone?: boolean
  readonly groups?: readonly string[]
  readonly signingAlg?: SigningAlg
  readonly policy?: SignInPolicy
  readonly stepUp?: StepUp
}

export interface ApplicationChange {
  readonly name?: string
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  /** null takes it away. */
  readonly backchannelLogoutUri?: string | null
  readonly everyone?: boolean
  readonly signingAlg?: SigningAlg
  readonly policy?: SignInPolicy
  readonly stepUp?: StepUp
}

/** A client as the issuer's static list has it. */
export interface ClientDefinition {
  readonly clientId: string
  /** What people read: the name of the cluster or application. */
  readonly name: string
  readonly kind: 'cluster' | 'application' | 'kubectl'
  /** Loopback URIs stand without a port: any port matches (RFC 8252 §7.3). */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Where it hears that a login ended; null where it does not ask to. */
  readonly backchannelLogoutUri: string | null
  /** SHA-256 of the secret, base64url; null for a public client. */
  readonly secretHash: string | null
  readonly signingAlg: SigningAlg
}

/** For whom and by whom tokens are issued, as kube-apiserver must know it. */
export interface ConfigRequest {
  readonly distribution: Distribution
  /** `1.33`; the cluster's own unless given, and the newest that is known where it has none. */
  readonly kubernetesVersion?: string
  readonly issuer: string
  /** PEM of the CA that signed the issuer's certificate; null where the apiserver's system trusts it. */
  readonly certificateAuthority: string | null
  /** Where the admin puts that CA on the apiserver's machine; for the distribution `flags` alone. */
  readonly certificateAuthorityFile?: string
  /** The longest an ID token may live, in seconds; an hour unless given. */
  readonly maxTokenLifetimeSeconds?: number
}

export interface Applications {
  /** The secret is returned here once and never again; null for a public client. */
  add(
    application: NewApplication,
    by: By,
  ): Promise<{ application: Application; secret: string | null }>
  list(): Promise<Application[]>
  find(name: string): Promise<Application | undefined>
  /** Throws ERR_APPLICATION_UNKNOWN. */
  get(name: string): Promise<Application>
  change(name: string, change: ApplicationChange, by: By): Promise<Application>
  delete(name: string, by: By): Promise<void>
  allow(name: string, group: string, by: By): Promise<Application>
  disallow(name: string, group: string, by: By): Promise<Application>
  /** When somebody last signed in to each, by client id; without those that nobody ever did. */
  lastSignIns(): Promise<ReadonlyMap<string, EpochMs>>
  /** Throws ERR_APPLICATION_PUBLIC where there is no secret to rotate. */
  rotateSecret(name: string, by: By): Promise<{ application: Application; secret: string }>
}

/** Who shows a credential at Lanyard's gateways: an apiserver's webhook, or an authenticating proxy. */
export type GatewayKind = 'webhook' | 'proxy'

/** What an answer at a gateway says of its cluster. */
export interface GatewayCluster {
  readonly id: ClusterId
  readonly name: string
  readonly audience: string
  readonly usernamePrefix: string
  readonly groupsPrefix: string
}

export interface GatewayCredentials {
  /** Resolves with the value, which is never shown again. Throws ERR_CLUSTER_UNKNOWN. */
  issue(cluster: string, kind: GatewayKind, by: By): Promise<string>
  /** Resolves with how many there were. Throws ERR_CLUSTER_UNKNOWN. */
  revokeAll(cluster: string, kind: GatewayKind, by: By): Promise<number>
  /** Those that are good, the newest first; at most 1,000. Throws ERR_CLUSTER_UNKNOWN. */
  list(cluster: string): Promise<GatewayCredentialFacts[]>
  /** The cluster of this name, where the value is a credential of it. */
  find(cluster: string, kind: GatewayKind, value: string): Promise<GatewayCluster | undefined>
}

export interface Clusters {
  readonly gateways: GatewayCredentials
  add(cluster: NewCluster, by: By): Promise<Cluster>
  list(): Promise<Cluster[]>
  find(name: string): Promise<Cluster | undefined>
  /** Throws ERR_CLUSTER_UNKNOWN. */
  get(name: string): Promise<Cluster>
  change(name: string, change: ClusterChange, by: By): Promise<Cluster>
  /** The audience is kept as a tombstone: no later cluster inherits its tokens. */
  delete(name: string, by: By): Promise<void>
  /** Who entered it: at most `limit` machines, the last first. Throws ERR_CLUSTER_UNKNOWN. */
  holders(name: string, limit: number): Promise<Holders>
  /** The last logins that entered it, at most 1,000. Throws ERR_CLUSTER_UNKNOWN. */
  entries(name: string, limit: number): Promise<Entry[]>
  /** How each cluster is used, or the one with this id: who entered since then, and what its apiservers made of live tokens. */
  traffic(since: EpochMs, only?: ClusterId): Promise<ReadonlyMap<ClusterId, ClusterTraffic>>
  allow(name: string, group: string, by: By): Promise<Cluster>
  disallow(name: string, group: string, by: By): Promise<Cluster>
  readonly applications: Applications
  /** Who may enter what this client id stands for. Hot: one prepared query. */
  target(clientId: string): Promise<Target | undefined>
  /** The clusters that somebody in these groups may enter, by name. */
  forSubject(groups: readonly string[]): Promise<Cluster[]>
  /** All clients, the plugin's own first, for the issuer's static list. */
  clients(): Promise<ClientDefinition[]>
  /**
   * What an admin pastes so that the cluster's apiserver accepts its tokens.
   * @throws LanyardError ERR_CLUSTER_UNKNOWN, ERR_KUBERNETES_VERSION_INVALID, ERR_KUBERNETES_VERSION_OLD
   */
  config(name: string, request: ConfigRequest): Promise<DistributionConfig>
}
