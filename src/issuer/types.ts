import type { IncomingMessage, ServerResponse } from 'node:http'
import type Koa from 'koa'
import type { Authentication, SignInPolicy, Target } from '../access/index.ts'
import type { Subject } from '../directory/index.ts'
import type { By, DeviceId, EpochMs, UserId } from '../errors/index.ts'

export type SigningAlg = 'RS256' | 'ES256'

/** The part of the configuration that the issuer reads; lifetimes in seconds. */
export interface IssuerConfig {
  /** Without a trailing slash; may have a path. */
  readonly issuer: string
  readonly maxTokenBytes: number
  readonly lifetimes: {
    readonly idToken: number
    readonly login: number
    readonly code: number
    readonly deviceCode: number
    readonly sessionIdle: number
    readonly sessionAbsolute: number
    readonly rotationGrace: number
    readonly publishAhead: number
  }
}

/** Who is signed in in this browser. */
export interface BrowserSession {
  readonly userId: UserId
  readonly authenticatedAt: EpochMs
  readonly amr: readonly string[]
  readonly acr: string
}

/** An authorization request that waits for a person, as the pages see it. */
export interface Interaction {
  readonly uid: string
  readonly prompt: 'login' | 'consent'
  readonly target: Target
  readonly clientName: string
  readonly loopback: boolean
  /** Host of the redirect URI. */
  readonly returnsTo: string
  readonly deviceName: string
  readonly session: BrowserSession | null
  /** Why the one who is signed in may not enter; null where nobody is, or they may. */
  readonly refusal: string | null
  /** What the sign-in must be: the strictest of the target's policy, the plugin's `cluster`, `acr_values` and `max_age`. */
  readonly demand: SignInPolicy
  /** What another sign-in of the one who is signed in must be; null where nobody is, theirs will do, or none would help. */
  readonly stepUp: SignInPolicy | null
  readonly scopes: readonly string[]
  readonly requestedAt: EpochMs
  readonly needs: {
    readonly signIn: boolean
    /** A loopback client with a live session alone gets no code (RFC 8252 §8.6). */
    readonly confirm: boolean
    readonly consent: boolean
  }
}

/** A device code that waits for a person. */
export interface PendingDevice {
  /** As shown: XXXX-XXXX. */
  readonly userCode: string
  readonly clientId: string
  readonly target: Target
  readonly clientName: string
  readonly deviceName: string
  /** What the sign-in of whoever approves it must be. */
  readonly demand: SignInPolicy
  readonly requestAddress: string | null
  readonly requestedAt: EpochMs
  readonly expiresAt: EpochMs
}

/** One login of one user on one machine. */
export interface Device {
  readonly id: DeviceId
  readonly userId: UserId
  readonly clientId: string
  readonly name: string
  readonly jkt: string | null
  readonly amr: readonly string[]
  readonly acr: string
  readonly authenticatedAt: EpochMs
  readonly createdAt: EpochMs
  readonly createdAddress: string | null
  readonly lastUsedAt: EpochMs
  readonly lastAddress: string | null
  readonly expiresAt: EpochMs
  readonly revokedAt: EpochMs | null
}

export interface Key {
  readonly kid: string
  readonly alg: SigningAlg
  readonly state: 'next' | 'active' | 'retired' | 'removed'
  readonly publishedAt: EpochMs
  readonly activatesAt: EpochMs
  readonly retiredAt: EpochMs | null
  readonly removesAt: EpochMs | null
}

export type Approval =
  | { readonly kind: 'approved'; readonly device: Device }
  | {
      readonly kind: 'refused'
      readonly sentence: string
      /** What a sign-in must be with which the same code can be approved; null where none would help. */
      readonly needs: SignInPolicy | null
    }

/** Pages that the engine asks for in the middle of its own work; each returns a whole HTML document. */
export interface EnginePages {
  renderError(
    ctx: Koa.Context,
    error: { readonly error: string; readonly description: string },
  ): string | Promise<string>
  /** `form.fields` must be posted to `form.action`; `logout` = `yes` signs out here, absent leaves the session. */
  logout(
    ctx: Koa.Context,
    form: {
      readonly action: string
      readonly fields: Readonly<Record<string, string>>
      readonly clientName: string | null
      readonly userId: UserId | null
      /** How many of this person's devices are signed in; a field `devices` = `all` ends them too. */
      readonly devices: number
      /** Where the browser goes next: a registered address. */
      readonly returnsTo: string | null
    },
  ): string | Promise<string>
  loggedOut(ctx: Koa.Context, clientName: string | null): string | Promise<string>
}

/** Who a bearer token is at a cluster now. */
export type IdTokenReview =
  | {
      readonly kind: 'authenticated'
      readonly username: string
      readonly uid: string
      readonly groups: readonly string[]
      readonly jti: string
      readonly expiresAt: EpochMs
    }
  | { readonly kind: 'refused'; readonly sentence: string }

/** Somebody's plugin, as it showed itself with a DPoP-bound access token. */
export interface PluginCaller {
  readonly subject: Subject
  readonly deviceId: DeviceId
  readonly authentication: Authentication
  readonly by: By
}

/** What another room answers in the plugin's API. Its LanyardErrors are answered with their status, sentence and hint. */
export interface PluginResource {
  readonly method: 'GET' | 'POST'
  /** Below the issuer's path: `/kubectl/v1/…`. */
  readonly path: string
  /** `body` is what the request carries: `{}` for GET, and unchecked. */
  answer(caller: PluginCaller, body: Readonly<Record<string, unknown>>): Promise<object>
}

export interface Issuer {
  /** Everything that `owns` says is the engine's. The path still carries the issuer's own path. */
  handle(req: IncomingMessage, res: ServerResponse): void
  /** `path` is relative to the issuer's path. */
  owns(path: string): boolean
  /**
   * Who an ID token of ours is at the cluster of that audience, decided anew. `validAt` is when it must not have expired: now, or
   * when a stream was opened with it.
   */
  reviewIdToken(request: {
    readonly token: string
    readonly audience: string
    readonly validAt: EpochMs
  }): Promise<IdTokenReview>
  /** A program of Go's fetched the discovery document from this address: an apiserver, perhaps, that starts or reloads. */
  discoverySeen(address: string): void
  /** Discovery and JWKS, prebuilt. `path` is relative to the issuer's path. */
  documents(
    path: string,
  ): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> } | undefined
  /** Rebuilds what is cached when another write, of whichever process, moved a revision. */
  refresh(): Promise<void>
  readonly browser: {
    current(ctx: Koa.Context): Promise<BrowserSession | null>
    /** Begins a session with a new id (threat 18). */
    signIn(
      ctx: Koa.Context,
      signIn: { readonly subject: Subject; readonly amr: readonly string[] },
    ): Promise<void>
    signOut(ctx: Koa.Context): Promise<void>
  }
  readonly interactions: {
    /** @throws LanyardError ERR_INTERACTION_EXPIRED, whatever the reason. */
    find(ctx: Koa.Context): Promise<Interaction>
    /**
     * Somebody has just signed in: answers with the redirect onwards.
     * @throws WeakSignIn (ERR_SIGN_IN_WEAK) where another sign-in would do; the request goes on waiting.
     */
    signedIn(
      ctx: Koa.Context,
      interaction: Interaction,
      signIn: { readonly subject: Subject; readonly amr: readonly string[] },
    ): Promise<void>
    /** The button of the confirm or consent page: answers with the redirect. @throws WeakSignIn */
    confirmed(
      ctx: Koa.Context,
      interaction: Interaction,
      by: { readonly subject: Subject },
    ): Promise<void>
    /** access_denied to the client. */
    refused(ctx: Koa.Context, interaction: Interaction, sentence: string): Promise<void>
  }
  readonly deviceCodes: {
    find(userCode: string): Promise<PendingDevice | undefined>
    /** Binds the code to this browser; false when another browser has it, or it is gone. */
    claim(ctx: Koa.Context, userCode: string): Promise<boolean>
    approve(
      ctx: Koa.Context,
      userCode: string,
      by: {
        readonly subject: Subject
        readonly amr: readonly string[]
        readonly authenticatedAt: EpochMs
      },
    ): Promise<Approval>
    refuse(ctx: Koa.Context, userCode: string, by: By): Promise<boolean>
  }
  readonly devices: {
    list(userId: UserId): Promise<Device[]>
    /** Names of the clusters that each of somebody's devices has entered, in their order. */
    clustersOf(userId: UserId): Promise<ReadonlyMap<DeviceId, readonly string[]>>
    revoke(deviceId: DeviceId, by: By): Promise<boolean>
    /** Resolves with how many were living. */
    revokeAll(
      userId: UserId,
      options: { readonly except?: DeviceId; readonly by: By },
    ): Promise<number>
    /** From a token's `jti` (an apiserver's credential-id) to its login. */
    who(jti: string): Promise<Device | undefined>
  }
  readonly keys: {
    list(): Promise<Key[]>
    rotate(alg: SigningAlg, options: { readonly now?: boolean }, by: By): Promise<Key>
    tick(): Promise<void>
  }
  /** RFC 8693: a login for a cluster's ID token. */
  exchange(req: IncomingMessage, res: ServerResponse, body: URLSearchParams): Promise<void>
  /** Begins to tell applications of logins that ended since; waits for none of them. */
  tellLogouts(): Promise<void>
  close(): Promise<void>
}
