import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { UserId } from '../errors/index.ts'
import { koaErrors, peerOf, setPagePolicy } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import { clientMetadata } from './clients.ts'
import type { Current } from './current.ts'
import type { Devices } from './devices.ts'
import { type ConfigurationRooms, engineConfiguration, ROUTES } from './engine-configuration.ts'
import { byOf } from './engine-context.ts'
import { type OverrideRooms, overrideEngine } from './engine-overrides.ts'
import { TOKEN_EXCHANGE } from './exchange-request.ts'
import type { RequestWrites } from './request-writes.ts'

export interface EngineRooms {
  readonly log: Log
  readonly current: Current
  readonly devices: Devices
  readonly writes: RequestWrites
  readonly configuration: ConfigurationRooms
  readonly overrides: OverrideRooms
}

export interface Engine {
  provider(): Provider
  handle(req: IncomingMessage, res: ServerResponse): void
  /** Builds a Provider from what is current. Requests that are under way finish on the one that they began on. */
  rebuild(): void
}

/** oidc-provider as Lanyard runs it: one Provider at a time, replaced whole when clients or keys change. */
export function createEngine(rooms: EngineRooms): Engine {
  const { log, current, writes } = rooms
  const build = () => {
    const provider = new Provider(
      rooms.configuration.config.issuer,
      engineConfiguration(rooms.configuration, {
        clients: current.clients().map(clientMetadata),
        jwks: current.engineKeys().map((jwk) => ({ ...jwk, kty: jwk.kty ?? '' })),
      }),
    )
    // Behind `admitRequest` the forwarded headers are ours.
    provider.proxy = true
    overrideEngine(provider, rooms.overrides)
    provider.registerGrantType(TOKEN_EXCHANGE, async () => {
      // Every exchange that is in order comes by the token door.
      throw new errors.InvalidDpopProof('a DPoP proof is missing')
    })
    // Koa's event, which the engine's types leave out.
    const events: EventEmitter = provider
    events.on('error', koaErrors(log))
    provider.on('server_error', (ctx, error) => {
      log.error({ err: error, requestId: peerOf(ctx.req).requestId }, 'the engine failed')
    })
    provider.on('end_session.success', (ctx) => endDevices(ctx, rooms))
    provider.use(async (ctx, next) => {
      if (PAGES.test(ctx.path)) setSelfPostingPolicy(ctx)
      try {
        await writes.run(next, () => ctx.status >= 400)
        if (ctx.path === ROUTES.device_authorization) dropCompleteUri(ctx.body)
      } catch (error) {
        answerError(ctx, error, log)
      }
    })
    return { provider, callback: provider.callback() }
  }
  let built: ReturnType<typeof build> | undefined
  const running = () => {
    if (built === undefined) throw new TypeError('the engine was not built')
    return built
  }

  return {
    provider: () => running().provider,
    handle: (req, res) => void running().callback(req, res),
    rebuild() {
      built = build()
    },
  }
}

/** Where the engine may answer with a page. */
const PAGES = /^\/(?:auth|session\/end)(?:\/|$)/

/**
 * The one page that the engine writes itself posts itself by script (form_post, and sign-out when nobody is signed in). The engine
 * adds that script's hash to a `script-src` that it finds; our own pages replace the whole policy.
 */
function setSelfPostingPolicy(ctx: Context): void {
  setPagePolicy(ctx)
  ctx.set(
    'Content-Security-Policy',
    "default-src 'none'; script-src; base-uri 'none'; frame-ancestors 'none'",
  )
}

/**
 * RFC 8628 §3.3.1 is optional: our page takes no code from an address (§5.4). Clients such as kubelogin that are given the complete
 * address show no code, so nobody would know what to type.
 */
function dropCompleteUri(body: unknown): void {
  if (typeof body === 'object' && body !== null) {
    Reflect.deleteProperty(body, 'verification_uri_complete')
  }
}

/** The logout page may sign out every device as well; this runs inside the request's unit of writes. */
function endDevices({ oidc }: KoaContextWithOIDC, { devices, writes }: EngineRooms): void {
  const userId = oidc.session?.accountId as UserId | undefined
  if (oidc.body?.['devices'] !== 'all' || userId === undefined) return
  const by = byOf()
  void writes.add('always', async (tx) => {
    await devices.endAll(tx, userId, { by })
  })
}

/** A write was refused at the commit: the request lost a race, and nothing of it holds. */
function answerError(
  ctx: { status: number; body: unknown; req: IncomingMessage },
  error: unknown,
  log: Log,
): void {
  if (error instanceof errors.OIDCProviderError) {
    ctx.status = error.statusCode
    ctx.body = { error: error.error, error_description: error.error_description }
    return
  }
  log.error({ err: error, requestId: peerOf(ctx.req).requestId }, 'a commit failed')
  ctx.status = 500
  ctx.body = { error: 'server_error', error_description: 'the server failed: see its log' }
}
