import type { Adapter, ClientMetadata, Configuration, JWK } from 'oidc-provider'
import { ACR, KUBECTL_CLIENT_ID } from '../access/index.ts'
import type { ClientDefinition } from '../clusters/index.ts'
import type { Clock, DeviceId, UserId } from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { createFindAccount, EngineAccount } from './account.ts'
import type { Admissions } from './context.ts'
import type { createLoadExistingGrant } from './existing-grant.ts'
import { createPolicy } from './policy.ts'
import type { Demands } from './sign-in-demand.ts'
import type { EnginePages, IssuerConfig } from './types.ts'

export const ROUTES = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/me',
  jwks: '/jwks',
  revocation: '/token/revocation',
  introspection: '/token/introspection',
  end_session: '/session/end',
  device_authorization: '/device/auth',
  /** Ours: `verification_uri` points there, and the engine never sees it. */
  code_verification: '/device',
} as const

/** A sign-in that is not finished in this time begins anew. */
const INTERACTION_SECONDS = 600

export const SCOPE_CLAIMS = {
  openid: ['sub'],
  profile: ['preferred_username', 'name'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
}

export interface ConfigurationRooms {
  /** Living devices of a person. */
  readonly countDevices: (userId: UserId) => Promise<number>
  readonly clock: Clock
  readonly config: IssuerConfig
  readonly pages: EnginePages
  readonly adapter: (model: string) => Adapter
  readonly cookieKey: string
  readonly admissions: Admissions
  readonly findAccount: ReturnType<typeof createFindAccount>
  readonly loadExistingGrant: ReturnType<typeof createLoadExistingGrant>
  readonly clientOf: (clientId: string) => ClientDefinition | undefined
  readonly demands: Demands
}

/** Every default that the engine would print a warning about is replaced; what nothing uses is off. */
export function engineConfiguration(
  rooms: ConfigurationRooms,
  state: { readonly clients: readonly ClientMetadata[]; readonly jwks: readonly JWK[] },
): Configuration {
  const { config } = rooms
  const issuer = new URL(config.issuer)
  const basePath = issuer.pathname.replace(/\/$/, '')
  return {
    adapter: rooms.adapter,
    clients: [...state.clients],
    jwks: { keys: [...state.jwks] },
    acrValues: Object.values(ACR),
    // OpenID Connect Core §3.1.2.1: redirect_uri is required, however many are registered.
    allowOmittingSingleRegisteredRedirectUri: false,
    // What expires does so at its second: our times are one clock's.
    clockTolerance: 0,
    claims: { ...SCOPE_CLAIMS, acr: null, amr: null, auth_time: null, iss: null, sid: null },
    scopes: ['openid', 'offline_access'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    // A browser application, which is a public client, calls from where it is redirected to.
    clientBasedCORS: (_ctx, origin, client) =>
      client.redirectUris?.some((uri) => new URL(uri).origin === origin) ?? false,
    conformIdTokenClaims: false,
    cookies: cookies(issuer.protocol === 'https:', rooms.cookieKey),
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      dPoPSigningAlgValues: ['ES256'],
    },
    // A login is the device's, not the browser session's: it ends by its own time or by revocation.
    expiresWithSession: async () => false,
    extraParams: ['device_name', 'cluster'],
    features: features(rooms),
    findAccount: rooms.findAccount,
    interactions: {
      policy: createPolicy(rooms),
      url: (_ctx, { uid }) => `${basePath}/interaction/${uid}`,
    },
    // The engine would strip offline_access without prompt=consent, which kubelogin does not send.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: rooms.loadExistingGrant,
    pkce: { required: () => true },
    renderError: async (ctx, { error, error_description }) => {
      ctx.type = 'html'
      ctx.body = await rooms.pages.renderError(ctx, { error, description: error_description ?? '' })
    },
    responseTypes: ['code'],
    revokeGrantPolicy: () => true,
    // RFC 9700 §2.2.2: a sender-constrained token need not rotate, so parallel kubectl commands cannot race each other.
    rotateRefreshToken: ({ oidc }) => oidc.client?.clientId !== KUBECTL_CLIENT_ID,
    routes: ROUTES,
    subjectTypes: ['public'],
    ttl: lifetimes(rooms),
  }
}

function cookies(secure: boolean, key: string): Configuration['cookies'] {
  const options = { httpOnly: true, sameSite: 'lax', signed: true } as const
  return {
    keys: [key],
    // `__Host-` keeps a sibling host from planting one (threat 18); a cookie with a path of its own can only have `__Secure-`.
    names: {
      session: secure ? '__Host-lanyard-session' : 'lanyard-session',
      interaction: secure ? '__Secure-lanyard-interaction' : 'lanyard-interaction',
      resume: secure ? '__Secure-lanyard-resume' : 'lanyard-resume',
    },
    long: { ...options, path: '/' },
    short: options,
  }
}

function lifetimes({ clock, config }: ConfigurationRooms): Configuration['ttl'] {
  const { idToken, login, code, deviceCode, sessionIdle, sessionAbsolute } = config.lifetimes
  const untilGrantEnds = (exp: number | undefined): number =>
    exp === undefined ? login : Math.max(1, exp - Math.floor(clock() / 1000))
  return {
    AccessToken: ({ oidc }) => {
      const { decision } = (oidc.entities.Account as EngineAccount | undefined) ?? {}
      const until = decision?.kind === 'admitted' ? decision.admission.until : null
      const left = until === null ? idToken : Math.floor((until - clock()) / 1000)
      return Math.max(1, Math.min(idToken, left, untilGrantEnds(oidc.entities.Grant?.exp)))
    },
    AuthorizationCode: code,
    DeviceCode: deviceCode,
    Grant: login,
    IdToken: idToken,
    Interaction: INTERACTION_SECONDS,
    RefreshToken: ({ oidc }) => untilGrantEnds(oidc.entities.Grant?.exp),
    Session: (_ctx, session) => sessionSeconds(session, clock(), { sessionIdle, sessionAbsolute }),
  }
}

/** What is left of a session: its idle time, capped by its absolute end. */
export function sessionSeconds(
  session: { readonly loginTs?: number | undefined },
  now: number,
  { sessionIdle, sessionAbsolute }: { sessionIdle: number; sessionAbsolute: number },
): number {
  if (session.loginTs === undefined) return INTERACTION_SECONDS
  return Math.max(
    1,
    Math.min(sessionIdle, Math.floor(session.loginTs + sessionAbsolute - now / 1000)),
  )
}

function features({
  pages,
  admissions,
  clientOf,
  countDevices,
}: ConfigurationRooms): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
    dPoP: { enabled: true },
    userinfo: { enabled: true },
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      deviceInfo: (ctx) => ({ address: peerOf(ctx.req).address }),
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    introspection: {
      enabled: true,
      async allowedPolicy(_ctx, client, token) {
        // RFC 7662 §2.1: a public client proves nothing, so it may not ask.
        if (client.tokenEndpointAuthMethod === 'none') return false
        if (token.clientId !== client.clientId) return false
        if (!('grantId' in token) || token.grantId === undefined) return false
        // RFC 7662 §2.2: active is what would be honoured now, so the decision is made as at every grant.
        const decision = await admissions.admit({
          userId: token.accountId as UserId,
          clientId: client.clientId,
          device: token.grantId as DeviceId,
        })
        return decision.kind === 'admitted'
      },
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx) => {
        const { client, session } = ctx.oidc
        const secret = session?.state?.['secret']
        const returnsTo = session?.state?.['postLogoutRedirectUri']
        const userId = (session?.accountId ?? null) as UserId | null
        ctx.body = await pages.logout(ctx, {
          action: ctx.oidc.urlFor('end_session_confirm'),
          fields: { xsrf: typeof secret === 'string' ? secret : '' },
          clientName: client === undefined ? null : (clientOf(client.clientId)?.name ?? null),
          userId,
          devices: userId === null ? 0 : await countDevices(userId),
          returnsTo: typeof returnsTo === 'string' ? returnsTo : null,
        })
      },
      postLogoutSuccessSource: async (ctx) => {
        const { client } = ctx.oidc
        ctx.type = 'html'
        ctx.body = await pages.loggedOut(
          ctx,
          client === undefined ? null : (clientOf(client.clientId)?.name ?? null),
        )
      },
    },
  }
}
