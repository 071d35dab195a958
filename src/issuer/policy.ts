import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { lackOf } from '../access/index.ts'
import { type ClientDefinition, isLoopbackRedirect } from '../clusters/index.ts'
import type { Clock } from '../errors/index.ts'
import type { EngineAccount } from './account.ts'
import type { Demands } from './sign-in-demand.ts'

export interface PolicyRooms {
  readonly clientOf: ClientOf
  readonly demands: Demands
  readonly clock: Clock
}

type ClientOf = (clientId: string) => ClientDefinition | undefined

/** What else the engine must ask a person before it hands out a code. */
export function createPolicy(rooms: PolicyRooms): interactionPolicy.Prompt[] {
  const policy = interactionPolicy.base()
  const login = policy.get('login')
  const consent = policy.get('consent')
  if (login === undefined || consent === undefined) throw new TypeError('the base policy changed')
  login.checks.add(
    new interactionPolicy.Check(
      'account_refused',
      'the account that is signed in may not enter',
      'login_required',
      ({ oidc }) => {
        const { decision } = (oidc.entities.Account as EngineAccount | undefined) ?? {}
        if (decision?.kind !== 'refused') return interactionPolicy.Check.NO_NEED_TO_PROMPT
        const final = decision.needs === undefined && oidc.result?.login !== undefined
        if (final) throw new errors.AccessDenied(decision.sentence)
        return interactionPolicy.Check.REQUEST_PROMPT
      },
    ),
  )
  login.checks.add(
    new interactionPolicy.Check(
      'sign_in_weak',
      'this request asks for another sign-in than the one that is here',
      'login_required',
      (ctx) => isWeak(ctx, rooms),
    ),
  )
  // Its rule is stricter than ours where a password was just typed, and laxer for none.
  consent.checks.remove('native_client_prompt')
  consent.checks.add(
    new interactionPolicy.Check(
      'confirm',
      'a program on this computer asks for a login',
      'interaction_required',
      (ctx) => needsConfirm(ctx, rooms.clientOf),
    ),
    0,
  )
  return [...policy]
}

/** A sign-in of this very interaction is as new as can be, whatever `max_age` says. */
async function isWeak(
  { oidc }: KoaContextWithOIDC,
  { demands, clock }: PolicyRooms,
): Promise<boolean> {
  const { session, client, params = {}, result } = oidc
  if (session?.accountId === undefined) return false
  const demand = await demands.of(client?.clientId ?? '', params)
  const { acr = '', amr = [], loginTs = 0 } = session
  const lack = lackOf(demand, { acr, amr, at: Math.round(loginTs * 1000) }, clock())
  return lack === 'factors' || (lack === 'age' && result?.login === undefined)
}

/**
 * RFC 8252 §8.6: any local program can ask in the name of a loopback client, so a live session alone gets it nothing: a person
 * presses a button, or has typed their password in this very interaction.
 */
export function needsConfirm({ oidc }: KoaContextWithOIDC, clientOf: ClientOf): boolean {
  if (oidc.result?.consent !== undefined || oidc.result?.login !== undefined) return false
  return isLocal(clientOf(oidc.client?.clientId ?? ''), oidc.params?.['redirect_uri'])
}

export function isLocal(client: ClientDefinition | undefined, redirectUri: unknown): boolean {
  if (client?.kind !== 'application') return true
  return typeof redirectUri === 'string' && isLoopbackRedirect(new URL(redirectUri))
}
