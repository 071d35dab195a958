import { type Account, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Audit } from '../audit/index.ts'
import type { DeviceId, UserId } from '../errors/index.ts'
import { applicationClaims } from './claims.ts'
import type { Admission, Admissions, Decision } from './context.ts'
import { countRefusedEntry } from './refused-entry.ts'

/** What the engine carries about a person through one request. */
export interface EngineAccount extends Account {
  /** The one decision for this request's client, as of now. */
  readonly decision: Decision
  readonly user: { readonly userId: UserId; readonly username: string } | null
}

/**
 * Every grant type asks here (threats 3, 7, 16): the decision is made anew from what is committed now. With a token the refusal
 * ends the request; without one, at the authorization endpoint, the interaction policy acts on it.
 */
export function createFindAccount(rooms: { admissions: Admissions; audit: Audit }) {
  const { admissions, audit } = rooms

  return async function findAccount(
    ctx: KoaContextWithOIDC,
    sub: string,
    token?: unknown,
  ): Promise<EngineAccount> {
    const { client, session } = ctx.oidc
    const userId = sub as UserId
    const clientId = client?.clientId ?? ''
    const deviceId = grantOf(token)
    const decision = await admissions.admit(
      deviceId === undefined
        ? {
            userId,
            clientId,
            device: 'new',
            authentication: {
              at: Math.round((session?.loginTs ?? 0) * 1000),
              amr: session?.amr ?? [],
              acr: session?.acr ?? '',
            },
          }
        : { userId, clientId, device: deviceId },
    )
    if (decision.kind === 'refused' && deviceId !== undefined) {
      await countRefusedEntry(audit, ctx.req, { ...decision, client: clientId })
      // RFC 6750 §3.1; its words go into a header, which holds no username beyond ASCII.
      if (ctx.oidc.route === 'userinfo') throw new errors.InvalidToken(decision.sentence)
      throw new errors.CustomOIDCProviderError('invalid_grant', decision.sentence)
    }
    return accountOf(sub, decision)
  }
}

function grantOf(token: unknown): DeviceId | undefined {
  if (typeof token !== 'object' || token === null || !('grantId' in token)) return undefined
  return typeof token.grantId === 'string' ? (token.grantId as DeviceId) : undefined
}

function accountOf(sub: string, decision: Decision): EngineAccount {
  const admission = decision.kind === 'admitted' ? decision.admission : null
  return {
    accountId: sub,
    decision,
    user: admission,
    claims: async (use, scope) => ({
      sub,
      ...(use === 'userinfo' && admission !== null ? userinfo(admission, scope) : {}),
    }),
  }
}

function userinfo(admission: Admission, scope: string): Record<string, unknown> {
  const frame = { issuer: '', audience: '', jti: '', iat: 0, exp: 0 }
  return applicationClaims(admission, frame, new Set(scope.split(' ')))
}
