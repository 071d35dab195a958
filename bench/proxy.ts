import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProxiedCluster, startProxiedCluster } from '../test/cluster/proxy-cluster.ts'
import { startProcess } from '../test/support/process.ts'
import { applyLoad, type LoadResult } from './load.ts'
import { type Figure, median } from './report.ts'

const RULES = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: bench}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: bench}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: bench}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: viewers}
- {kind: ServiceAccount, name: bench, namespace: default}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: bench, namespace: default}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: default}, data: {text: ${'x'.repeat(300)}}}
`
const CONNECTIONS = 16
const PATH = '/api/v1/namespaces/default/configmaps/one'

/** One way to the same config map. */
interface Way {
  readonly name: string
  readonly port: number
  readonly ca: string
  readonly path: string
  readonly token: string
  /** Of the proxy; null for the apiserver itself. */
  readonly pid: number | null
}

interface Measured {
  readonly way: Way
  readonly many: LoadResult[]
  readonly one: LoadResult[]
  /** Processor time of the proxy for each request, in microseconds: other work on the machine moves it least. */
  readonly cpuUs: number[]
}

/**
 * `lanyard proxy` before a real kube-apiserver, beside the apiserver itself and, where it is installed, HAProxy with one thread that does the
 * same as a front proxy but asks nobody who somebody is. Turn by turn in one run; no process is bound to a core, as there are three.
 */
export async function measureProxy(rounds: number, seconds: number): Promise<Figure[]> {
  await using owned = new AsyncDisposableStack()
  const stage = owned.use(await startProxiedCluster(RULES))
  const ways = await waysTo(stage, owned)
  const results = ways.map((way): Measured => ({ way, many: [], one: [], cpuUs: [] }))
  for (const way of ways) await load(way, 2, CONNECTIONS)
  for (let round = 0; round < rounds; round += 1) {
    for (const { way, many, one, cpuUs } of results) {
      const before = cpuMs(way.pid)
      const loaded = await load(way, seconds, CONNECTIONS)
      many.push(loaded)
      if (way.pid !== null) {
        cpuUs.push(Math.round(((cpuMs(way.pid) - before) * 1000) / loaded.answered))
      }
      one.push(await load(way, seconds, 1))
    }
  }
  const [direct] = results
  if (direct === undefined) throw new TypeError('nothing was measured')
  return results.flatMap((measured) => figuresOf(measured, direct))
}

/** Each round beside the same round of the apiserver itself: what else the machine did then was much the same. */
function figuresOf(measured: Measured, direct: Measured): Figure[] {
  const { way, many, one, cpuUs } = measured
  const failed = [...many, ...one].reduce((sum, result) => sum + result.failed, 0)
  const isOurs = way.name.startsWith('lanyard')
  const cpu = cpuUs.length === 0 ? '' : `proxy CPU ${median(cpuUs)} us each, `
  const latency = many.map(({ p50Ms, p99Ms }) => `${p50Ms}/${p99Ms}`).join(' ')
  const absolute: Figure[] = [
    {
      ...{ name: `get, ${way.name}`, unit: '/s', rounds: many.map(({ perSecond }) => perSecond) },
      note: `${cpu}p50/p99 ms ${latency}${failed === 0 ? '' : `, ${failed} FAILED`}`,
    },
    { name: '  one connection, p50', unit: 'ms', rounds: one.map(({ p50Ms }) => p50Ms) },
  ]
  if (measured === direct) return absolute
  const share = many.map(({ perSecond }, round) => perSecond / (direct.many[round]?.perSecond ?? 0))
  const added = one.map(({ p50Ms }, round) => p50Ms - (direct.one[round]?.p50Ms ?? 0))
  return [
    ...absolute,
    {
      ...{ name: '  of the apiserver itself', unit: '', rounds: share },
      ...(isOurs ? { bar: { atLeast: 0.7 } } : {}),
    },
    {
      ...{ name: '  added p50, one connection', unit: 'ms', rounds: added },
      ...(isOurs ? { bar: { atMost: 1 } } : {}),
    },
  ]
}

/** proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms; the name before them may hold spaces. */
function cpuMs(pid: number | null): number {
  if (pid === null) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function waysTo(stage: ProxiedCluster, owned: AsyncDisposableStack): Promise<Way[]> {
  const { apiserver } = stage
  const direct = await apiserver.admin.run(['create', 'token', 'bench', '--duration', '2h'])
  assert.equal(direct.code, 0, direct.stderr)
  const authority = apiserver.certificateAuthority.certificate
  const { port, pid } = await startOwnProcess(stage, owned)
  const ways: Way[] = [
    {
      ...{
        name: 'kube-apiserver itself',
        port: Number(new URL(apiserver.url).port),
        ca: authority,
      },
      ...{ path: PATH, token: direct.stdout.trim(), pid: null },
    },
  ]
  if (spawnSync('haproxy', ['-v']).status === 0) {
    const haproxy = await startHaproxy(stage, owned)
    ways.push({ name: 'HAProxy', ...haproxy, ca: stage.ca, path: PATH, token: 'none' })
  } else console.log('HAProxy is not installed: the peer is left out')
  for (const mode of ['front-proxy', 'impersonation'] as const) {
    const token = await stage.tokenOf(stage.ada, mode)
    ways.push({
      name: `lanyard proxy, ${mode}`,
      ...{ port, pid },
      ca: stage.ca,
      path: `/clusters/${mode}${PATH}`,
      token,
    })
  }
  return ways
}

/** As people run it: the command, and its log in JSON to a file. */
async function startOwnProcess(
  { directory }: ProxiedCluster,
  owned: AsyncDisposableStack,
): Promise<{ port: number; pid: number }> {
  const command = fileURLToPath(new URL('../bin/lanyard.js', import.meta.url))
  const file = join(directory, 'bench.yaml')
  // One user asks more here than anybody may.
  const limits = 'limits: {requestsPerSecond: 100000}\n'
  writeFileSync(file, `${readFileSync(join(directory, 'proxy.yaml'), 'utf8')}${limits}`)
  const child = await startProcess({
    command: process.execPath,
    args: [command, 'proxy', '--config', file],
    env: { PATH: process.env['PATH'] },
  })
  owned.defer(async () => {
    await child.stop(9_000)
  })
  const [, port = ''] = await child.waitForLine('stdout', /ready on port (\d+)/)
  return { port: Number(port), pid: child.pid }
}

async function startHaproxy(
  { directory, apiserver }: ProxiedCluster,
  owned: AsyncDisposableStack,
): Promise<{ port: number; pid: number }> {
  const pair = (name: string) =>
    ['crt', 'key'].map((end) => readFileSync(join(directory, `${name}.${end}`), 'utf8')).join('')
  writeFileSync(join(directory, 'tls.pem'), pair('tls'), { mode: 0o600 })
  writeFileSync(join(directory, 'client.pem'), pair('lanyard-proxy'), { mode: 0o600 })
  const port = 20_000 + (process.pid % 20_000)
  const file = join(directory, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend front
  bind 127.0.0.1:${port} ssl crt ${join(directory, 'tls.pem')} alpn http/1.1
  http-request del-header Authorization
  http-request set-header X-Remote-User ada
  http-request set-header X-Remote-Group viewers
  default_backend back
backend back
  server apiserver ${new URL(apiserver.url).host} ssl verify required ca-file ${apiserver.certificateAuthority.certificatePath} crt ${join(directory, 'client.pem')}
`,
  )
  const child = spawn('haproxy', ['-f', file, '-db'], { stdio: 'inherit' })
  owned.defer(async () => {
    child.kill()
    await once(child, 'exit')
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return { port, pid: child.pid ?? 0 }
}

function load(
  { port, ca, path, token }: Way,
  seconds: number,
  connections: number,
): Promise<LoadResult> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n\r\n`
  return applyLoad({ ...{ port, ca, connections, seconds }, next: () => ({ request }) })
}
