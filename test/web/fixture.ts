import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Koa from 'koa'
import { openStore, type Store } from '../../db/index.ts'
import { createAccessReviews } from '../../src/access-review/index.ts'
import { type AccessTokens, createAccessTokens } from '../../src/access-tokens/index.ts'
import { type Audit, createAudit } from '../../src/audit/index.ts'
import { createSealed } from '../../src/certificates/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import { createDiagnosis } from '../../src/diagnosis/index.ts'
import { createDirectory, type Directory } from '../../src/directory/index.ts'
import type { By, EpochMs } from '../../src/errors/index.ts'
import { admitRequest, createProxyMatcher, errorWriter } from '../../src/http/index.ts'
import { createAdminDoor, createIssuer, type Issuer } from '../../src/issuer/index.ts'
import { createMachines, type Machines } from '../../src/machines/index.ts'
import { createMail, type Mail } from '../../src/mail/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { createPages, createWeb, type WebConfig } from '../../src/web/index.ts'
import { relayOn } from '../mail/smtp.ts'
import { Person } from '../support/person.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const PASSWORD = 'violet teapot orbits seven'
export const NEXT_PASSWORD = 'quiet harbour eats lanterns'
export const BY: By = { actor: { kind: 'command', name: 'root' }, address: null, requestId: null }

const lifetimes = {
  idToken: 600,
  login: 43_200,
  code: 60,
  deviceCode: 600,
  sessionIdle: 3_600,
  sessionAbsolute: 43_200,
  rotationGrace: 10,
  publishAhead: 3_600,
}

export interface Fixture extends AsyncDisposable {
  readonly issuerUrl: string
  readonly store: Store
  readonly audit: Audit
  readonly mail: Mail
  readonly directory: Directory
  readonly clusters: Clusters
  readonly accessTokens: AccessTokens
  readonly issuer: Issuer
  readonly machines: Machines
  readonly advance: (ms: number) => void
  readonly now: () => EpochMs
  /** Another browser, from an address of its own where one is given. */
  readonly person: (address?: string) => Person
}

/** All rooms on a real store behind plain HTTP, as if a TLS proxy stood before it; 127.0.0.1 may say whom it speaks for. */
export async function openWeb(
  options: {
    readonly path?: string
    readonly brand?: WebConfig['brand']
    readonly accessTokens?: WebConfig['accessTokens']
    readonly admin?: WebConfig['admin']
    /** Of an SMTP server on this machine; without one mail is off. */
    readonly smtpPort?: number
  } = {},
): Promise<Fixture> {
  const home = await temporaryDirectory()
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuerUrl = `http://localhost:${port}${options.path ?? ''}`
  let now = Date.now()
  const clock = () => now
  const store = openStore({ file: join(home.path, 'lanyard.db'), clock })
  const audit = createAudit({ store, clock })
  const mail = createMail({
    ...{ store, clock, settings: relayOn(options.smtpPort) },
    site: { name: 'Lanyard', issuer: issuerUrl },
    wrapping: new Uint8Array(32).fill(3),
  })
  const directory = createDirectory({
    mail,
    store,
    clock,
    audit,
    adminGroup: 'lanyard-admins',
    secret: new Uint8Array(32).fill(7),
    factorSecret: new Uint8Array(32).fill(8),
    issuer: issuerUrl,
    hashing: { memoryKiB: 1_024, passes: 2, parallelism: 1, concurrency: 1 },
  })
  const clusters = createClusters({ store, clock })
  const brand = options.brand ?? { name: 'Lanyard', logo: null, accent: null }
  const policy = options.accessTokens ?? { allowed: true, maxLifetime: 365 * 86_400 }
  const config = {
    ...{ issuer: issuerUrl, brand, lifetimes, maxTokenBytes: 16_384, accessTokens: policy },
    admin: options.admin ?? { secondFactor: 'optional' as const },
  }
  const accessTokens = createAccessTokens({ store, clock, directory, clusters, policy })
  const log = createLog({ level: 'error', format: 'json' })
  const pages = createPages({ config, directory, clusters, clock })
  const outbound = createOutbound()
  const machines = createMachines({ store, clock, clusters, outbound, issuer: issuerUrl })
  const keySecret = new Uint8Array(32).fill(9)
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
    outbound,
  })
  const app = new Koa()
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
      accessReviews: createAccessReviews({
        ...{ store, clock, clusters, outbound, adminGroup: 'lanyard-admins' },
        sealed: createSealed(keySecret),
      }),
      diagnosis: createDiagnosis({
        ...{ store, clock, directory, clusters },
        config: { ...config, data: home.path, issuerIsDefault: false, tls: { kind: 'none' } },
        issuer: () => Promise.resolve(createAdminDoor({ store, clock, config, keySecret })),
        certificateAuthority: () => Promise.resolve(null),
      }),
      audit,
      clock,
      csrfSecret: new Uint8Array(32).fill(1),
      cookieSecret: new Uint8Array(32).fill(2),
      certificateAuthority: 'PEM of the CA\n',
    }),
  )
  serve(server, issuerUrl, issuer, app)
  const persons: Person[] = []
  return {
    issuerUrl,
    store,
    audit,
    mail,
    directory,
    clusters,
    accessTokens,
    issuer,
    machines,
    now: clock,
    advance: (ms) => {
      now += ms
    },
    person(address) {
      const headers = address === undefined ? {} : { 'x-forwarded-for': address }
      const person = new Person({ issuer: issuerUrl, ca: '', headers })
      persons.push(person)
      return person
    },
    async [Symbol.asyncDispose]() {
      for (const person of persons) await person.close()
      server.close()
      server.closeAllConnections()
      await issuer.close()
      await store.close()
      await home[Symbol.asyncDispose]()
    },
  }
}

function serve(server: Server, issuerUrl: string, issuer: Issuer, app: Koa): void {
  const base = new URL(issuerUrl).pathname.replace(/\/$/, '')
  const web = app.callback()
  const admission = {
    issuer: new URL(issuerUrl),
    trustedProxies: createProxyMatcher(['127.0.0.1']),
  }
  server.on('request', (req, res) => {
    admitRequest(req, admission)
    const path = (req.url ?? '').split('?')[0] ?? ''
    if (issuer.owns(path.slice(base.length))) issuer.handle(req, res)
    else void web(req, res)
  })
}

/** Ada, with a password of her own, in `viewers`, which may enter cluster `prod-eu`; bob, in nothing. */
export async function addPeople({ directory, clusters, issuer }: Fixture): Promise<void> {
  const account = { password: PASSWORD, mustChange: false }
  await directory.users.add({ username: 'ada', displayName: 'Ada Lovelace', ...account }, BY)
  await directory.users.add({ username: 'bob', ...account }, BY)
  await directory.groups.add({ name: 'viewers' }, BY)
  await directory.groups.addMember('viewers', { user: 'ada' }, BY)
  const server = 'https://api.prod-eu.example.com:6443'
  await clusters.add({ name: 'prod-eu', server, groups: ['viewers'] }, BY)
  await issuer.refresh()
}

/** Signs in to the account page. */
export async function signIn(person: Person, username = 'ada', password = PASSWORD) {
  return person.submit(await person.open('sign-in'), { username, password })
}
