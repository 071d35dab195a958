import { prepare, type Transaction } from '../../db/index.ts'
import type { Actor, By, Clock, DeviceId } from '../errors/index.ts'
import type { EventColumns } from './canonical.ts'
import { extendChain } from './chain.ts'

/** Everything that is ever recorded. A name, once released, never changes its meaning. */
export const auditTypes = [
  'access.refused',
  'access_token.created',
  'access_token.imported',
  'access_token.revoked',
  'application.added',
  'application.changed',
  'application.deleted',
  'application.secret_rotated',
  'certificate.signed',
  'cluster.added',
  'cluster.changed',
  'cluster.client_ca_activated',
  'cluster.client_ca_made',
  'cluster.client_ca_removed',
  'cluster.credential_issued',
  'cluster.credentials_revoked',
  'cluster.deleted',
  'cluster.fallback_began',
  'cluster.fallback_ended',
  'cluster.rbac_reader_removed',
  'cluster.rbac_reader_set',
  'cluster.signer_removed',
  'cluster.signer_set',
  'device.approved',
  'device.entered_cluster',
  'device.refused',
  'device.reuse_detected',
  'device.revoked',
  'device.signed_in',
  'factor.all_removed',
  'factor.one_time_code_added',
  'factor.one_time_code_removed',
  'factor.passkey_added',
  'factor.passkey_removed',
  'factor.passkey_renamed',
  'factor.recovery_code_used',
  'factor.recovery_codes_made',
  'group.added',
  'group.changed',
  'group.deleted',
  'group.member_added',
  'group.member_removed',
  'group.membership_approved',
  'group.membership_ended',
  'group.membership_refused',
  'group.membership_requested',
  'group.membership_withdrawn',
  'group.owner_added',
  'group.owner_removed',
  'invitation.accepted',
  'invitation.created',
  'invitation.revoked',
  'key.activated',
  'key.published',
  'key.removed',
  'key.retired',
  'machine.entered',
  'machine.issuer_added',
  'machine.issuer_removed',
  'machine.refused',
  'machine.rule_added',
  'machine.rule_changed',
  'machine.rule_removed',
  'mail.failed',
  'session.ended',
  'setup.completed',
  'setup.link_issued',
  'signin.refused',
  'user.added',
  'user.changed',
  'user.deleted',
  'user.disabled',
  'user.email_change_requested',
  'user.email_changed',
  'user.enabled',
  'user.limit_cleared',
  'user.password_changed',
  'user.password_reset',
  'user.password_set',
  'user.reset_link_made',
  'user.reset_requested',
  'user.signed_in',
] as const
export type AuditType = (typeof auditTypes)[number]

export type AuditDetail = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** What an event happened to. The name is kept as it was: it must be readable after the thing is gone. */
export interface AuditTarget {
  readonly kind:
    | 'access_token'
    | 'certificate'
    | 'user'
    | 'group'
    | 'cluster'
    | 'application'
    | 'device'
    | 'invitation'
    | 'key'
    | 'machine'
    | 'server'
  readonly id?: string
  readonly name?: string
}

export interface AuditEvent {
  readonly type: AuditType
  readonly by: By
  readonly target?: AuditTarget
  readonly clientId?: string
  readonly deviceId?: DeviceId
  /** Facts worth reading later; nothing secret. */
  readonly detail?: AuditDetail
}

type EventValues = EventColumns & { readonly hash: string }

const insertEvent = prepare<EventValues>()((db, param) =>
  db.insertInto('audit_events').values({
    id: param('id'),
    at: param('at'),
    type: param('type'),
    actor_kind: param('actor_kind'),
    actor_id: param('actor_id'),
    actor_name: param('actor_name'),
    target_kind: param('target_kind'),
    target_id: param('target_id'),
    target_name: param('target_name'),
    client_id: param('client_id'),
    device_id: param('device_id'),
    address: param('address'),
    request_id: param('request_id'),
    detail: param('detail'),
    hash: param('hash'),
  }),
)

/** Records `event` in the transaction of what it records. */
export async function recordEvent(
  tx: Transaction,
  clock: Clock,
  { type, by, target, clientId, deviceId, detail = {} }: AuditEvent,
): Promise<void> {
  const at = clock()
  const event = {
    at,
    type,
    actor_kind: by.actor.kind,
    ...idAndNameOf(by.actor),
    target_kind: target?.kind ?? null,
    target_id: wellFormed(target?.id),
    target_name: wellFormed(target?.name),
    client_id: wellFormed(clientId),
    device_id: wellFormed(deviceId),
    address: wellFormed(by.address),
    request_id: wellFormed(by.requestId),
    detail: JSON.stringify(detail),
  }
  await tx.run(insertEvent, { ...event, ...(await extendChain(tx, at, event)) })
}

/** A database keeps no half of a surrogate pair: what is read back must be what was hashed. */
function wellFormed(text: string | null | undefined): string | null {
  return text?.toWellFormed() ?? null
}

function idAndNameOf(actor: Actor): Pick<EventColumns, 'actor_id' | 'actor_name'> {
  switch (actor.kind) {
    case 'user':
      return { actor_id: actor.userId.toWellFormed(), actor_name: actor.username.toWellFormed() }
    case 'command':
      return { actor_id: null, actor_name: actor.name.toWellFormed() }
    case 'visitor':
    case 'system':
      return { actor_id: null, actor_name: null }
  }
}
