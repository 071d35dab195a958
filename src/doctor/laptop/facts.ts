import type { Ports } from '../ports.ts'

/** What is known of the machine and of the plugin that runs the checks. */
export interface LaptopFacts {
  /** `--context`; null for the one in use. */
  readonly context: string | null
  /** `--kubeconfig`; null for the environment's. */
  readonly kubeconfig: string | null
  /** Those of {@link READ_VARIABLES} that are set. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** Null where the system has no such thing. */
  readonly uid: number | null
  readonly platform: string
  readonly plugin: {
    /** Null where it runs from source. */
    readonly version: string | null
    /** The file that runs now. */
    readonly path: string
  }
  /** Where trust and logins are kept, and tokens. */
  readonly stateRoot: string
  readonly cacheRoot: string
  /** The issuers that were set up on this device, as far as they can be read. */
  readonly issuers: readonly string[]
  /** Why a login is by code and not in a browser; null where there is a browser. */
  readonly whyNoBrowser: string | null
}

/** What the laptop's checks ask of the world beside what all checks do. */
export interface LaptopPorts extends Ports {
  /** Of the name itself, never of what a link leads to. Null where there is nothing. */
  stat(path: string): Promise<FileFacts | null>
  /** Names in a directory; empty where there is none. */
  list(directory: string): Promise<readonly string[]>
  /** access(2): links are followed. */
  may(path: string, what: 'execute' | 'write'): Promise<boolean>
  /** What this device keeps of an issuer. */
  known(issuer: string): KnownIssuer
  /** One request to the issuer as the plugin makes them: through the proxies of the environment. Null for an answer. */
  askAsPlugin(issuer: string): Promise<Fault | null>
  /** What the issuer lists for this login. */
  enterable(issuer: string): Promise<Enterable | Fault>
  /** A new token for the cluster. It is kept nowhere. */
  exchange(issuer: string, audience: string): Promise<ClusterToken | Fault>
  /** The token that kubectl would get without a request, and its file. */
  cached(issuer: string, audience: string): { readonly token: string; readonly file: string } | null
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly mode: number
  readonly owner: number
  readonly changedAt: number
}

export interface Fault {
  readonly kind: 'fault'
  /** `ERR_LOGIN_GONE`, … */
  readonly code: string
  readonly message: string
}

export interface KnownIssuer {
  /** Undefined where the issuer was never set up here; null where the system's trust will do. */
  readonly certificateAuthority: string | null | undefined
  readonly hasLogin: boolean
  readonly directory: string
  readonly cacheDirectory: string
  /** Why its files are not used. */
  readonly fault: Fault | null
}

export interface Enterable {
  readonly kind: 'listed'
  readonly username: string
  /** The version of Lanyard that answered; null where it does not say. */
  readonly version: string | null
  readonly clusters: readonly EnterableCluster[]
}

export interface EnterableCluster {
  readonly name: string
  readonly audience: string
  readonly server: string
  readonly certificateAuthority: string | null
}

export interface ClusterToken {
  readonly kind: 'token'
  /** Never print it. */
  readonly token: string
}
