import { z } from 'zod'
import type { AccessReview } from '../access-review/index.ts'
import { reasonText } from '../access-review/index.ts'
import type { EpochMs } from '../errors/index.ts'

const text = () => z.string()
const time = () => z.iso.datetime()

const member = z.strictObject({
  username: text(),
  displayName: text(),
  status: z.enum(['active', 'disabled']),
  through: z.array(text()).describe('the groups between; empty for a direct member'),
  endsAt: time().nullable().describe('when the membership ends by itself'),
  signedInAt: time().nullable().describe('null for never, as far as is on record'),
  enteredAt: time().nullable().describe('a cluster'),
  devices: z.int().describe('that are signed in'),
  accessTokens: z.int().describe('that are good'),
  dormant: z.boolean().describe('nothing of theirs was used for so long'),
})

/** What the commands about access reviews print with `-o json`. */
export const accessReviewShapes = {
  AccessReview: z.strictObject({
    at: time(),
    dormantDays: z.int(),
    hasMore: z.boolean().describe('whether groups or members were left out'),
    groups: z.array(
      z.strictObject({
        name: text(),
        why: z.array(text()).describe('in words'),
        hasMore: z.boolean(),
        members: z.array(member),
      }),
    ),
    idle: z
      .array(
        z.strictObject({
          kind: z.enum(['device', 'access token']),
          username: text(),
          name: text(),
          lastUsedAt: time().nullable(),
          expiresAt: time(),
        }),
      )
      .describe('what lives and was not used for so long'),
    clusters: z.array(
      z.strictObject({
        cluster: text(),
        state: z.enum(['read', 'none', 'failed']).describe('whether its role bindings were read'),
        fault: text().nullable(),
        hasMore: z.boolean(),
        bound: z.array(
          z.strictObject({
            kind: z.enum(['user', 'group']),
            name: text().describe('without the cluster’s prefix'),
            roleKind: z.enum(['ClusterRole', 'Role']),
            role: text(),
            namespace: text().nullable().describe('null where it holds everywhere'),
            binding: text(),
          }),
        ),
        unknown: z.array(
          z.strictObject({
            kind: z.enum(['user', 'group']),
            subject: text().describe('as the binding has it'),
            bindings: z.array(text()),
            near: text().nullable().describe('what was meant, perhaps'),
          }),
        ),
        unbound: z.array(text()).describe('groups that may enter and are bound to nothing'),
      }),
    ),
  }),
  ClusterRbacReader: z.strictObject({
    cluster: text(),
    set: z.boolean().nullable().describe('null with `--rbac`'),
    server: text().nullable(),
    createdAt: time().nullable(),
    manifest: text().nullable().describe('YAML for `kubectl apply -f -`, with `--rbac`'),
  }),
} as const

export function accessReviewShape(
  review: AccessReview,
): z.infer<typeof accessReviewShapes.AccessReview> {
  return {
    at: timeOf(review.at),
    dormantDays: review.dormantDays,
    hasMore: review.hasMore,
    groups: review.groups.map(({ name, reasons, hasMore, members }) => ({
      ...{ name, hasMore, why: reasons.map(reasonText) },
      members: members.map(({ isDormant, endsAt, signedInAt, enteredAt, through, ...rest }) => ({
        ...rest,
        through: [...through],
        endsAt: timeOrNull(endsAt),
        signedInAt: timeOrNull(signedInAt),
        enteredAt: timeOrNull(enteredAt),
        dormant: isDormant,
      })),
    })),
    idle: review.idle.map(({ lastUsedAt, expiresAt, ...rest }) => ({
      ...rest,
      lastUsedAt: timeOrNull(lastUsedAt),
      expiresAt: timeOf(expiresAt),
    })),
    clusters: review.clusters.map(({ bound, unknown, unbound, ...rest }) => ({
      ...rest,
      bound: [...bound],
      unknown: unknown.map(({ bindings, ...subject }) => ({ ...subject, bindings: [...bindings] })),
      unbound: [...unbound],
    })),
  }
}

function timeOf(at: EpochMs): string {
  return new Date(at).toISOString()
}

function timeOrNull(at: EpochMs | null): string | null {
  return at === null ? null : timeOf(at)
}
