import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { readRevisions, type Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { ClientDefinition, Clusters } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock, UserId } from '../errors/index.ts'
import { peerOf } from '../http/index.ts'
import type { Log } from '../telemetry/index.ts'
import { createFindAccount } from './account.ts'
import { createAdapter } from './adapter.ts'
import { createBrowser } from './browser.ts'
import { clientMetadata } from './clients.ts'
import { createAdmissions } from './context.ts'
import { deriveKey } from './derive-key.ts'
import { createDeviceCodes } from './device-codes.ts'
import { createDevices } from './devices.ts'
import { buildDocuments, type Document } from './documents.ts'
import { createDpopVerifier } from './dpop.ts'
import { engineConfiguration, ROUTES } from './engine-configuration.ts'
import { byOf } from './engine-context.ts'
import { overrideEngine } from './engine-overrides.ts'
import { createExchange, TOKEN_EXCHANGE } from './exchange.ts'
import { createLoadExistingGrant } from './existing-grant.ts'
import { createMakeGrant } from './grants.ts'
import { createInteractions } from './interactions.ts'
import { createKeys, type LoadedKeys } from './keys.ts'
import { createKubectlApi } from './kubectl-api.ts'
import { createPolling } from './polling.ts'
import { createRequestWrites } from './request-writes.ts'
import { createSigner } from './signer.ts'
import { createTokenDoor } from './token-door.ts'
import type { EnginePages, Issuer, IssuerConfig, SigningAlg } from './types.ts'
import { createUnprovedRows } from './unproved-rows.ts'

export interface IssuerRooms {
  readonly store: Store
  readonly clock: Clock
  readonly config: IssuerConfig
  readonly directory: Directory
  readonly clusters: Clusters
  readonly audit: Audit
  readonly log: Log
  /** What signing keys are encrypted under, and every other key is derived from. */
  readonly keySecret: Uint8Array
  readonly pages: EnginePages
}

/** Paths below the issuer that are the engine's, or answered beside it. */
const OWNED: ReadonlySet<string> = new Set([
  ROUTES.authorization,
  ROUTES.token,
  ROUTES.userinfo,
  ROUTES.revocation,
  ROUTES.introspection,
  ROUTES.end_session,
  `${ROUTES.end_session}/confirm`,
  `${ROUTES.end_session}/success`,
  ROUTES.device_authorization,
])
/** `/auth/:uid`: where an interaction resumes. */
const RESUME = /^\/auth\/[\w-]{1,64}$/

/** What is rebuilt when clients or keys change. */
interface Built {
  readonly provider: Provider
  readonly callback: (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

/** Opens the room: makes signing keys at the first start, and builds the engine. */
export async function createIssuer(rooms: IssuerRooms): Promise<Issuer> {
  const { store, clock, config, directory, clusters, audit, log, keySecret } = rooms
  const { issuer, lifetimes } = config
  const basePath = new URL(issuer).pathname.replace(/\/$/, '')

  const keys = createKeys({ store, clock, config, keySecret })
  const devices = createDevices({ store, clock })
  const admissions = createAdmissions({ directory, clusters, devices, clock })
  const signer = createSigner({ maxTokenBytes: config.maxTokenBytes, log })
  const writes = createRequestWrites(store)
  const unproved = createUnprovedRows({ store, clock })
  const dpop = createDpopVerifier({ clock })

  let clients: ReadonlyMap<string, ClientDefinition> = new Map()
  let documents: ReadonlyMap<string, Document> = new Map()
  let loaded: LoadedKeys = { engine: [], published: [], active: [] }
  let revisions = ''
  let refreshing: Promise<void> | undefined
  const clientOf = (clientId: string) => clients.get(clientId)

  const makeGrant = createMakeGrant({ clock, devices, writes, loginSeconds: lifetimes.login })
  const adapter = createAdapter({
    store,
    clock,
    writes,
    devices,
    unproved,
    polling: createPolling(clock),
    rotationGraceMs: lifetimes.rotationGrace * 1000,
    keepsAccessTokens: (clientId) => clientOf(clientId)?.kind === 'application',
  })
  const configurationRooms = {
    clock,
    config,
    pages: rooms.pages,
    adapter,
    cookieKey: Buffer.from(deriveKey(keySecret, 'cookies')).toString('base64url'),
    findAccount: createFindAccount({ admissions, audit }),
    loadExistingGrant: createLoadExistingGrant({ clientOf, makeGrant }),
    clientOf,
  }
  const overrides = {
    clock,
    issuer,
    idTokenSeconds: lifetimes.idToken,
    signer,
    devices,
    writes,
    rotationKey: deriveKey(keySecret, 'refresh-rotation'),
    clientOf,
  }

  const exchange = createExchange({
    store,
    clock,
    admissions,
    devices,
    dpop,
    signer,
    audit,
    log,
    issuer,
    idTokenLifetime: lifetimes.idToken,
    signingAlgOf: (clientId): SigningAlg => clientOf(clientId)?.signingAlg ?? 'RS256',
  })
  const kubectlApi = createKubectlApi({
    store,
    clock,
    admissions,
    clusters,
    directory,
    devices,
    dpop,
    log,
    issuer,
    publicKeys: () => ({ keys: [...loaded.published] }),
  })

  function buildEngine(): Built {
    const provider = new Provider(
      issuer,
      engineConfiguration(configurationRooms, {
        clients: [...clients.values()].map(clientMetadata),
        jwks: loaded.engine.map((jwk) => ({ ...jwk, kty: jwk.kty ?? '' })),
      }),
    )
    // Behind `admitRequest` the forwarded headers are ours.
    provider.proxy = true
    overrideEngine(provider, overrides)
    provider.registerGrantType(TOKEN_EXCHANGE, async () => {
      throw new errors.InvalidDpopProof('a DPoP proof is missing')
    })
    provider.on('server_error', (ctx, error) => {
      log.error({ err: error, requestId: peerOf(ctx.req).requestId }, 'the engine failed')
    })
    provider.on('end_session.success', (ctx) => endDevices(ctx))
    provider.use(async (ctx, next) => {
      try {
        await writes.run(next, () => ctx.status >= 400)
      } catch (error) {
        answerError(ctx, error)
      }
    })
    return { provider, callback: provider.callback() }
  }

  /** The logout page may sign out every device as well; the engine runs this inside the request's unit. */
  function endDevices({ oidc }: KoaContextWithOIDC): void {
    const userId = oidc.session?.accountId as UserId | undefined
    if (oidc.body?.['devices'] !== 'all' || userId === undefined) return
    const by = byOf()
    void writes.add('always', async (tx) => {
      await devices.endAll(tx, userId, { by })
    })
  }

  /** A write was refused at the commit: the request lost a race. */
  function answerError(ctx: { status: number; body: unknown; req: IncomingMessage }, error: unknown): void {
    if (error instanceof errors.OIDCProviderError) {
      ctx.status = error.statusCode
      ctx.body = { error: error.error, error_description: error.error_description }
      return
    }
    log.error({ err: error, requestId: peerOf(ctx.req).requestId }, 'a commit failed')
    ctx.status = 500
    ctx.body = { error: 'server_error', error_description: 'the server failed: see its log' }
  }

  async function rebuild(): Promise<void> {
    const found = JSON.stringify(await readRevisions(store))
    if (found === revisions) return
    const [definitions, fresh] = await Promise.all([clusters.clients(), keys.load()])
    clients = new Map(definitions.map((definition) => [definition.clientId, definition]))
    loaded = fresh
    signer.use(fresh.active)
    documents = buildDocuments(issuer, fresh.published)
    // Requests that are under way finish on the engine that they began on.
    built = buildEngine()
    revisions = found
  }

  function refresh(): Promise<void> {
    refreshing ??= rebuild().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  let built: Built | undefined
  const engine = (): Provider => {
    if (built === undefined) throw new TypeError('the engine was not built')
    return built.provider
  }
  const browser = createBrowser({
    engine,
    store,
    clock,
    config,
    directory,
    devices,
    writes,
    clientOf,
  })
  const shared = { engine, clock, audit, admissions, writes, makeGrant, clusters, clientOf }
  const door = createTokenDoor({
    exchange,
    engine: (req, res) => void built?.callback(req, res),
  })

  await keys.ensure()
  await unproved.load()
  await refresh()

  return {
    handle(req, res) {
      const original = req.url ?? '/'
      const [path = '/'] = original.slice(basePath.length).split('?', 1)
      if (path.startsWith('/kubectl/v1/')) {
        void kubectlApi(req, res, path)
        return
      }
      // The engine tells its own mount path from these two.
      Object.assign(req, { originalUrl: original, url: original.slice(basePath.length) })
      if (path === ROUTES.token && req.method === 'POST') door(req, res)
      else void built?.callback(req, res)
    },
    owns: (path) => OWNED.has(path) || RESUME.test(path) || path.startsWith('/kubectl/v1/'),
    documents: (path) => documents.get(path),
    refresh,
    browser: browser.api,
    interactions: createInteractions({ ...shared, browser }),
    deviceCodes: createDeviceCodes({ ...shared, store, devices, unproved, basePath }),
    devices: {
      list: devices.list,
      revoke: devices.revoke,
      revokeAll: devices.revokeAll,
      who: devices.who,
    },
    keys: {
      list: keys.list,
      async rotate(alg, options, by) {
        const key = await keys.rotate(alg, options, by)
        await refresh()
        return key
      },
      async tick() {
        if (await keys.tick()) await refresh()
      },
    },
    exchange,
    async close() {
      await refreshing
    },
  }
}

/** For a data directory that has no secret yet. */
export function newKeySecret(): Uint8Array {
  return new Uint8Array(randomBytes(32))
}
