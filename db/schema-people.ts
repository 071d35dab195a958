import type { Generated } from 'kysely'
import type { PolicyColumns } from './schema-policy.ts'

/* Who people are, how they prove it, and what was sent to them. The rules of schema.ts hold. */

export interface UserRow {
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

export interface PasswordRow {
  user_id: string
  /** argon2id, PHC string. */
  hash: string
  must_change: number
  changed_at: number
}

export interface GroupRow extends PolicyColumns {
  id: string
  name: string
  description: string
  created_at: number
  /** Seconds for which somebody may ask to be a member; null where nobody may ask. */
  longest_membership: number | null
}

export interface GroupUserRow {
  group_id: string
  user_id: string
  /** When the membership ends by itself; null for never. */
  expires_at: number | null
}

/** May manage the members of the group and nothing else. */
export interface GroupOwnerRow {
  group_id: string
  user_id: string
}

export interface MembershipRequestRow {
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

export interface PasskeyRow {
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

export interface OneTimeCodeRow {
  user_id: string
  /** Encrypted under the key file. */
  secret_jwe: string
  /** The last time step that was used: no code counts twice (RFC 6238 §5.2). */
  last_step: number
  created_at: number
  /** Null until a first code proved that the person has it. */
  confirmed_at: number | null
}

export interface RecoveryCodeRow {
  hash: string
  user_id: string
  created_at: number
  consumed_at: number | null
}

export interface InvitationRow {
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

export interface InvitationGroupRow {
  invitation_id: string
  group_id: string
}

export interface ResetLinkRow {
  code_hash: string
  user_id: string
  made_by: 'admin' | 'self'
  created_at: number
  expires_at: number
  consumed_at: number | null
}

/** A new address that waits for proof on both sides. */
export interface EmailChangeRow {
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

export interface MailOutboxRow {
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

export interface GroupGroupRow {
  group_id: string
  member_id: string
}

/** A name that once was somebody's: nobody inherits another's RBAC. */
export interface TombstoneRow {
  kind: 'user' | 'group' | 'audience'
  name: string
  buried_at: number
}

export interface FailureBudgetRow {
  /** What is counted: `account:…`, `browser:…` or `network:…`, hashed. */
  key: string
  failures: number
  window_started_at: number
  expires_at: number
  /** 1 where no such account or browser exists: these rows are bounded, and the oldest go first. */
  unproved: number
}

export interface SetupLinkRow {
  code_hash: string
  expires_at: number
  consumed_at: number | null
}
