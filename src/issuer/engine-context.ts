import type { IncomingMessage } from 'node:http'
import { Provider } from 'oidc-provider'
import type { By, UserId } from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { EngineAccount } from './account.ts'

/** Who acts, for a request. */
export function byOfRequest(
  req: IncomingMessage,
  user: { readonly userId: UserId; readonly username: string } | null,
): By {
  const { address, requestId } = peerOf(req)
  return {
    actor:
      user === null
        ? { kind: 'visitor' }
        : { kind: 'user', userId: user.userId, username: user.username },
    address,
    requestId,
  }
}

/** Who acts in the request that the engine is working on; Lanyard itself outside of one. */
export function byOf(): By {
  const ctx = Provider.ctx
  if (ctx === undefined) return { actor: { kind: 'system' }, address: null, requestId: null }
  const account = ctx.oidc.entities.Account as EngineAccount | undefined
  return byOfRequest(ctx.req, account?.user ?? null)
}

export function addressOf(): string | null {
  const ctx = Provider.ctx
  return ctx === undefined ? null : peerOf(ctx.req).address
}
