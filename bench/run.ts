/**
 * `npm run bench`: refresh, exchange, documents, start and memory of a real server on one core under load from the other, beside the
 * bare engine in the same run; the plugin's cached token beside an empty script; and the admin's pages at a hundred thousand people. `--rounds N`, `--seconds N`, `--profile DIR` (V8 CPU profiles); names choose parts. Figures compare only within one run.
 */
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config/index.ts'
import { startLanyard } from '../test/support/lanyard.ts'
import { layOutPackage } from '../test/support/package.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { measureAdmin } from './admin.ts'
import { applyLoad, type LoadResult, type Shot } from './load.ts'
import { measurePlugin } from './plugin.ts'
import { measureProxy } from './proxy.ts'
import { type Figure, renderFigures } from './report.ts'
import { type Seed, seed, USERS } from './seed.ts'
import { canPin, pinThisProcess, type Running, startPinned } from './servers.ts'

const CONNECTIONS = 16
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    profile: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
const figures: Figure[] = []

const root = new URL('..', import.meta.url).pathname
await using directory = await temporaryDirectory()
await using packageDirectory = await temporaryDirectory()
const packaged = await layOutPackage(packageDirectory.path)
const port = await freePort()
const environment = {
  LANYARD_DATA: directory.path,
  LANYARD_LISTEN: `127.0.0.1:${port}`,
  LANYARD_LOG_LEVEL: 'info',
  LANYARD_LOG_FORMAT: 'json',
}
console.log(
  `node ${process.version}, ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections over TLS, ${canPin ? 'server on core 0, load on core 1' : 'not pinned: taskset is missing'}`,
)
if (wanted('proxy')) figures.push(...(await measureProxy(rounds, seconds)))
const { ca, tokens } = await seedDirectory()
pinThisProcess()
if (wanted('start')) await measureStart()
await measureLanyard()
if (wanted('webhook')) await measureFixedReview()
if (wanted('bare')) await measureBareEngine()
if (wanted('admin')) {
  figures.push(...(await measureAdmin(packaged, { port: await freePort(), rounds })))
}
if (wanted('plugin')) figures.push(...(await measurePlugin()))
console.log(renderFigures(figures))

async function seedDirectory(): Promise<{ ca: string; tokens: Seed }> {
  const settings = loadConfig({ configPath: undefined, env: environment, cwd: directory.path })
  await using lanyard = await startLanyard({ data: directory.path, settings })
  return { ca: lanyard.ca, tokens: await seed(lanyard) }
}

/** As people install it, or as it runs in a clone. */
function startServer(command = packaged): Promise<Running> {
  const profiling =
    values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
  const args = [...profiling, command, 'serve']
  return startPinned(args, /^Lanyard is ready/, environment)
}

async function measureStart(): Promise<void> {
  const times = async (command: string): Promise<number[]> => {
    const ready: number[] = []
    for (let round = 0; round < Math.max(5, rounds); round += 1) {
      await using server = await startServer(command)
      ready.push(server.readyMs)
    }
    return ready
  }
  figures.push(
    { name: 'start to ready', unit: 'ms', rounds: await times(packaged), bar: { atMost: 300 } },
    {
      name: 'start to ready, in a clone',
      unit: 'ms',
      rounds: await times(`${root}bin/lanyard.js`),
    },
  )
}

async function measureLanyard(): Promise<void> {
  await using server = await startServer()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  figures.push({ name: 'idle memory', unit: 'MB', rounds: [server.rssMb()], bar: { atMost: 110 } })
  const issuer = `https://localhost:${port}`
  if (wanted('groups')) await measure(server, 'live groups', () => groupsShots(tokens.groups))
  if (wanted('webhook')) {
    const { accessTokens, idTokens } = tokens.webhook
    await measure(server, 'webhook, access token', () => reviewShots(accessTokens), 5_000)
    await measure(server, 'webhook, ID token', () => reviewShots(idTokens))
  }
  if (wanted('refresh')) {
    await measure(server, 'refresh, ES256', () => refreshShots(tokens.es256, 'es256'), 2_000)
    await measure(server, 'refresh, RS256', () => refreshShots(tokens.rs256, 'rs256'), 1_400)
  }
  if (wanted('exchange'))
    await measure(server, 'exchange, ES256', () => exchangeShots(issuer), 3_000)
  if (wanted('documents')) {
    await measure(server, 'discovery', () => getShots('/.well-known/openid-configuration'), 40_000)
    await measure(server, 'JWKS', () => getShots('/jwks'), 40_000)
  }
  figures.push({ name: 'memory after load', unit: 'MB', rounds: [server.rssMb()] })
}

/** The same questions, answered without a thought. */
async function measureFixedReview(): Promise<void> {
  const files = [`${directory.path}/tls.key`, `${directory.path}/tls.crt`]
  await using server = await startPinned([`${root}bench/fixed-review.ts`, ...files], /^\d+$/)
  const { accessTokens } = tokens.webhook
  await measure(
    ...([server, 'node:https, a fixed TokenReview', () => reviewShots(accessTokens)] as const),
    ...([undefined, Number(server.readyLine)] as const),
  )
}

async function measureBareEngine(): Promise<void> {
  await using bareDirectory = await temporaryDirectory()
  const files = [`${directory.path}/tls.key`, `${directory.path}/tls.crt`]
  const args = [`${root}bench/bare-engine.ts`, bareDirectory.path, ...files]
  await using server = await startPinned(args, /^\{/)
  const bare = JSON.parse(server.readyLine) as {
    port: number
    tokens: Record<'ES256' | 'RS256', string[]>
  }
  figures.push({ name: 'bare engine: start', unit: 'ms', rounds: [server.readyMs] })
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  figures.push({ name: 'bare engine: idle memory', unit: 'MB', rounds: [server.rssMb()] })
  for (const alg of ['ES256', 'RS256'] as const) {
    await measure(
      server,
      `bare engine: refresh, ${alg}`,
      () => refreshShots(bare.tokens[alg], alg),
      undefined,
      bare.port,
    )
  }
  await measure(
    server,
    'node:https, a fixed buffer',
    () => getShots('/static'),
    undefined,
    bare.port,
  )
  figures.push({ name: 'bare engine: memory after load', unit: 'MB', rounds: [server.rssMb()] })
}

async function measure(
  server: Running,
  name: string,
  shots: () => (connection: number) => Shot | Promise<Shot>,
  atLeast?: number,
  onPort = port,
): Promise<void> {
  const load = (duration: number): Promise<LoadResult> =>
    applyLoad({ port: onPort, ca, connections: CONNECTIONS, seconds: duration, next: shots() })
  await load(2)
  const results: LoadResult[] = []
  const cpuBefore = server.cpuMs()
  for (let round = 0; round < rounds; round += 1) results.push(await load(seconds))
  const answered = results.reduce((sum, result) => sum + result.answered, 0)
  const cpu = Math.round(((server.cpuMs() - cpuBefore) * 1000) / answered)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  const failure = results.find((result) => result.firstFailure !== null)?.firstFailure
  const latency = results.map(({ p50Ms, p99Ms }) => `${p50Ms}/${p99Ms}`).join(' ')
  figures.push({
    name,
    unit: '/s',
    rounds: results.map(({ perSecond }) => perSecond),
    ...(atLeast === undefined ? {} : { bar: { atLeast } }),
    note: `server CPU ${cpu} us each, p50/p99 ms ${latency}${failed === 0 ? '' : `, ${failed} FAILED: ${failure}`}`,
  })
  console.log(renderFigures(figures.slice(-1)))
}

/** Each connection has its own people and turns their tokens one after another. */
function refreshShots(living: string[], clientId: string): (connection: number) => Shot {
  const turns = new Array<number>(CONNECTIONS).fill(0)
  const people = USERS / CONNECTIONS
  return (connection) => {
    const turn = turns[connection] ?? 0
    turns[connection] = turn + 1
    const index = connection * people + (turn % people)
    const body = `grant_type=refresh_token&client_id=${clientId}&refresh_token=${living[index]}`
    return {
      request: post(body),
      onBody: (answer) => {
        const next = /"refresh_token":"([^"]+)"/.exec(answer)?.[1]
        if (next !== undefined) living[index] = next
      },
    }
  }
}

function exchangeShots(issuer: string): (connection: number) => Promise<Shot> {
  const turns = new Array<number>(CONNECTIONS).fill(0)
  const people = USERS / CONNECTIONS
  return async (connection) => {
    const turn = turns[connection] ?? 0
    turns[connection] = turn + 1
    const login = tokens.plugin[connection * people + (turn % people)]
    if (login === undefined) throw new Error('no such login')
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'kubectl-lanyard',
      subject_token: login.refreshToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: 'es256',
    }).toString()
    return { request: post(body, `DPoP: ${await login.key.proof('POST', `${issuer}/token`)}\r\n`) }
  }
}

/** As kube-apiserver asks: each connection for its own people, one after another. */
function groupsShots(accessTokens: readonly string[]): (connection: number) => Shot {
  const turns = new Array<number>(CONNECTIONS).fill(0)
  const people = USERS / CONNECTIONS
  return (connection) => {
    const turn = turns[connection] ?? 0
    turns[connection] = turn + 1
    const token = accessTokens[connection * people + (turn % people)]
    return {
      request: `GET /live/groups HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\nUser-Agent: Go-http-client/1.1\r\n\r\n`,
    }
  }
}

/** As kube-apiserver's webhook asks: each connection about its own people's tokens, one after another. */
function reviewShots(bearers: readonly string[]): (connection: number) => Shot {
  const turns = new Array<number>(CONNECTIONS).fill(0)
  const people = USERS / CONNECTIONS
  return (connection) => {
    const turn = turns[connection] ?? 0
    turns[connection] = turn + 1
    const body = JSON.stringify({
      ...{ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {} },
      spec: {
        token: bearers[connection * people + (turn % people)],
        audiences: ['https://kubernetes.default.svc'],
      },
      status: { user: {} },
    })
    return {
      request: `POST /webhook/es256?timeout=30s HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${tokens.webhook.credential}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      onBody: (answer) => {
        if (!answer.includes('"authenticated":true')) throw new Error(answer)
      },
    }
  }
}

function getShots(path: string): () => Shot {
  const shot = { request: `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n` }
  return () => shot
}

function post(body: string, headers = ''): string {
  return `POST /token HTTP/1.1\r\nHost: localhost:${port}\r\n${headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
