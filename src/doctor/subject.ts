import type { EpochMs } from '../errors/index.ts'

/** What Lanyard itself knows of its issuer. */
export interface IssuerFacts {
  /** As the settings have it: byte for byte what clusters are told. */
  readonly url: string
  /** What the server called itself when it last started; null where that is not known. */
  readonly serves: string | null
  /** True where nobody configured one. */
  readonly isDefault: boolean
  /** PEM that clusters are told to trust; null where their systems do. */
  readonly certificateAuthority: string | null
  readonly tls: 'own' | 'files' | 'none'
  /** The file of the server's certificate, where the settings name one. */
  readonly certificateFile: string | null
  readonly idTokenSeconds: number
  readonly maxTokenBytes: number
  /** The signing keys; null where they could not be read. */
  readonly keys:
    | readonly {
        readonly kid: string
        readonly alg: string
        readonly state: 'next' | 'active' | 'retired' | 'removed'
      }[]
    | null
}

/** What the warm-up last saw of one apiserver. */
export interface ProbeFacts {
  readonly address: string
  readonly outcome: string
  readonly detail: string
  readonly probedAt: EpochMs
  readonly sinceAt: EpochMs
}

/** One cluster as Lanyard has it. */
export interface ClusterFacts {
  readonly name: string
  readonly audience: string
  readonly server: string
  /** PEM, or null where the system's trust will do. */
  readonly certificateAuthority: string | null
  readonly signingAlg: 'RS256' | 'ES256'
  readonly usernamePrefix: string
  readonly groupsPrefix: string
  readonly everyone: boolean
  readonly groups: readonly string[]
  readonly liveGroups: boolean
  /** `1.34`; null where nobody said. */
  readonly kubernetesVersion: string | null
  readonly replicas: readonly string[]
  readonly probes: readonly ProbeFacts[]
  /** People who may enter now, each with all their groups; a thousand at most. */
  readonly people: readonly PersonFacts[]
  /**
   * A token of a subject without rights, good for a minute; null where none can be made. Its username and its one group are
   * {@link PROBE}. Never print it.
   */
  readonly probeToken: (() => Promise<string>) | null
  /** The file for `--authentication-config` as Lanyard prints it for this cluster. */
  readonly authenticationConfiguration: string
  /** The flags as Lanyard prints them. */
  readonly flags: readonly string[]
}

export const PROBE = 'lanyard:probe'

export interface PersonFacts {
  readonly username: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly status: 'active' | 'disabled'
  readonly mustChangePassword: boolean
  readonly hasPassword: boolean
  /** All of them, those reached through others included. */
  readonly groups: readonly string[]
}

/** One person who is asked about: `entry` is the decision's refusal, null where they may enter. */
export interface PersonQuestion {
  readonly username: string
  /** Null where nobody has this name. */
  readonly person: PersonFacts | null
  /** Usernames that resemble it. */
  readonly similar: readonly string[]
  /** The group policy's own answer. */
  readonly mayEnter: boolean
}
