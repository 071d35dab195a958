import { createSecretKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Store } from '../../db/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clusters } from '../clusters/index.ts'
import { deriveKey } from '../config/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock } from '../errors/index.ts'
import { sendJson } from '../http/index.ts'
import type { Machines } from '../machines/index.ts'
import type { Outbound } from '../outbound/index.ts'
import type { Log } from '../telemetry/index.ts'
import { createFindAccount } from './account.ts'
import { createAdapter } from './adapter.ts'
import { createDeliverLogout } from './backchannel-delivery.ts'
import { createBackchannelLogout } from './backchannel-logout.ts'
import { createBrowser } from './browser.ts'
import { createClientCredentials } from './client-credentials.ts'
import { createAdmissions } from './context.ts'
import { createCurrent } from './current.ts'
import { createDeviceCodes } from './device-codes.ts'
import { createDevices } from './devices.ts'
import { createDpopVerifier } from './dpop.ts'
import { createEngine } from './engine.ts'
import { ROUTES } from './engine-configuration.ts'
import { createExchange } from './exchange.ts'
import { createLoadExistingGrant } from './existing-grant.ts'
import { createMakeGrant } from './grants.ts'
import { createIdTokenReview } from './id-token-review.ts'
import { createInteractions } from './interactions.ts'
import { createKeys } from './keys.ts'
import { createKubectlApi } from './kubectl-api.ts'
import { createLive } from './live/create-live.ts'
import { GROUPS_PATH } from './live/groups-claim.ts'
import { createMachineExchange } from './machine-exchange.ts'
import { createPolling } from './polling.ts'
import { createRequestWrites } from './request-writes.ts'
import { createDemands } from './sign-in-demand.ts'
import { createSigner } from './signer.ts'
import { createTokenDoor } from './token-door.ts'
import type { EnginePages, Issuer, IssuerConfig, PluginResource, SigningAlg } from './types.ts'
import { createUnprovedRows } from './unproved-rows.ts'

export interface IssuerRooms {
  readonly store: Store
  readonly clock: Clock
  readonly config: IssuerConfig
  readonly directory: Directory
  readonly clusters: Clusters
  readonly machines: Machines
  readonly audit: Audit
  readonly log: Log
  /** What signing keys are encrypted under, and every other key is derived from. */
  readonly keySecret: Uint8Array
  readonly pages: EnginePages
  /** For what Lanyard asks of apiservers and applications. */
  readonly outbound: Outbound
  /** What other rooms answer in the plugin's API. */
  readonly pluginResources?: readonly PluginResource[]
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
const PLUGIN_API = '/kubectl/v1/'

export async function openIssuer(rooms: IssuerRooms): Promise<Issuer> {
  const parts = assemble(rooms)
  const { keys, current, engine, browser, devices, live, logouts } = parts
  const endpoints = createEndpoints(rooms, parts)
  const basePath = basePathOf(rooms.config)

  let refreshing: Promise<void> | undefined
  const refresh = (): Promise<void> => {
    refreshing ??= current
      .reload()
      .then(async (changed) => {
        if (!changed) return
        engine.rebuild()
        await live.refresh()
      })
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  await keys.ensure()
  await parts.unproved.load()
  await refresh()

  return {
    ...endpoints,
    owns: (path) =>
      OWNED.has(path) || RESUME.test(path) || path.startsWith(PLUGIN_API) || path === GROUPS_PATH,
    reviewIdToken: createIdTokenReview({
      machines: rooms.machines,
      admissions: parts.admissions,
      issuer: rooms.config.issuer,
      publishedKeys: current.publishedKeys,
    }),
    discoverySeen: live.warmUp.discoverySeen,
    documents: current.documents,
    refresh,
    browser: browser.api,
    interactions: createInteractions({ ...rooms, ...parts }),
    deviceCodes: createDeviceCodes({ ...rooms, ...parts, basePath }),
    devices: {
      list: devices.list,
      clustersOf: devices.clustersOf,
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
    tellLogouts: logouts.tick,
    async close() {
      await refreshing
      await logouts.close()
      await live.warmUp.close()
    },
  }
}

/** What stands behind the endpoints, wired from the inside out. */
function assemble(rooms: IssuerRooms) {
  const { store, clock, config, directory, clusters, audit, log, keySecret } = rooms
  const { issuer, lifetimes } = config
  const keys = createKeys({ store, clock, config, keySecret })
  const devices = createDevices({ store, clock })
  const admissions = createAdmissions({ directory, clusters, devices, clock })
  const demands = createDemands({ clusters, admissions, clock })
  const signer = createSigner({ maxTokenBytes: config.maxTokenBytes, log })
  const writes = createRequestWrites(store)
  const unproved = createUnprovedRows({ store, clock })
  const current = createCurrent({ store, clusters, keys, signer, issuer })
  const { clientOf } = current
  const live = createLive({
    ...rooms,
    admissions,
    signer,
    issuer,
    signingAlgOf: (audience) => {
      const client = clientOf(audience)
      return client?.kind === 'cluster' ? client.signingAlg : undefined
    },
  })
  const makeGrant = createMakeGrant({ ...rooms, devices, writes, loginSeconds: lifetimes.login })
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
  const engine = createEngine({
    log,
    current,
    devices,
    writes,
    configuration: {
      clock,
      config,
      pages: rooms.pages,
      adapter,
      cookieKey: Buffer.from(deriveKey(keySecret, 'cookies')).toString('base64url'),
      admissions,
      findAccount: createFindAccount({ admissions, audit }),
      loadExistingGrant: createLoadExistingGrant({ clientOf, demands, clock, makeGrant }),
      countDevices: async (userId) => (await devices.list(userId)).length,
      clientOf,
      demands,
    },
    overrides: {
      clock,
      issuer,
      idTokenSeconds: lifetimes.idToken,
      signer,
      groupsClaims: live.claims,
      devices,
      writes,
      rotationKey: createSecretKey(deriveKey(keySecret, 'refresh-rotation')),
      keysEver: current.keysEver,
      clientOf,
    },
  })
  const shared = { keys, devices, admissions, demands, signer, writes, unproved, current, clientOf }
  const browser = createBrowser({
    ...shared,
    engine: engine.provider,
    store,
    clock,
    config,
    directory,
  })
  const logouts = createBackchannelLogout({
    ...{ store, clock, log, admissions, clients: current.clients },
    deliver: createDeliverLogout({ ...rooms, signer, issuer }),
  })
  return { ...shared, makeGrant, engine, browser, live, logouts }
}

type Parts = ReturnType<typeof assemble>

/** The engine and the two that answer beside it. */
function createEndpoints(
  {
    store,
    clock,
    config,
    directory,
    clusters,
    machines,
    audit,
    log,
    pluginResources = [],
  }: IssuerRooms,
  { admissions, devices, signer, current, engine, live }: Parts,
): Pick<Issuer, 'handle' | 'exchange'> {
  const { issuer } = config
  const basePath = basePathOf(config)
  const dpop = createDpopVerifier({ clock })
  const shared = { store, clock, admissions, devices, dpop, log, issuer }
  const signingAlgOf = (clientId: string): SigningAlg =>
    current.clientOf(clientId)?.signingAlg ?? 'RS256'
  const forMachines = { ...shared, machines, signer, audit, signingAlgOf }
  const idTokenLifetime = config.lifetimes.idToken
  const exchange = createExchange({
    ...shared,
    signer,
    groupsClaims: live.claims,
    audit,
    idTokenLifetime,
    signingAlgOf,
    machineExchange: createMachineExchange(forMachines),
    clientCredentials: createClientCredentials({ ...forMachines, idTokenLifetime }),
  })
  const kubectlApi = createKubectlApi({
    ...shared,
    clusters,
    directory,
    publicKeys: () => ({ keys: [...current.publishedKeys()] }),
    resources: pluginResources,
  })
  const door = createTokenDoor({ exchange, engine: engine.handle })

  return {
    exchange,
    handle(req, res) {
      const original = req.url ?? '/'
      const url = original.slice(basePath.length)
      const [path = '/'] = url.split('?', 1)
      if (path.startsWith(PLUGIN_API)) {
        void kubectlApi(req, res, path)
        return
      }
      if (path === GROUPS_PATH) {
        void live.endpoint(req, res)
        return
      }
      // The engine tells its own mount path from these two.
      Object.assign(req, { originalUrl: original, url })
      if (path === ROUTES.token && req.method === 'POST') door(req, res)
      else if (path === ROUTES.device_authorization && isRead(req)) refuseMethod(res, 'POST')
      else engine.handle(req, res)
    },
  }
}

/** The engine would take GET for one of its own device pages, `/device/:uid`, which are ours and not its. */
function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** RFC 9110 §15.5.6 */
function refuseMethod(res: ServerResponse, allowed: string): void {
  res.setHeader('Allow', allowed)
  sendJson(res, 405, {
    error: 'invalid_request',
    error_description: `only ${allowed} is answered here`,
  })
}

/** The issuer's own path, without a trailing slash. */
function basePathOf({ issuer }: IssuerConfig): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}
