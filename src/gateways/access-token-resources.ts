import { z } from 'zod'
import { refuseLack, WeakSignIn } from '../access/index.ts'
import type { AccessToken, AccessTokens } from '../access-tokens/index.ts'
import type { Directory } from '../directory/index.ts'
import { type Clock, LanyardError } from '../errors/index.ts'
import type { PluginCaller, PluginResource } from '../issuer/index.ts'
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

/** How long a login that was just made stands for the person's presence. */
const FRESH_SECONDS = 15 * 60

interface TokenRooms {
  readonly accessTokens: AccessTokens
  readonly directory: Pick<Directory, 'factors'>
  readonly clock: Clock
}

/**
 * Threat 16: a token outlives the login that it is made with, so an everyday one, which may have been stolen since, makes none.
 * @throws WeakSignIn
 */
async function refuseOldLogin(
  { directory, clock }: TokenRooms,
  { subject, authentication }: PluginCaller,
): Promise<void> {
  const { passkeys, oneTimeCode } = await directory.factors.of(subject.userId)
  const factors = passkeys.length > 0 || oneTimeCode ? 'two' : 'any'
  const policy = { factors, maxAge: FRESH_SECONDS } as const
  const signIn = { authentication, now: clock() }
  const refusal = refuseLack(subject.username, 'making an access token', policy, signIn)
  if (refusal !== null) throw new WeakSignIn(refusal.sentence, policy)
}

/** A person's own access tokens, below `/kubectl/v1/tokens` of the plugin's API. */
export function accessTokenResources(rooms: TokenRooms): readonly PluginResource[] {
  const { accessTokens } = rooms
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
      async answer(caller, body) {
        const { userId } = caller.subject
        const asked = parseBody(wanted, body)
        await refuseOldLogin(rooms, caller)
        const { token, value } = await accessTokens.create({ ...asked, userId }, caller.by)
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
