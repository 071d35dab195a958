import type { Generated } from 'kysely'
import type {
  EmailChangeRow,
  FailureBudgetRow,
  GroupGroupRow,
  GroupOwnerRow,
  GroupRow,
  GroupUserRow,
  InvitationGroupRow,
  InvitationRow,
  MailOutboxRow,
  MembershipRequestRow,
  OneTimeCodeRow,
  PasskeyRow,
  PasswordRow,
  RecoveryCodeRow,
  ResetLinkRow,
  SetupLinkRow,
  TombstoneRow,
  UserRow,
} from './schema-people.ts'
import type {
  AccessTokenClusterRow,
  AccessTokenRow,
  ApplicationGroupRow,
  ApplicationRow,
  ClientAuthorityRow,
  ClusterGroupRow,
  ClusterProbeRow,
  ClusterRow,
  ClusterSignerRow,
  GatewayCredentialRow,
  MachineRuleClusterRow,
  MachineRuleGroupRow,
  MachineRuleRow,
  RbacReaderRow,
  SeenRow,
  TrustedIssuerRow,
} from './schema-ways-in.ts'

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
