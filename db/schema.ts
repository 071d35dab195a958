import type { Generated } from 'kysely'

/*
 * Every table, as rows are read. Times are epoch milliseconds in columns that end in `_at`; booleans are 0 or 1; lists are
 * JSON text. Bearer values (codes, tokens, secrets) are stored as SHA-256, base64url.
 */

export interface Schema {
  migrations: MigrationRow
  revisions: RevisionRow
  users: UserRow
  passwords: PasswordRow
  groups: GroupRow
  group_users: GroupUserRow
  group_groups: GroupGroupRow
  tombstones: TombstoneRow
  failure_budgets: FailureBudgetRow
  setup_links: SetupLinkRow
  clusters: ClusterRow
  cluster_groups: ClusterGroupRow
  cluster_probes: ClusterProbeRow
  applications: ApplicationRow
  application_groups: ApplicationGroupRow
  devices: DeviceRow
  device_clusters: DeviceClusterRow
  engine_rows: EngineRow
  dpop_proofs: DpopProofRow
  signing_keys: SigningKeyRow
  access_tokens: AccessTokenRow
  access_token_clusters: AccessTokenClusterRow
  gateway_credentials: GatewayCredentialRow
  client_authorities: ClientAuthorityRow
  cluster_signers: ClusterSignerRow
  certificate_requests: SeenRow
  trusted_issuers: TrustedIssuerRow
  machine_rules: MachineRuleRow
  machine_rule_clusters: MachineRuleClusterRow
  machine_rule_groups: MachineRuleGroupRow
  machine_tokens_seen: SeenRow
  passkeys: PasskeyRow
  one_time_codes: OneTimeCodeRow
  recovery_codes: RecoveryCodeRow
  spent_challenges: SeenRow
  invitations: InvitationRow
  invitation_groups: InvitationGroupRow
  reset_links: ResetLinkRow
  email_changes: EmailChangeRow
  mail_outbox: MailOutboxRow
  group_owners: GroupOwnerRow
  membership_requests: MembershipRequestRow
  audit_chain: AuditChainRow
  audit_events: AuditEventRow
  audit_refusals: AuditRefusalRow
  audit_stream: AuditStreamRow
  rbac_readers: RbacReaderRow
}

interface MigrationRow {
  number: number
  name: string
  applied_at: number
}

/** A counter that every write to something kept in memory moves in the same transaction: `clients`, `keys`, `directory`. */
interface RevisionRow {
  name: string
  value: number
}

interface UserRow {
  id: string
  /** Canonical: NFKC, lower case. What Kubernetes sees. */
  username: string
  display_name: string
  email: string | null
  email_verified: number
  status: 'active' | 'disabled'
  created_at: number
  /** Cookies and sessions older than this are void: set when the password changes or sessions are ended. */
  sessions_valid_from: number
  /** BCP 47, as the person chose it; null for what their browser asks for. */
  language: string | null
}

interface PasswordRow {
  user_id: string
  /** argon2id, PHC string. */
  hash: string
  must_change: number
  changed_at: number
}

/** What a sign-in must have been. */
interface PolicyColumns {
  factors: Generated<'any' | 'two' | 'passkey'>
  /** Seconds since the sign-in; null for any. */
  max_age: number | null
}

interface TargetPolicyColumns extends PolicyColumns {
  /** Whether a token without a guarded group is issued, or none, until the sign-in is good enough for the group. */
  step_up: Generated<'refuse' | 'withhold'>
}

interface GroupRow extends PolicyColumns {
  id: string
  name: string
  description: string
  created_at: number
  /** Seconds for which somebody may ask to be a member; null where nobody may ask. */
  longest_membership: number | null
}

interface GroupUserRow {
  group_id: string
  user_id: string
  /** When the membership ends by itself; null for never. */
  expires_at: number | null
}

/** May manage the members of the group and nothing else. */
interface GroupOwnerRow {
  group_id: string
  user_id: string
}

interface MembershipRequestRow {
  id: string
  group_id: string
  user_id: string
  reason: string
  seconds: number
  state: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  created_at: number
  /** Nobody answers it after this. */
  expires_at: number
  decided_at: number | null
  decided_by_id: string | null
  decided_by_name: string | null
  /** Of the membership. */
  ends_at: number | null
}

interface PasskeyRow {
  /** The credential id, base64url. */
  id: string
  user_id: string
  name: string
  /** COSE, base64url. */
  public_key: string
  counter: number
  /** Separated by spaces. */
  transports: string
  backed_up: number
  created_at: number
  last_used_at: number | null
}

interface OneTimeCodeRow {
  user_id: string
  /** Encrypted under the key file. */
  secret_jwe: string
  /** The last time step that was used: no code counts twice (RFC 6238 §5.2). */
  last_step: number
  created_at: number
  /** Null until a first code proved that the person has it. */
  confirmed_at: number | null
}

interface RecoveryCodeRow {
  hash: string
  user_id: string
  created_at: number
  consumed_at: number | null
}

interface InvitationRow {
  id: string
  code_hash: string
  /** Null where whoever accepts chooses. */
  username: string | null
  email: string | null
  display_name: string | null
  invited_by_id: string | null
  invited_by_name: string
  created_at: number
  expires_at: number
  consumed_at: number | null
  revoked_at: number | null
  /** Of whoever accepted it. */
  user_id: string | null
}

interface InvitationGroupRow {
  invitation_id: string
  group_id: string
}

interface ResetLinkRow {
  code_hash: string
  user_id: string
  made_by: 'admin' | 'self'
  created_at: number
  expires_at: number
  consumed_at: number | null
}

/** A new address that waits for proof on both sides. */
interface EmailChangeRow {
  user_id: string
  email: string
  new_code_hash: string
  /** Null where there was no proved address before. */
  old_code_hash: string | null
  new_proved_at: number | null
  old_proved_at: number | null
  created_at: number
  expires_at: number
}

interface MailOutboxRow {
  id: Generated<number>
  recipient: string
  kind: string
  /** Encrypted under the key file: it may hold a link that signs somebody in. */
  message_jwe: string
  created_at: number
  next_attempt_at: number
  attempts: number
  last_fault: string | null
  expires_at: number
}

interface GroupGroupRow {
  group_id: string
  member_id: string
}

/** A name that once was somebody's: nobody inherits another's RBAC. */
interface TombstoneRow {
  kind: 'user' | 'group' | 'audience'
  name: string
  buried_at: number
}

interface FailureBudgetRow {
  /** What is counted: `account:…`, `browser:…` or `network:…`, hashed. */
  key: string
  failures: number
  window_started_at: number
  expires_at: number
  /** 1 where no such account or browser exists: these rows are bounded, and the oldest go first. */
  unproved: number
}

interface SetupLinkRow {
  code_hash: string
  expires_at: number
  consumed_at: number | null
}

interface ClusterRow extends TargetPolicyColumns {
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
interface ClusterProbeRow {
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

interface ClusterGroupRow {
  cluster_id: string
  group_id: string
}

interface ApplicationRow extends TargetPolicyColumns {
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

interface ApplicationGroupRow {
  application_id: string
  group_id: string
}

interface DeviceRow {
  id: string
  user_id: string
  client_id: string
  /** As it names itself; cleaned of control and bidi characters, 64 characters at most. */
  name: string
  /** RFC 7638 thumbprint of the DPoP key it is bound to; null for standard OIDC clients. */
  jkt: string | null
  amr: string
  acr: string
  authenticated_at: number
  created_at: number
  created_address: string | null
  /** Coarse: moved at most once an hour, so that a refresh writes nothing here. */
  last_used_at: number
  last_address: string | null
  expires_at: number
  revoked_at: number | null
  /** When its application was told that it ended (Back-Channel Logout); null where it lives, or nobody asks to be told. */
  logout_told_at: number | null
}

/** A device's first entry into a cluster. */
interface DeviceClusterRow {
  device_id: string
  cluster_id: string
  entered_at: number
}

/** The engine's own models, one row each. */
interface EngineRow {
  /** SHA-256 of model and bearer id. */
  id: string
  model: string
  payload: string
  grant_id: string | null
  uid: string | null
  user_code: string | null
  account_id: string | null
  client_id: string | null
  expires_at: number
  consumed_at: number | null
}

/** RFC 9449 §11.1: one row per proof seen, for as long as that proof could be replayed. */
interface DpopProofRow {
  id: string
  expires_at: number
}

interface SigningKeyRow {
  kid: string
  alg: 'RS256' | 'ES256'
  state: 'next' | 'active' | 'retired' | 'removed'
  public_jwk: string
  /** Private JWK, encrypted (JWE dir, A256GCM) under the key file; empty once removed. */
  private_jwe: string
  published_at: number
  /** When a `next` key begins to sign by itself. */
  activates_at: number
  retired_at: number | null
  /** When a `retired` key is no longer published: the last token it signed is dead. */
  removes_at: number | null
}

/** A long-lived bearer token for the webhook. */
interface AccessTokenRow {
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

interface AccessTokenClusterRow {
  token_id: string
  cluster_id: string
}

/** What an apiserver's webhook or a proxy shows to Lanyard. */
interface GatewayCredentialRow {
  hash: string
  cluster_id: string
  kind: 'webhook' | 'proxy'
  created_at: number
}

/** A cluster's own client CA; the key is encrypted under the key file. */
interface ClientAuthorityRow {
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
interface ClusterSignerRow {
  cluster_id: string
  credentials_jwe: string
  created_at: number
}

/** What may be presented once: one row for as long as it could be replayed. */
interface SeenRow {
  hash: string
  expires_at: number
}

/** An outside issuer whose tokens machine rules may name. */
interface TrustedIssuerRow {
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

interface MachineRuleRow {
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

interface MachineRuleClusterRow {
  rule_id: string
  cluster_id: string
}

interface MachineRuleGroupRow {
  rule_id: string
  group_id: string
}

interface AuditEventRow {
  id: Generated<number>
  at: number
  type: string
  actor_kind: string
  actor_id: string | null
  actor_name: string | null
  target_kind: string | null
  target_id: string | null
  target_name: string | null
  client_id: string | null
  device_id: string | null
  address: string | null
  request_id: string | null
  detail: string
  /** Over these columns and the hash before; null for what is older than the chain. */
  hash: string | null
}

/** One row: see the migration. */
interface AuditChainRow {
  only: number
  /** Up to here retention has deleted. */
  anchor_id: number
  anchor_hash: string
  /** Up to here events are older than the chain, and their rows hold no hash. */
  adopted_id: number
  adopted_hash: string
  head_id: number
  head_hash: string
  /** Null until the first event after the migration. */
  began_at: number | null
  mac: string | null
}

/** How Lanyard reads the role bindings of a cluster; encrypted under the key file. */
interface RbacReaderRow {
  cluster_id: string
  /** As the kubeconfig names it: not always the address that people use. */
  server: string
  credentials_jwe: string
  created_at: number
}

/** One row: the last event that the stream has written. */
interface AuditStreamRow {
  only: number
  event_id: number
}

/** Refusals of visitors who proved nothing: one row per key and minute, with a count. */
interface AuditRefusalRow {
  key: string
  minute_at: number
  type: string
  target_name: string | null
  address: string | null
  request_id: string | null
  detail: string
  count: number
}
