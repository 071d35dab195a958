import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { ClientDefinition } from '../clusters/index.ts'
import type { EngineAccount } from './account.ts'
import { byOf } from './engine-context.ts'
import type { EngineGrant, MakeGrant } from './grants.ts'
import { createPolicy, isLocal, needsConfirm, type PolicyRooms } from './policy.ts'

/**
 * The grant of this authorization request. A consent page has made it; a cluster needs none beyond the sign-in; an application
 * that this session has consented to for as much gets a fresh one without a page. Otherwise none, and the policy asks.
 */
export function createLoadExistingGrant(rooms: PolicyRooms & { readonly makeGrant: MakeGrant }) {
  const { clientOf, demands, makeGrant } = rooms
  const login = createPolicy(rooms).find(({ name }) => name === 'login')

  /** The engine asks its policy after this; a grant made before a sign-in would be a device that nobody ever holds. */
  async function asksToSignIn(ctx: KoaContextWithOIDC): Promise<boolean> {
    for (const { check } of login?.checks ?? []) if (await check(ctx)) return true
    return false
  }

  async function consentedBefore(
    ctx: KoaContextWithOIDC,
    provider: Provider,
    client: ClientDefinition,
  ): Promise<boolean> {
    const { session, params, prompts } = ctx.oidc
    if (isLocal(client, params?.['redirect_uri']) || prompts.has('consent')) return false
    const grantId = session?.grantIdFor(client.clientId)
    const before = grantId === undefined ? undefined : await provider.Grant.find(grantId)
    if (before === undefined || before.accountId !== session?.accountId) return false
    const granted = new Set(before.getOIDCScope().split(' '))
    return [...ctx.oidc.requestParamOIDCScopes].every((scope) => granted.has(scope))
  }

  return async function loadExistingGrant(
    ctx: KoaContextWithOIDC,
  ): Promise<EngineGrant | undefined> {
    const { result, client, params } = ctx.oidc
    const provider = ctx.oidc.provider
    const consented = result?.consent?.grantId
    if (typeof consented === 'string') return provider.Grant.find(consented)
    const definition = clientOf(client?.clientId ?? '')
    const { decision, user } = (ctx.oidc.entities.Account as EngineAccount | undefined) ?? {}
    if (definition === undefined || decision?.kind !== 'admitted' || !user) return undefined
    const settled =
      definition.kind === 'application'
        ? await consentedBefore(ctx, provider, definition)
        : !needsConfirm(ctx, clientOf) && !ctx.oidc.promptPending('consent')
    if (!settled || (await asksToSignIn(ctx))) return undefined
    const { authentication } = decision.admission
    const { userId } = user
    const { clientId } = definition
    return makeGrant({
      provider,
      userId,
      clientId,
      clientName: definition.name,
      scope: [...ctx.oidc.requestParamOIDCScopes].join(' '),
      deviceName: params?.['device_name'],
      authentication,
      until: await demands.elevatedUntil({
        clientId,
        params: params ?? {},
        userId,
        authentication,
      }),
      by: byOf(),
    })
  }
}
