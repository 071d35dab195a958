import { z } from 'zod'

/** Of a cluster, an application or a group. */
export const signInPolicy = z.strictObject({
  factors: z.enum(['any', 'two', 'passkey']),
  maxAge: z.number().nullable().describe('seconds since the sign-in, at most; null for any'),
})

export const stepUp = z
  .enum(['refuse', 'withhold'])
  .describe('whether a token is issued without a group that asks for more, or none')

export const groupShapes = {
  GroupOwners: z.strictObject({ group: z.string(), owners: z.array(z.string()) }),
  MembershipRequest: z.strictObject({
    id: z.string(),
    group: z.string(),
    userId: z.string(),
    username: z.string(),
    reason: z.string(),
    seconds: z.number(),
    state: z.enum(['waiting', 'approved', 'refused', 'withdrawn']),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('nobody answers it after this'),
  }),
}
