import { z } from 'zod'
import type { AuditEntry } from '../audit/index.ts'
import type { Application, Cluster } from '../clusters/index.ts'
import type { Group, MembershipRequest, User } from '../directory/index.ts'
import type { EpochMs } from '../errors/index.ts'
import type { Device, Key } from '../issuer/index.ts'
import type { DistributionConfig } from '../kubernetes/index.ts'
import { accessReviewShapes } from './access-review-shapes.ts'
import { auditShapes } from './audit-shapes.ts'
import { certificateShapes } from './certificate-shapes.ts'
import { application, binding, cluster, clusterConfig, holder } from './cluster-shapes.ts'
import { groupShapes, signInPolicy } from './group-shapes.ts'
import { invitationShapes } from './invitation-shapes.ts'
import { machineShapes } from './machine-shapes.ts'
import { tokenShapes } from './token-shapes.ts'

/*
 * What `-o json` prints. A member, once released, keeps its name and meaning; new ones may join. Times are RFC 3339 in UTC.
 */

const time = () => z.iso.datetime()
const text = () => z.string()
const names = () => z.array(z.string())

const user = z.strictObject({
  id: text().describe('the `sub` of every token'),
  username: text().describe('what Kubernetes sees'),
  displayName: text(),
  email: text().nullable(),
  emailVerified: z.boolean(),
  status: z.enum(['active', 'disabled']),
  hasPassword: z.boolean(),
  mustChangePassword: z.boolean().describe('at the next sign-in'),
  createdAt: time(),
})
const group = z.strictObject({
  id: text(),
  name: text().describe('what RBAC binds'),
  description: text(),
  policy: signInPolicy.describe('what a sign-in must have been before a token carries the group'),
  longestMembership: z
    .number()
    .nullable()
    .describe('seconds for which somebody may ask to be a member; null where nobody may'),
  createdAt: time(),
})
const device = z.strictObject({
  id: text().describe('the first part of every `jti`, and the `sid`'),
  userId: text(),
  name: text().describe('as it names itself'),
  clientId: text(),
  authenticatedAt: time().describe('when the person last proved who they are'),
  amr: names().describe('how: RFC 8176'),
  createdAt: time(),
  createdAddress: text().nullable(),
  lastUsedAt: time().describe('to the hour'),
  expiresAt: time(),
  revokedAt: time().nullable(),
})
const auditEntry = z.strictObject({
  id: text().describe('for `--before`'),
  at: time(),
  type: text(),
  count: z.int().describe('1, or how often somebody was refused in that minute'),
  actor: z.strictObject({ kind: text(), id: text().nullable(), name: text().nullable() }),
  target: z
    .strictObject({ kind: text(), id: text().nullable(), name: text().nullable() })
    .nullable(),
  clientId: text().nullable(),
  deviceId: text().nullable(),
  address: text().nullable(),
  requestId: text().nullable().describe('the reference that error pages show'),
  detail: z.record(z.string(), z.unknown()),
})

/** Every documented shape. */
export const shapes = {
  User: user,
  UserDetails: user.extend({
    groups: z.array(
      z.strictObject({ name: text(), via: text().nullable().describe('the member group, if any') }),
    ),
    clusters: names().describe('that the user may enter'),
    devices: z.array(device),
  }),
  Group: group,
  GroupDetails: group.extend({
    members: z.strictObject({ users: names(), groups: names() }).describe('direct ones'),
    owners: names().describe('who may manage the members'),
  }),
  ...groupShapes,
  Cluster: cluster,
  ClusterDetails: cluster.extend({ issuer: text() }),
  ClusterConfig: clusterConfig,
  ClusterBindings: z.strictObject({
    cluster: text(),
    bindings: z.array(binding),
    manifest: text().describe('YAML of them all, for `kubectl apply -f -`'),
  }),
  ClusterKubeconfig: z.strictObject({
    cluster: text(),
    for: z.enum(['plugin', 'kubelogin']),
    context: text(),
    kubeconfig: text().describe('YAML; nothing in it is a secret'),
  }),
  ClusterProxyConfig: z.strictObject({
    cluster: text(),
    mode: z.enum(['front-proxy', 'impersonation']),
    configuration: text()
      .nullable()
      .describe('YAML for `lanyard proxy`, with a secret; null with `--only`'),
    flags: names().describe('of kube-apiserver; empty with impersonation'),
    manifest: text().nullable().describe('YAML for `kubectl apply -f -`; null as a front proxy'),
  }),
  ClusterDeleted: z.strictObject({
    deleted: text().describe('the name that is gone'),
    audience: text().describe('that nobody can have again'),
    people: z.int().describe('who entered it, listed or not'),
    devices: z.int().describe('their machines'),
    holders: z.array(holder).describe('machines with a context for it, the last 50 that entered'),
    removeContext: text().describe('what each of them types'),
  }),
  Application: application,
  ApplicationWithSecret: application.extend({
    secret: text().nullable().describe('shown this once; null for a public client'),
    settings: z
      .array(z.strictObject({ where: text(), text: text() }))
      .describe('what is pasted into the application, with `--preset`'),
  }),
  Device: device,
  Key: z.strictObject({
    kid: text(),
    alg: z.enum(['RS256', 'ES256']),
    state: z.enum(['next', 'active', 'retired', 'removed']),
    publishedAt: time(),
    activatesAt: time(),
    retiredAt: time().nullable(),
    removesAt: time().nullable(),
  }),
  AuditEntry: auditEntry,
  Who: z.strictObject({
    device: device.nullable().describe('null for an access token or a machine'),
    user: user.nullable().describe('null once the user is deleted, and for a machine'),
    signIn: auditEntry.nullable().describe('when this device signed in'),
    accessToken: z.strictObject({ id: text(), name: text() }).nullable(),
    machine: z
      .strictObject({ id: text().describe('of its rule or application'), name: text() })
      .nullable(),
    entry: auditEntry
      .nullable()
      .describe('when the access token was made, or the machine entered with that token'),
  }),
  Finding: z.strictObject({
    check: text().describe('stable: see [doctor.md](doctor.md)'),
    status: z.enum(['ok', 'warning', 'failed', 'skipped']),
    summary: text().describe('the cause, with the value'),
    seen: names(),
    why: text().describe('what breaks, and for whom; empty where it is ok'),
    fixes: z
      .array(
        z.strictObject({
          kind: z.enum(['command', 'edit', 'advice']),
          place: z
            .enum(['server', 'laptop', 'apiserver'])
            .optional()
            .describe('whose machine; not of advice'),
          line: z
            .union([text(), z.int()])
            .nullable()
            .optional()
            .describe(
              'of a command the line for a shell; of an edit the number of the line, null for the end of the file',
            ),
          file: text().optional().describe('of an edit'),
          remove: text()
            .nullable()
            .optional()
            .describe('the whole lines that go, from that line on; null for none'),
          insert: text().nullable().optional().describe('the lines that come in their place'),
          text: text().optional().describe('of advice'),
        }),
      )
      .describe('one after the other; edits of one file from the bottom up'),
  }),
  Deleted: z.strictObject({ deleted: text().describe('the name that is gone') }),
  Revoked: z.strictObject({ revoked: names().describe('ids of devices or access tokens') }),
  SetupLink: z.strictObject({ url: text(), code: text(), expiresAt: time() }),
  ClusterWebhookConfig: z.strictObject({
    cluster: text(),
    kubeconfig: text().nullable().describe('YAML, with a secret; null with `--only`'),
    flags: names().describe('of kube-apiserver'),
    cacheTtl: z.int().describe('seconds'),
  }),
  ...auditShapes,
  ...accessReviewShapes,
  ...certificateShapes,
  ...machineShapes,
  ...tokenShapes,
  ...invitationShapes,
  Check: z.strictObject({ ok: z.boolean(), faults: names() }),
  Version: z.strictObject({ version: text(), node: text() }),
} as const

export type ShapeName = keyof typeof shapes
export type Shape<Name extends ShapeName> = z.infer<(typeof shapes)[Name]>

export function userShape(from: User): Shape<'User'> {
  const { id, username, displayName, email, emailVerified, status } = from
  const { hasPassword, mustChangePassword } = from
  return {
    ...{ id, username, displayName, email, emailVerified, status },
    ...{ hasPassword, mustChangePassword, createdAt: rfc3339(from.createdAt) },
  }
}

export function groupShape({ createdAt, ...group }: Group): Shape<'Group'> {
  return { ...group, createdAt: rfc3339(createdAt) }
}

export function membershipRequestShape(from: MembershipRequest): Shape<'MembershipRequest'> {
  const { id, group, userId, username, reason, seconds, state } = from
  return {
    ...{ id, group, userId, username, reason, seconds, state },
    createdAt: rfc3339(from.createdAt),
    expiresAt: rfc3339(from.expiresAt),
  }
}

export function clusterShape(from: Cluster): Shape<'Cluster'> {
  return {
    ...from,
    groups: [...from.groups],
    replicas: [...from.replicas],
    createdAt: rfc3339(from.createdAt),
  }
}

export function configShape({
  files,
  commands,
  ...from
}: DistributionConfig): Shape<'ClusterConfig'> {
  return {
    ...from,
    flags: [...from.flags],
    files: files.map(({ machine, path, content, append = false }) => ({
      machine,
      path,
      content,
      append,
    })),
    commands: commands.map(({ machine, run }) => ({ machine, run })),
    notes: [...from.notes],
  }
}

export function applicationShape(from: Application): Shape<'Application'> {
  return {
    ...from,
    redirectUris: [...from.redirectUris],
    postLogoutRedirectUris: [...from.postLogoutRedirectUris],
    groups: [...from.groups],
    createdAt: rfc3339(from.createdAt),
  }
}

export function deviceShape(from: Device): Shape<'Device'> {
  const { id, userId, name, clientId, amr, createdAddress } = from
  return {
    ...{ id, userId, name, clientId },
    authenticatedAt: rfc3339(from.authenticatedAt),
    amr: [...amr],
    createdAt: rfc3339(from.createdAt),
    createdAddress,
    lastUsedAt: rfc3339(from.lastUsedAt),
    expiresAt: rfc3339(from.expiresAt),
    revokedAt: rfc3339OrNull(from.revokedAt),
  }
}

export function keyShape({ kid, alg, state, ...times }: Key): Shape<'Key'> {
  return {
    ...{ kid, alg, state },
    publishedAt: rfc3339(times.publishedAt),
    activatesAt: rfc3339(times.activatesAt),
    retiredAt: rfc3339OrNull(times.retiredAt),
    removesAt: rfc3339OrNull(times.removesAt),
  }
}

export function auditEntryShape(from: AuditEntry): Shape<'AuditEntry'> {
  const { id, type, count, actor, target, clientId, deviceId, address, requestId, detail } = from
  return {
    ...{ id, at: rfc3339(from.at), type, count, actor, target },
    ...{ clientId, deviceId, address, requestId, detail },
  }
}

export function rfc3339(at: EpochMs): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

function rfc3339OrNull(at: EpochMs | null): string | null {
  return at === null ? null : rfc3339(at)
}
