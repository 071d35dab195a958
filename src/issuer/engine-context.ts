import { Provider } from 'oidc-provider'
import type { By } from '../errors/index.ts'
import { byOfRequest, peerOf } from '../http/index.ts'
import type { EngineAccount } from './account.ts'

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
