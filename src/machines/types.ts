import type { MachineDecision } from '../access/index.ts'
import type { By, ClusterId, EpochMs } from '../errors/index.ts'

export const issuerKinds = ['github', 'gitlab', 'buildkite', 'kubernetes', 'oidc'] as const
export type IssuerKind = (typeof issuerKinds)[number]

/** An outside issuer whose tokens rules may name. */
export interface TrustedIssuer {
  readonly id: string
  readonly name: string
  readonly kind: IssuerKind
  /** Exactly as `iss` has it. */
  readonly issuer: string
  /** Where its keys are; null where its discovery document says so. */
  readonly jwksUri: string | null
  /** JSON of its keys; then nobody is asked for them. */
  readonly jwks: string | null
  /** PEM that alone is trusted when it is asked. */
  readonly certificateAuthority: string | null
  /** True where a token is exchanged once; false where as often as it is good. */
  readonly singleUse: boolean
  readonly createdAt: EpochMs
}

export interface NewIssuer {
  readonly name: string
  /** Made out from the address unless told. */
  readonly kind?: IssuerKind
  /** The kind's own, unless told. */
  readonly issuer?: string
  readonly jwksUri?: string
  readonly jwks?: string
  readonly certificateAuthority?: string
  /** The kind's own, unless told. */
  readonly singleUse?: boolean
}

/** What one claim must be. `claim` is a name as it stands, or a JSON pointer (RFC 6901) where it begins with a slash. */
export type Pin =
  | { readonly kind: 'exact'; readonly claim: string; readonly value: string | number | boolean }
  /** `*` stands for one segment: one character or more, none of them `/` or `:`. */
  | { readonly kind: 'glob'; readonly claim: string; readonly value: string }

export interface MachineRule {
  readonly id: string
  readonly name: string
  readonly issuer: TrustedIssuer
  /** What `aud` must be. */
  readonly audience: string
  /** True where the token may name others beside it. */
  readonly otherAudiences: boolean
  readonly pins: readonly Pin[]
  /** Under `machine:`. */
  readonly username: string
  readonly groups: readonly string[]
  readonly clusters: readonly { readonly id: ClusterId; readonly name: string }[]
  /** Seconds that a cluster's token lives, at most. */
  readonly lifetime: number
  readonly enabled: boolean
  readonly createdAt: EpochMs
  /** To the hour; null where it never was. */
  readonly lastUsedAt: EpochMs | null
}

export interface NewRule {
  readonly name: string
  readonly issuer: string
  readonly audience: string
  readonly otherAudiences?: boolean
  readonly pins: readonly Pin[]
  readonly username: string
  readonly groups?: readonly string[]
  readonly clusters: readonly string[]
  /** Seconds; ten minutes unless told. */
  readonly lifetime?: number
}

export type MachineFaultReason =
  | 'malformed'
  | 'own_token'
  | 'issuer_unknown'
  | 'type'
  | 'algorithm'
  | 'audience'
  | 'expired'
  | 'not_yet'
  | 'too_old'
  | 'signature'
  | 'keys_unavailable'
  | 'no_rule'
  | 'several_rules'
  | 'replayed'

/** Why a token is not taken. */
export interface MachineFault {
  readonly reason: MachineFaultReason
  /** For people: one sentence without capital or full stop, with nothing in it that a stranger may not know. */
  readonly sentence: string
}

/** One rule held against one token. */
export interface RuleVerdict {
  readonly rule: MachineRule
  /** Every reason against it, with the values; none where it matches. */
  readonly faults: readonly string[]
}

/** The answer to one token. */
export type Judgement =
  | {
      readonly kind: 'matched'
      readonly issuer: TrustedIssuer
      readonly rule: MachineRule
      readonly decision: MachineDecision
      readonly token: JudgedToken
    }
  | ({
      readonly kind: 'refused'
      /** Null where the token did not prove to be its. */
      readonly issuer: TrustedIssuer | null
      readonly rules: readonly RuleVerdict[]
    } & MachineFault)

/** What the exchange needs of a token that was judged. */
export interface JudgedToken {
  readonly subject: string
  /** Seconds. */
  readonly expiresAt: number
  /** Seconds. */
  readonly issuedAt: number
  /** What is kept of it, so that it is known again. */
  readonly fingerprint: string
}

/** A dry run: everything that can be said, not the first alone. */
export interface Explanation {
  /** The trusted issuer that the token names, or null. */
  readonly issuer: TrustedIssuer | null
  /** What is wrong with the token itself; none where it is good. */
  readonly faults: readonly MachineFault[]
  readonly rules: readonly RuleVerdict[]
  /** Names of the rules that match. */
  readonly matches: readonly string[]
}

/** An application that proved to be itself. */
export interface ApplicationMachine {
  /** For `review`. */
  readonly machineId: string
  readonly name: string
  /** False where nobody allowed it to come by itself. */
  readonly isAllowed: boolean
}

export interface Machines {
  readonly issuers: {
    /** Throws ERR_ISSUER_INVALID, ERR_ISSUER_EXISTS, ERR_KEYS_INVALID. */
    add(issuer: NewIssuer, by: By): Promise<TrustedIssuer>
    list(): Promise<TrustedIssuer[]>
    /** Throws ERR_TRUSTED_ISSUER_UNKNOWN. */
    get(name: string): Promise<TrustedIssuer>
    /** Throws ERR_ISSUER_IN_USE where a rule names it. */
    remove(name: string, by: By): Promise<void>
    /** Asks for its keys now; resolves with how many are of use. Throws ERR_KEYS_UNAVAILABLE. */
    countKeys(issuer: TrustedIssuer): Promise<number>
  }
  readonly rules: {
    /** Throws ERR_RULE_INVALID, ERR_RULE_TOO_WIDE, ERR_RULE_EXISTS, and what looking up names throws. */
    add(rule: NewRule, by: By): Promise<MachineRule>
    list(): Promise<MachineRule[]>
    /** Throws ERR_RULE_UNKNOWN. */
    get(name: string): Promise<MachineRule>
    setEnabled(name: string, enabled: boolean, by: By): Promise<MachineRule>
    remove(name: string, by: By): Promise<void>
  }
  /** The verdict on a token for the cluster of this audience; `ruleName` where the caller named one. */
  judge(
    token: string,
    wanted: { readonly audience: string; readonly ruleName?: string | undefined },
  ): Promise<Judgement>
  /** The same without a word withheld, for an admin. Nothing is spent. */
  explain(token: string, wanted: { readonly cluster?: string | undefined }): Promise<Explanation>
  readonly applications: {
    /**
     * Lets an application come by itself, in these groups; null lets it no more. Throws ERR_APPLICATION_UNKNOWN,
     * ERR_APPLICATION_PUBLIC, ERR_GROUP_UNKNOWN.
     */
    set(name: string, groups: readonly string[] | null, by: By): Promise<void>
    /** Who this client is by itself; undefined for a wrong secret, a public client and none at all. */
    authenticate(clientId: string, secret: string): Promise<ApplicationMachine | undefined>
  }
  /** For whoever holds a machine's token of Lanyard's: is it good at this cluster still, and as whom? */
  review(machineId: string, audience: string): Promise<MachineDecision>
}
