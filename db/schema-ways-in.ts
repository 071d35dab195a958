import type { TargetPolicyColumns } from './schema-policy.ts'

/* What people and machines enter, and by which ways beside OpenID Connect. The rules of schema.ts hold. */

export interface ClusterRow extends TargetPolicyColumns {
  id: string
  name: string
  /** The OIDC client_id and the only `aud` of its tokens; never changes, never reused. */
  audience: string
  server: string
  certificate_authority: string | null
  signing_alg: 'RS256' | 'ES256'
  username_prefix: string
  groups_prefix: string
  everyone: number
  /** 1 where its apiserver asks for groups, 0 where tokens carry them. */
  live_groups: number
  /** Seconds without live groups after which new tokens carry them; null for never. */
  fallback_after: number | null
  /** `1.34`; null where nobody said. */
  kubernetes_version: string | null
  /** Addresses of its apiservers, where several stand behind `server`. */
  replicas: string
  /** Address of the authenticating proxy that people use instead of `server`, and its CA; null where there is none. */
  proxy_server: string | null
  proxy_certificate_authority: string | null
  created_at: number
}

/** What an apiserver last made of a live token. */
export interface ClusterProbeRow {
  cluster_id: string
  /** URL of the apiserver. */
  address: string
  outcome: 'accepted' | 'refused' | 'unreachable'
  /** Why, for people; empty where it was accepted. */
  detail: string
  probed_at: number
  /** When the outcome last changed. */
  since_at: number
}

export interface ClusterGroupRow {
  cluster_id: string
  group_id: string
}

export interface ApplicationRow extends TargetPolicyColumns {
  id: string
  name: string
  client_id: string
  /** SHA-256 of a random secret; null for a public client. */
  secret_hash: string | null
  redirect_uris: string
  post_logout_redirect_uris: string
  /** OpenID Connect Back-Channel Logout 1.0 §2.2. */
  backchannel_logout_uri: string | null
  signing_alg: 'RS256' | 'ES256'
  everyone: number
  /** Groups of the tokens that its own secret gets (RFC 6749 §4.4); null where that is not allowed. */
  client_credentials_groups: string | null
  created_at: number
}

export interface ApplicationGroupRow {
  application_id: string
  group_id: string
}

/** A long-lived bearer token for the webhook. */
export interface AccessTokenRow {
  id: string
  user_id: string
  name: string
  hash: string
  /** Its last characters, by which a person knows it again. */
  hint: string
  /** The uid that a token file gave it; null where the user's own is said. */
  imported_uid: string | null
  /** 1 where its value came from a token file. */
  imported: number
  /** The subset of the owner's groups that it carries; null for all of them. */
  groups: string | null
  /** 1 where it is good for every cluster that its owner may enter. */
  every_cluster: number
  created_at: number
  created_address: string | null
  expires_at: number
  revoked_at: number | null
  /** Coarse, as a device's. */
  last_used_at: number | null
  last_address: string | null
}

export interface AccessTokenClusterRow {
  token_id: string
  cluster_id: string
}

/** What an apiserver's webhook or a proxy shows to Lanyard. */
export interface GatewayCredentialRow {
  hash: string
  cluster_id: string
  kind: 'webhook' | 'proxy'
  created_at: number
}

/** A cluster's own client CA; the key is encrypted under the key file. */
export interface ClientAuthorityRow {
  id: string
  cluster_id: string
  /** `next` is shown and does not sign yet. */
  state: 'next' | 'active'
  certificate: string
  private_jwe: string
  created_at: number
  expires_at: number
}

/** How Lanyard reaches the cluster's own signer; encrypted under the key file. */
export interface ClusterSignerRow {
  cluster_id: string
  credentials_jwe: string
  created_at: number
}

/** What may be presented once: one row for as long as it could be replayed. */
export interface SeenRow {
  hash: string
  expires_at: number
}

/** An outside issuer whose tokens machine rules may name. */
export interface TrustedIssuerRow {
  id: string
  name: string
  kind: 'github' | 'gitlab' | 'buildkite' | 'kubernetes' | 'oidc'
  /** Exactly as `iss` has it. */
  issuer: string
  /** Where its keys are; null where its discovery document says so. */
  jwks_uri: string | null
  /** Its keys themselves; then nobody is asked. */
  jwks: string | null
  certificate_authority: string | null
  /** 1 where one token is exchanged once, 0 where as often as it is good. */
  single_use: number
  created_at: number
}

export interface MachineRuleRow {
  id: string
  name: string
  issuer_id: string
  audience: string
  other_audiences: number
  /** JSON of what each claim must be. */
  claims: string
  username: string
  /** Seconds. */
  lifetime: number
  enabled: number
  created_at: number
  last_used_at: number | null
}

export interface MachineRuleClusterRow {
  rule_id: string
  cluster_id: string
}

export interface MachineRuleGroupRow {
  rule_id: string
  group_id: string
}

/** How Lanyard reads the role bindings of a cluster; encrypted under the key file. */
export interface RbacReaderRow {
  cluster_id: string
  /** As the kubeconfig names it: not always the address that people use. */
  server: string
  credentials_jwe: string
  created_at: number
}
