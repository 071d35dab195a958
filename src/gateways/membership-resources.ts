import { z } from 'zod'
import type { Directory, MembershipRequest } from '../directory/index.ts'
import type { PluginResource } from '../issuer/index.ts'
import { parseBody } from './plugin-body.ts'

const wish = z.strictObject({
  group: z.string().max(256),
  seconds: z.int(),
  reason: z.string().max(1024),
})
const withdrawn = z.strictObject({ id: z.string().max(64) })

/** A person's own requests to be in a group for a while, below `/kubectl/v1/requests` of the plugin's API. */
export function membershipResources({ requests }: Directory): readonly PluginResource[] {
  return [
    {
      method: 'GET',
      path: '/kubectl/v1/requests',
      answer: async ({ subject: { userId } }) => ({
        groups: (await requests.requestable(userId)).map(({ member, ...group }) => ({
          ...group,
          member: member !== false,
        })),
        requests: (await requests.of(userId)).map(shapeOf),
      }),
    },
    {
      method: 'POST',
      path: '/kubectl/v1/requests',
      async answer({ subject: { userId }, by }, body) {
        return { request: shapeOf(await requests.ask({ ...parseBody(wish, body), userId }, by)) }
      },
    },
    {
      method: 'POST',
      path: '/kubectl/v1/requests/withdraw',
      async answer({ subject: { userId }, by }, body) {
        await requests.withdraw(parseBody(withdrawn, body).id, userId, by)
        return { withdrawn: 1 }
      },
    },
  ]
}

function shapeOf(request: MembershipRequest): object {
  const { id, group, reason, seconds, decidedBy, endsAt } = request
  return {
    ...{ id, group, reason, seconds, decidedBy, state: request.state },
    createdAt: new Date(request.createdAt).toISOString(),
    expiresAt: new Date(request.expiresAt).toISOString(),
    endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
  }
}
