import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { Router } from '@koa/router'
import { decodeJwt, type JWTPayload } from 'jose'
import Koa from 'koa'
import { openStore, type Store } from '../../db/index.ts'
import { WeakSignIn } from '../../src/access/index.ts'
import { type Audit, createAudit } from '../../src/audit/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import { createDirectory, type Directory, type User } from '../../src/directory/index.ts'
import { type By, LanyardError } from '../../src/errors/index.ts'
import { admitRequest, createProxyMatcher } from '../../src/http/index.ts'
import {
  createIssuer,
  type Interaction,
  type Issuer,
  type IssuerConfig,
} from '../../src/issuer/index.ts'
import { createMachines } from '../../src/machines/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import type { Log } from '../../src/telemetry/index.ts'

export const BY: By = { actor: { kind: 'command', name: 'test' }, address: null, requestId: null }
export const clock = () => Date.now()

/** From here on time stands still in this process, until it is moved. */
export function freezeTime(): { advance(seconds: number): void } {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  return { advance: (seconds) => mock.timers.setTime(Date.now() + seconds * 1000) }
}

export interface World extends AsyncDisposable {
  /** The issuer. */
  readonly url: string
  readonly store: Store
  readonly directory: Directory
  readonly clusters: Clusters
  readonly audit: Audit
  issuer: Issuer
  readonly keySecret: Uint8Array
  readonly config: IssuerConfig
  readonly logged: string[]
  readonly ada: User
  readonly bob: User
  /** As after a restart of the process: everything but the database is gone. */
  restart(): Promise<void>
  auditTypes(): Promise<string[]>
  /** As the proxy in front would: the issuer's URLs reach this process. */
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** Real rooms on a real database behind real HTTP. ada is in `viewers`, which may enter `prod`; bob is in nothing. */
export async function createWorld(
  options: { path?: string; origin?: string; maxTokenBytes?: number } = {},
): Promise<World> {
  const directoryPath = mkdtempSync(join(tmpdir(), 'lanyard-'))
  const store = openStore({ file: join(directoryPath, 'lanyard.db'), clock })
  const audit = createAudit({ store, clock })
  const directory = createDirectory({
    store,
    clock,
    audit,
    adminGroup: 'lanyard-admins',
    secret: randomBytes(32),
    factorSecret: randomBytes(32),
    issuer: 'https://localhost',
  })
  const clusters = createClusters({ store, clock })
  const ada = await directory.users.add(
    { username: 'ada', displayName: 'Ada Lovelace', email: 'ada@example.com' },
    BY,
  )
  const bob = await directory.users.add({ username: 'bob' }, BY)
  await directory.groups.add({ name: 'viewers' }, BY)
  await directory.groups.addMember('viewers', { user: 'ada' }, BY)
  for (const [name, signingAlg] of [
    ['prod', 'ES256'],
    ['test', 'RS256'],
  ] as const) {
    await clusters.add(
      {
        name,
        server: `https://${name}.example.com`,
        groups: ['viewers'],
        signingAlg,
        liveGroups: false,
      },
      BY,
    )
  }

  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listens = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const origin = options.origin ?? listens
  const url = origin + (options.path ?? '')
  const logged: string[] = []
  const keySecret = randomBytes(32)
  const config = { ...CONFIG(url), maxTokenBytes: options.maxTokenBytes ?? 16_384 }
  const outbound = createOutbound()
  const make = () =>
    createIssuer({
      store,
      clock,
      audit,
      directory,
      clusters,
      machines: createMachines({ store, clock, clusters, outbound, issuer: url }),
      log: testLog(logged),
      keySecret,
      outbound,
      config,
      pages: {
        renderError: (_ctx, { error, description }) => `error page: ${error}: ${description}`,
        logout: (_ctx, { action, fields, clientName }) =>
          JSON.stringify({ action, fields, clientName }),
        loggedOut: () => 'signed out',
      },
    })
  const world: World = {
    url,
    store,
    directory,
    clusters,
    audit,
    issuer: await make(),
    keySecret,
    config,
    logged,
    ada,
    bob,
    async restart() {
      world.issuer = await make()
    },
    fetch: (target, init) => fetch(target.replace(origin, listens), init),
    async auditTypes() {
      return (await audit.list({ limit: 200 })).map(({ type }) => type)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await world.issuer.close()
      await store.close()
      rmSync(directoryPath, { recursive: true })
    },
  }
  serve(server, world, options.path ?? '')
  return world
}

const CONFIG = (issuer: string) => ({
  issuer,
  lifetimes: {
    idToken: 600,
    login: 43_200,
    code: 60,
    deviceCode: 600,
    sessionIdle: 3_600,
    sessionAbsolute: 43_200,
    rotationGrace: 10,
    publishAhead: 3_600,
  },
})

export function testLog(lines: string[]): Log {
  const write = (fields: object, message: string) =>
    void lines.push(`${message} ${inspect(fields)}`)
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }
  return log
}

function inspect(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Error ? `${value.stack}` : value,
  )
}

/** Holds every write back until `count` are waiting, so that all of them have read the same state. */
export function holdWrites({ store }: World, count: number): () => void {
  const { write } = store
  const all = Promise.withResolvers<void>()
  let waiting = 0
  const held: Store['write'] = async (unit) => {
    waiting += 1
    if (waiting === count) all.resolve()
    await all.promise
    return write.call(store, unit) as ReturnType<typeof unit>
  }
  Object.assign(store, { write: held })
  return () => void Object.assign(store, { write })
}

/** How this person signed in: `?amr=pwd otp mfa`, by password unless told. */
function amrOf(ctx: Koa.Context): string[] {
  return String(ctx.query['amr'] ?? 'pwd').split(' ')
}

/** The pages, as bare as can be: what a page would call, one path each. */
function serve(server: Server, world: World, path: string): void {
  const pages = new Koa()
  const router = new Router({ prefix: path })
  const subjectOf = async (ctx: Koa.Context) => {
    const user = ctx.query['as'] === 'bob' ? world.bob : world.ada
    const subject = await world.directory.subject(user.id)
    assert.ok(subject)
    return subject
  }
  router.get('/interaction/:uid', async (ctx) => {
    ctx.body = await world.issuer.interactions.find(ctx)
  })
  router.post('/interaction/:uid/:step', async (ctx) => {
    const { interactions } = world.issuer
    const found = await interactions.find(ctx)
    const subject = await subjectOf(ctx)
    const step = ctx.params['step'] ?? ''
    if (step === 'sign-in') await interactions.signedIn(ctx, found, { subject, amr: amrOf(ctx) })
    if (step === 'confirm') await interactions.confirmed(ctx, found, { subject })
    if (step === 'refuse') await interactions.refused(ctx, found, 'ada said no')
  })
  router.post('/sign-in', async (ctx) => {
    await world.issuer.browser.signIn(ctx, { subject: await subjectOf(ctx), amr: amrOf(ctx) })
    ctx.body = {}
  })
  router.post('/sign-out', async (ctx) => {
    await world.issuer.browser.signOut(ctx)
    ctx.body = {}
  })
  router.get('/session', async (ctx) => {
    ctx.body = { session: await world.issuer.browser.current(ctx) }
  })
  router.post('/device/:step/:code', async (ctx) => {
    const { deviceCodes } = world.issuer
    const { step = '', code = '' } = ctx.params
    if (step === 'claim') ctx.body = { claimed: await deviceCodes.claim(ctx, code) }
    if (step === 'approve') {
      const subject = await subjectOf(ctx)
      ctx.body = await deviceCodes.approve(ctx, code, {
        subject,
        amr: amrOf(ctx),
        authenticatedAt: Number(ctx.query['at'] ?? Date.now()),
      })
    }
    if (step === 'refuse') ctx.body = { refused: await deviceCodes.refuse(ctx, code, BY) }
  })
  pages.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error
      ctx.status = 400
      const needs = error instanceof WeakSignIn ? { needs: error.needs } : {}
      ctx.body = { code: error.code, message: error.message, ...needs }
    }
  })
  pages.use(router.routes())
  const callback = pages.callback()
  const issuerUrl = new URL(world.url)
  server.on('request', (req, res) => {
    admitRequest(req, { issuer: issuerUrl, trustedProxies: createProxyMatcher([]) })
    const relative = (req.url ?? '').slice(path.length).split('?', 1)[0] ?? ''
    const document = world.issuer.documents(relative)
    if (document !== undefined && req.method === 'GET') {
      res.writeHead(200, document.headers).end(document.body)
    } else if (world.issuer.owns(relative)) world.issuer.handle(req, res)
    else void callback(req, res)
  })
}

/** A browser that keeps cookies and follows nothing. */
export class Agent {
  readonly cookies = new Map<string, { value: string; path: string }>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.#world.url)
    const cookie = [...this.cookies]
      .filter(([, { path }]) => target.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const response = await this.#world.fetch(target.href, {
      ...init,
      redirect: 'manual',
      headers: { ...Object.fromEntries(new Headers(init.headers)), cookie },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      const path = attributes.find((each) => each.toLowerCase().startsWith('path='))?.slice(5)
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, { value, path: path ?? '/' })
    }
    return response
  }

  async location(url: string, init?: RequestInit): Promise<string> {
    const response = await this.fetch(url, init)
    const location = response.headers.get('location')
    assert.ok(location, `${url} answered ${response.status} ${await response.text()}`)
    return location
  }

  async json<T>(url: string, init?: RequestInit): Promise<T> {
    return (await (await this.fetch(url, init)).json()) as T
  }
}

export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly expires_in: number
  readonly error?: string
  readonly error_description?: string
}

export const VERIFIER = randomBytes(32).toString('base64url')
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
export const CALLBACK = 'http://localhost:8000'

export function authorizeUrl(world: World, params: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: 'prod',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: 'the-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...params,
  })
  return `${world.url}/auth?${query.toString()}`
}

export async function post(
  world: World,
  path: string,
  params: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const body = new URLSearchParams(params)
  const response = await world.fetch(world.url + path, { method: 'POST', body, headers })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

/** `post` to an endpoint that answers with tokens or an error. */
export async function form(
  ...args: Parameters<typeof post>
): Promise<{ status: number; body: TokenAnswer }> {
  const { status, body } = await post(...args)
  return { status, body: body as TokenAnswer }
}

/** Signs in by password in this agent; resolves with the redirect's parameters. */
export async function authorize(
  world: World,
  agent: Agent,
  params: Record<string, string> = {},
  as = 'ada',
): Promise<URLSearchParams> {
  const page = await agent.location(authorizeUrl(world, params))
  let next = await agent.location(`${page}/sign-in?as=${as}`, { method: 'POST' })
  next = await agent.location(next)
  const clientId = params['client_id'] ?? 'prod'
  if (next.includes('/interaction/') && clientId.startsWith('app')) {
    next = await agent.location(
      await agent.location(`${next}/confirm?as=${as}`, { method: 'POST' }),
    )
  }
  return new URL(next).searchParams
}

export function redeem(world: World, code: string, params: Record<string, string> = {}) {
  return form(world, '/token', {
    grant_type: 'authorization_code',
    client_id: 'prod',
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...params,
  })
}

export function refresh(world: World, refreshToken: string, params: Record<string, string> = {}) {
  return form(world, '/token', {
    grant_type: 'refresh_token',
    client_id: 'prod',
    refresh_token: refreshToken,
    ...params,
  })
}

/** A whole login of ada at prod. */
export async function logIn(world: World, agent = new Agent(world)): Promise<TokenAnswer> {
  const answer = await authorize(world, agent)
  const { status, body } = await redeem(world, answer.get('code') ?? '')
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

export function claimsOf(answer: Pick<TokenAnswer, 'id_token'>): JWTPayload {
  return decodeJwt(answer.id_token)
}

export type { Interaction }
