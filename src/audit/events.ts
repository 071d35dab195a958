import { prepare, type Transaction } from '../../db/index.ts'
import type { Actor, By, Clock, DeviceId } from '../errors/index.ts'

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
  'cluster.signer_removed',
  'cluster.signer_set',
  'device.approved',
  'device.entered_cluster',
  'device.refused',
  'device.reuse_detected',
  'device.revoked',
  'device.signed_in',
  'group.added',
  'group.changed',
  'group.deleted',
  'group.member_added',
  'group.member_removed',
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
  'session.ended',
  'setup.completed',
  'setup.link_issued',
  'signin.refused',
  'user.added',
  'user.changed',
  'user.deleted',
  'user.disabled',
  'user.enabled',
  'user.password_changed',
  'user.password_set',
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

interface EventValues {
  at: number
  type: string
  actorKind: string
  actorId: string | null
  actorName: string | null
  targetKind: string | null
  targetId: string | null
  targetName: string | null
  clientId: string | null
  deviceId: string | null
  address: string | null
  requestId: string | null
  detail: string
}

const insertEvent = prepare<EventValues>()((db, param) =>
  db.insertInto('audit_events').values({
    at: param('at'),
    type: param('type'),
    actor_kind: param('actorKind'),
    actor_id: param('actorId'),
    actor_name: param('actorName'),
    target_kind: param('targetKind'),
    target_id: param('targetId'),
    target_name: param('targetName'),
    client_id: param('clientId'),
    device_id: param('deviceId'),
    address: param('address'),
    request_id: param('requestId'),
    detail: param('detail'),
  }),
)

/** Records `event` in the transaction of what it records. */
export async function recordEvent(
  tx: Transaction,
  clock: Clock,
  { type, by, target, clientId, deviceId, detail = {} }: AuditEvent,
): Promise<void> {
  await tx.run(insertEvent, {
    at: clock(),
    type,
    actorKind: by.actor.kind,
    ...idAndNameOf(by.actor),
    targetKind: target?.kind ?? null,
    targetId: target?.id ?? null,
    targetName: target?.name ?? null,
    clientId: clientId ?? null,
    deviceId: deviceId ?? null,
    address: by.address,
    requestId: by.requestId,
    detail: JSON.stringify(detail),
  })
}

function idAndNameOf(actor: Actor): { actorId: string | null; actorName: string | null } {
  switch (actor.kind) {
    case 'user':
      return { actorId: actor.userId, actorName: actor.username }
    case 'command':
      return { actorId: null, actorName: actor.name }
    case 'visitor':
    case 'system':
      return { actorId: null, actorName: null }
  }
}
