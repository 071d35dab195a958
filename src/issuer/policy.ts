import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { type ClientDefinition, isLoopbackRedirect } from '../clusters/index.ts'
import type { EngineAccount } from './account.ts'

type ClientOf = (clientId: string) => ClientDefinition | undefined

/** What else the engine must ask a person before it hands out a code. */
export function createPolicy(clientOf: ClientOf): interactionPolicy.Prompt[] {
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
        if (oidc.result?.login !== undefined) throw new errors.AccessDenied(decision.sentence)
        return interactionPolicy.Check.REQUEST_PROMPT
      },
    ),
  )
  // Its rule is stricter than ours where a password was just typed, and laxer for none.
  consent.checks.remove('native_client_prompt')
  consent.checks.add(
    new interactionPolicy.Check(
      'confirm',
      'a program on this computer asks for a login',
      'interaction_required',
      (ctx) => needsConfirm(ctx, clientOf),
    ),
    0,
  )
  return [...policy]
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
