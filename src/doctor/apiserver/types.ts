import type { EpochMs } from '../../errors/index.ts'

/** Where a name comes from: a claim with what is put before it, or a CEL expression over `claims`. */
export type Mapping =
  | { readonly kind: 'claim'; readonly claim: string; readonly prefix: string }
  | { readonly kind: 'expression'; readonly expression: string }

/** What an expression is for: rules must be true or false, and `user` stands in the last alone. */
export type CelUse = 'mapping' | 'claim-rule' | 'user-rule'

export interface Rule {
  readonly expression: string
  /** Empty where the file gives none. */
  readonly message: string
}

/** One issuer that kube-apiserver trusts, from an AuthenticationConfiguration or from `--oidc-*` flags. */
export interface JwtAuthenticator {
  /** Byte for byte the `iss` that it takes. */
  readonly issuer: string
  readonly discoveryUrl: string | null
  /** PEM; null where the apiserver's own system is trusted, or a file holds it. */
  readonly certificateAuthority: string | null
  /** `--oidc-ca-file`: a path on the apiserver's machine. */
  readonly certificateAuthorityFile: string | null
  readonly audiences: readonly string[]
  readonly signingAlgs: readonly string[]
  readonly username: Mapping
  readonly groups: Mapping | null
  /** A claim has no prefix here: it is always empty. */
  readonly uid: Mapping | null
  readonly extra: readonly { readonly key: string; readonly valueExpression: string }[]
  readonly requiredClaims: readonly { readonly claim: string; readonly value: string }[]
  readonly claimRules: readonly Rule[]
  readonly userRules: readonly Rule[]
}

/** A mistake for which kube-apiserver does not start, or does not take the new file. */
export interface SettingsFault {
  /** 1-based line in the file; for flags the 1-based place of the argument. Null where nothing is written. */
  readonly line: number | null
  /** `jwt[0].issuer.url`, or the flag's name without dashes; empty for the whole file. */
  readonly path: string
  /** Kubernetes' own sentence, path included, as its log has it. */
  readonly message: string
  /** False where the sentence is close to kube-apiserver's and not known to be equal: some compile errors of CEL. */
  readonly exact: boolean
}

export interface AuthenticatorSettings {
  readonly source: 'configuration' | 'flags'
  /** All that could be read, faulty ones included. */
  readonly authenticators: readonly JwtAuthenticator[]
  readonly faults: readonly SettingsFault[]
  /** What stands after `"command failed" err=`, unquoted, when kube-apiserver is started with this; null when it starts. */
  readonly refusal: string | null
  /** The 1-based line of every path that is written: `jwt[0].issuer.url`, or `oidc-issuer-url` for flags. */
  readonly lines: ReadonlyMap<string, number>
}

/** What the replay asks of the world. */
export interface DocumentRequest {
  readonly purpose: 'discovery' | 'keys' | 'claims'
  /** PEM that the apiserver trusts for this; null for the system's. */
  readonly certificateAuthority: string | null
  /** The access token of a distributed claim. Never print it. */
  readonly bearer: string | null
}

export type DocumentAnswer =
  | {
      readonly kind: 'answer'
      /** `403`. */
      readonly status: number
      /** `Forbidden`. */
      readonly statusText: string
      /** Null when there is none. */
      readonly contentType: string | null
      readonly body: string
    }
  /** No answer came. `reason` is in the words of Go's client where they are known: `dial tcp 127.0.0.1:1: connect: connection refused`. */
  | { readonly kind: 'failed'; readonly reason: string }

/** GETs one document: 30 s, redirects followed, as kube-apiserver does. Resolves always. */
export type FetchDocument = (url: string, request: DocumentRequest) => Promise<DocumentAnswer>

export interface ReplayInput {
  /** What would stand after `Authorization: Bearer `. */
  readonly token: string
  readonly settings: AuthenticatorSettings
  readonly fetchDocument: FetchDocument
  readonly now: EpochMs
  /** False: the endpoint of distributed claims is only named, and the verdict may stay undecided. */
  readonly askClaimsEndpoint: boolean
}

/** In the order in which kube-apiserver goes. */
export type StepName =
  | 'header'
  | 'issuer'
  | 'discovery'
  | 'parse'
  | 'algorithm'
  | 'keys'
  | 'signature'
  | 'claims'
  | 'audience'
  | 'expiry'
  | 'not-before'
  | 'distributed-claims'
  | 'username'
  | 'groups'
  | 'uid'
  | 'extra'
  | 'required-claims'
  | 'claim-rules'
  | 'user-rules'

export interface Step {
  readonly step: StepName
  /** `aside`: not this authenticator's token, without an error. `skipped`: nothing to check, or not reached. */
  readonly status: 'ok' | 'failed' | 'aside' | 'skipped'
  /** One line: what was compared, with the values. No secret. */
  readonly detail: string
  /** What kube-apiserver's log has for it, without the brackets; null where it logs nothing. */
  readonly logSentence: string | null
}

export interface UserInfo {
  readonly username: string
  /** Empty for none. */
  readonly uid: string
  /** As `kubectl auth whoami` shows them: `system:authenticated` is the last. */
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

export type Verdict =
  | { readonly kind: 'authenticated'; readonly user: UserInfo }
  | {
      readonly kind: 'refused'
      /** What stands after `"Unable to authenticate the request" err=`, unquoted; null where nothing is logged. */
      readonly log: string | null
      /** `Forbidden`: no token was read, so that the request went on as system:anonymous. */
      readonly client: 'Unauthorized' | 'Forbidden' | 'Request Header Fields Too Large'
    }
  /** Cannot be told from here: a document was not asked for, or kube-apiserver does not start with these settings. */
  | { readonly kind: 'undecided'; readonly reason: string }

export interface Replay {
  readonly steps: readonly Step[]
  readonly verdict: Verdict
  /** The one that took the token for its own; null when none did. */
  readonly authenticator: JwtAuthenticator | null
  /** Issuer and endpoint of the groups asked live, for the explanation; null when there are none. */
  readonly claimsEndpoint: string | null
}
