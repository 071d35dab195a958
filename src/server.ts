import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import Koa from 'koa'
import { acquireServerLock, createSweeper, type Sweeper } from '../db/index.ts'
import {
  type Config,
  checkClock,
  deriveKey,
  prepareDataDirectory,
  rememberIssuer,
  type Settings,
  withIssuer,
} from './config/index.ts'
import { createDiagnosis, type Diagnosis } from './diagnosis/index.ts'
import type { Clock } from './errors/index.ts'
import {
  accessTokenResources,
  certificateResources,
  createGateways,
  type Gateways,
  membershipResources,
} from './gateways/index.ts'
import {
  admitRequest,
  createProxyMatcher,
  drain,
  errorWriter,
  koaErrors,
  listen,
} from './http/index.ts'
import { createAdminDoor, createIssuer, type Issuer } from './issuer/index.ts'
import { createOutbound } from './outbound/index.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { type Log, logRequest } from './telemetry/index.ts'
import { ensureTls, type TlsMaterial, watchTls } from './tls/index.ts'
import { createPages, createWeb } from './web/index.ts'

/** SIGTERM to exit, at most. */
const DRAIN_MS = 10_000
/** How soon a change by another process is honoured, at the latest; the promise is one second. */
const REFRESH_EVERY_MS = 250
const KEYS_EVERY_MS = 10_000
const SWEEP_EVERY_MS = 100
const LOGOUTS_EVERY_MS = 500
const PRUNE_EVERY_MS = 60_000
const MAIL_EVERY_MS = 1_000
const STREAM_EVERY_MS = 250
const DISCOVERY = '/.well-known/openid-configuration'

export interface StartOptions {
  readonly settings: Settings
  readonly log: Log
  readonly clock: Clock
  /** How long requests in flight may take when it is closed, in milliseconds; ten seconds unless told. */
  readonly drainMs?: number
}

export interface RunningServer {
  readonly config: Config
  readonly rooms: Rooms
  readonly issuer: Issuer
  readonly tls: TlsMaterial | null
  /** What the server before called itself, where that was something else. */
  readonly formerIssuer: string | null
  /** Lets requests in flight finish, cuts what is left when the time is over, and closes the database. */
  close(): Promise<void>
}

/**
 * Threat 22: how long a visitor may keep a connection with a handshake, a head or a body that does not come. Node's own five
 * minutes are for uploads; no request here is larger than a form.
 */
const PATIENCE = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
} as const

/**
 * Starts listening and serving; resolves when requests are answered.
 * @throws LanyardError for everything an admin can mend: a taken port, another server, an unwritable directory, a bad certificate.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { settings, log, clock, drainMs = DRAIN_MS } = options
  await using cleanup = new AsyncDisposableStack()
  checkClock(clock)
  prepareDataDirectory(settings)
  cleanup.use(acquireServerLock(settings.data))

  const gate = createGate()
  const tls = settings.tls.kind === 'none' ? null : await ensureTls({ config: settings, clock })
  const server =
    tls === null
      ? createHttp(PATIENCE, gate.listener)
      : createHttps({ ...PATIENCE, ...tlsOptions(tls) }, gate.listener)
  const config = withIssuer(settings, await listen(server, settings.listen, 'LANYARD_LISTEN'))
  cleanup.defer(() => void server.close())

  const rooms = openRooms(config, clock)
  cleanup.defer(() => rooms.store.close())
  cleanup.defer(() => rooms.audit.endStream())
  await rooms.audit.begin()
  const formerIssuer = rememberIssuer(config)
  const issuer = await assemble(rooms, { gate, tls, log, clock })
  cleanup.defer(() => issuer.close())
  const onCut = () => log.warn({ afterMs: drainMs }, 'requests still in flight were cut')
  cleanup.defer(() => drain(server, drainMs, onCut))
  cleanup.use(startTimers(rooms, issuer, { log, clock }))
  if (tls !== null && 'setSecureContext' in server) {
    const onChange = (material: TlsMaterial): void => server.setSecureContext(tlsOptions(material))
    cleanup.use(watchTls({ config, clock, log, onChange }))
  }

  const closing = cleanup.move()
  return {
    config,
    rooms,
    issuer,
    tls,
    formerIssuer,
    close: async () => {
      gate.closing()
      await closing.disposeAsync()
    },
  }
}

/** Builds the rooms that answer requests and opens the gate to them. */
async function assemble(
  rooms: Rooms,
  { gate, tls, log, clock }: { gate: Gate; tls: TlsMaterial | null; log: Log; clock: Clock },
): Promise<Issuer> {
  const { config, store, audit, directory, clusters, accessTokens, machines, keySecret } = rooms
  const pages = createPages({ config, directory, clusters, clock })
  const issuer = await createIssuer({
    store,
    clock,
    config,
    directory,
    clusters,
    machines,
    audit,
    log,
    keySecret,
    pages: pages.engine,
    outbound: createOutbound(),
    pluginResources: [
      ...certificateResources(rooms.certificates),
      ...accessTokenResources({ accessTokens: rooms.accessTokens, directory, clock }),
      ...membershipResources(directory),
    ],
  })
  const app = new Koa()
  app.on('error', koaErrors(log))
  app.use(errorWriter({ log, clock, renderErrorPage: pages.renderErrorPage }))
  app.use(
    createWeb({
      config,
      pages,
      directory,
      clusters,
      accessTokens,
      issuer,
      machines,
      audit,
      clock,
      accessReviews: rooms.accessReviews,
      diagnosis: diagnosisOf(rooms, tls, clock),
      csrfSecret: deriveKey(keySecret, 'csrf'),
      cookieSecret: deriveKey(keySecret, 'known-browsers'),
      certificateAuthority: tls?.caCertificate ?? null,
    }),
  )
  const web = app.callback()
  const gateways = createGateways({ ...rooms, issuer, clock, log })
  gate.open(
    createListener({ config, issuer, gateways, web: (req, res) => void web(req, res), log }),
  )
  return issuer
}

/** The doctor of `lanyard doctor`, for the pages. */
function diagnosisOf(rooms: Rooms, tls: TlsMaterial | null, clock: Clock): Diagnosis {
  return createDiagnosis({
    ...{ ...rooms, clock },
    issuer: () => Promise.resolve(createAdminDoor({ ...rooms, clock })),
    certificateAuthority: () => Promise.resolve(tls?.caCertificate ?? null),
  })
}

/** Sends each request to the room that owns its path. */
function createListener(rooms: {
  readonly config: Config
  readonly issuer: Issuer
  readonly gateways: Gateways
  readonly web: RequestListener
  readonly log: Log
}): RequestListener {
  const { config, issuer, gateways, web, log } = rooms
  const issuerUrl = new URL(config.issuer)
  const base = issuerUrl.pathname.replace(/\/$/, '')
  const admission = { issuer: issuerUrl, trustedProxies: createProxyMatcher(config.trustedProxies) }

  return (req, res) => {
    const path = pathBelow(base, req.url)
    if (req.method === 'GET' || req.method === 'HEAD') {
      // Built before the request and the same for everyone: nothing of the request is looked at.
      const document = issuer.documents(path)
      if (document !== undefined) {
        res.writeHead(200, document.headers)
        res.end(req.method === 'GET' ? document.body : undefined)
        if (path === DISCOVERY && isGo(req)) {
          issuer.discoverySeen(admitRequest(req, admission).address)
        }
        return
      }
    }
    const peer = admitRequest(req, admission)
    logRequest(log, req, res, { ...peer, now: () => performance.now() })
    // Admission may have changed the target.
    const admitted = pathBelow(base, req.url)
    if (issuer.owns(admitted)) issuer.handle(req, res)
    else if (gateways.owns(admitted)) gateways.handle(req, res, admitted)
    else web(req, res)
  }
}

/** What kube-apiserver calls itself where it asks an issuer. */
function isGo({ headers }: IncomingMessage): boolean {
  return headers['user-agent']?.startsWith('Go-http-client/') ?? false
}

/** The path of a request relative to the issuer's, without its query; empty when it lies elsewhere. */
function pathBelow(base: string, target = '/'): string {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (base === '') return path
  return path.startsWith(`${base}/`) ? path.slice(base.length) : ''
}

interface Gate {
  readonly listener: RequestListener
  open(listener: RequestListener): void
  closing(): void
}

/** The socket is bound before the rooms exist, because the port is part of the issuer: what comes early waits. */
function createGate(): Gate {
  let current: RequestListener | undefined
  let closing = false
  const waiting: Parameters<RequestListener>[] = []
  return {
    listener: (req, res) => {
      if (closing) res.setHeader('Connection', 'close')
      if (current === undefined) waiting.push([req, res])
      else current(req, res)
    },
    open: (listener) => {
      current = listener
      for (const [req, res] of waiting.splice(0)) listener(req, res)
    },
    closing: () => {
      closing = true
    },
  }
}

function tlsOptions({ key, cert }: Pick<TlsMaterial, 'key' | 'cert'>) {
  return { key, cert, minVersion: 'TLSv1.2' } as const
}

function startTimers(
  rooms: Rooms,
  issuer: Issuer,
  { log, clock }: { log: Log; clock: Clock },
): Disposable {
  const sweeper: Sweeper = createSweeper(rooms.store)
  const every = (ms: number, what: string, run: () => Promise<unknown>) => {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      run()
        .catch((error: unknown) => log.error({ err: error }, `${what} failed`))
        .finally(() => {
          busy = false
        })
    }, ms)
    timer.unref()
    return timer
  }
  const timers = [
    every(REFRESH_EVERY_MS, 'looking for changes', () => issuer.refresh()),
    every(KEYS_EVERY_MS, 'moving signing keys', () => issuer.keys.tick()),
    every(SWEEP_EVERY_MS, 'sweeping expired rows', () => sweeper.step(clock())),
    every(LOGOUTS_EVERY_MS, 'telling applications of logouts', () => issuer.tellLogouts()),
    every(MAIL_EVERY_MS, 'sending mail', () => rooms.mail.deliver(log)),
    every(REFRESH_EVERY_MS, 'ending memberships', () => rooms.directory.endMemberships()),
    every(STREAM_EVERY_MS, 'writing the audit stream', () => rooms.audit.stream()),
    every(PRUNE_EVERY_MS, 'pruning the audit record', () => rooms.audit.prune()),
  ]
  return {
    [Symbol.dispose]: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}
