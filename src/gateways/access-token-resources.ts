import { z } from 'zod'
import type { AccessToken, AccessTokens } from '../access-tokens/index.ts'
import { LanyardError } from '../errors/index.ts'
import type { PluginResource } from '../issuer/index.ts'
import { parseBody } from './plugin-body.ts'

const names = z.array(z.string().max(256)).max(256).nullable()
const wanted = z.strictObject({
  name: z.string().max(256),
  /** Null: every cluster that the person may enter. */
  clusters: names,
  /** Null: all of the person's groups. */
  groups: names,
  /** Seconds. */
  lifetime: z.int().optional(),
})
const revoked = z.strictObject({ id: z.string().max(64) })

/** A person's own access tokens, below `/kubectl/v1/tokens` of the plugin's API. */
export function accessTokenResources(accessTokens: AccessTokens): readonly PluginResource[] {
  return [
    {
      method: 'GET',
      path: '/kubectl/v1/tokens',
      answer: async ({ subject: { userId } }) => ({
        tokens: (await accessTokens.list({ userId })).map(shapeOf),
      }),
    },
    {
      method: 'POST',
      path: '/kubectl/v1/tokens',
      async answer({ subject: { userId }, by }, body) {
        const { token, value } = await accessTokens.create(
          { ...parseBody(wanted, body), userId },
          by,
        )
        return { token: shapeOf(token), value }
      },
    },
    {
      method: 'POST',
      path: '/kubectl/v1/tokens/revoke',
      async answer({ subject: { userId }, by }, body) {
        const { id } = parseBody(revoked, body)
        if (await accessTokens.revoke(id, by, userId)) return { revoked: 1 }
        throw new LanyardError('ERR_TOKEN_UNKNOWN', 'this person has no such living access token')
      },
    },
  ]
}

function shapeOf(token: AccessToken): object {
  const { id, name, hint, clusters, groups, createdAt, expiresAt, lastUsedAt } = token
  return {
    ...{ id, name, hint, clusters, groups },
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
  }
}
