/** A real kube-apiserver that knows people by `lanyard proxy` alone, in both modes, set up by nothing but what Lanyard prints. */
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { runCommand } from '../../src/cli/index.ts'
import { loadProxyConfig, startProxy } from '../../src/proxy/index.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { createAuthority } from '../support/certificates.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { logFile, noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, startApiserver, startEtcd } from './control-plane.ts'

export const MODES = ['front-proxy', 'impersonation'] as const
export type Mode = (typeof MODES)[number]

export interface ProxiedCluster extends AsyncDisposable {
  readonly directory: string
  readonly lanyard: Lanyard
  readonly apiserver: Apiserver
  /** In the groups viewers and platform. */
  readonly ada: Credentials
  readonly port: number
  /** PEM of the CA of the proxy's certificate. */
  readonly ca: string
  /** What the proxy wrote in its log. */
  readonly lines: Record<string, unknown>[]
  addressOf(mode: Mode): string
  tokenOf(person: Credentials, mode: Mode): Promise<string>
  kubectlOf(mode: Mode, token: string): Promise<Kubectl>
  /** A watch of config maps that has shown something. */
  openWatch(mode: Mode, token: string): Promise<IncomingMessage>
  /** What `lanyard cluster proxy-config` prints on stdout. */
  print(mode: Mode, ...more: string[]): Promise<string>
}

interface Printed {
  clusters: Record<string, { credential: string }>
}

export async function startProxiedCluster(rules: string): Promise<ProxiedCluster> {
  await using owned = new AsyncDisposableStack()
  const directory = owned.use(await temporaryDirectory()).path
  const [lanyard, etcd] = await Promise.all([startLanyard(), startEtcd()])
  owned.use(lanyard)
  owned.use(etcd)
  const ada = await lanyard.addUser('ada', ['viewers', 'platform'])
  const front = await createAuthority(directory, 'requestheader-ca')
  await front.issue({ name: 'lanyard-proxy', usage: 'client' })
  for (const mode of MODES) {
    await lanyard.addCluster(mode, { groups: ['viewers'], liveGroups: true })
  }
  const print = (mode: Mode, ...more: string[]) => printed(lanyard, mode, more)
  const flags = (await print('front-proxy', '--only', 'flags')).trim().split('\n')
  const args = flags.map((flag) =>
    flag.replace('/etc/kubernetes/pki/front-proxy-ca.crt', front.certificatePath),
  )
  const apiserver = owned.use(await startApiserver({ etcd, args }))
  const { certificate } = apiserver.certificateAuthority
  for (const mode of MODES) {
    const change = { server: apiserver.url, certificateAuthority: certificate }
    await lanyard.server.rooms.clusters.change(mode, change, byTest)
  }
  await apiserver.apply(rules)
  await apiserver.apply(await print('impersonation', '--only', 'rbac'))
  const access = { user: 'ada', groups: ['viewers'], verb: 'list', resource: 'configmaps' }
  await apiserver.waitForRbac(access)
  const file = await writeFiles(directory, { lanyard, apiserver, print })
  const authority = await createAuthority(directory, 'proxy-ca')
  await authority.issue({ name: 'tls', usage: 'server', hosts: ['localhost', '127.0.0.1'] })
  const { log, lines } = openLog()
  const proxy = await startProxy({
    ...{ config: loadProxyConfig(file), log, clock: Date.now, drainMs: 200 },
  })
  owned.defer(() => proxy.close())
  const addressOf = (mode: Mode) => `https://localhost:${proxy.port}/clusters/${mode}`
  const ca = authority.certificate
  const stack = owned.move()
  return {
    ...{ directory, lanyard, apiserver, ada, port: proxy.port, ca, lines, addressOf, print },
    tokenOf: async (person, mode) => (await clusterLogin(lanyard, person, mode)).idToken,
    async kubectlOf(mode, token) {
      const path = join(directory, `${mode}-${token.slice(-8)}.kubeconfig`)
      await writeFile(path, kubeconfig(addressOf(mode), ca, token), { mode: 0o600 })
      return apiserver.kubectlAs(path)
    },
    openWatch: (mode, token) => openWatch(addressOf(mode), ca, token),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function printed(lanyard: Lanyard, mode: Mode, more: readonly string[]): Promise<string> {
  const [text, errors]: [string[], string[]] = [[], []]
  const code = await runCommand(['cluster', 'proxy-config', mode, '--mode', mode, ...more], {
    clock: Date.now,
    env: { LANYARD_DATA: lanyard.data },
    stdout: { write: (part: string) => text.push(part) },
    stderr: { write: (part: string) => errors.push(part) },
  })
  assert.equal(code, 0, errors.join(''))
  return text.join('')
}

/** The printed file for both modes in one, and beside it the files that it names. */
async function writeFiles(
  directory: string,
  { lanyard, apiserver, print }: Pick<ProxiedCluster, 'lanyard' | 'apiserver' | 'print'>,
): Promise<string> {
  const token = await apiserver.admin.run([
    ...['create', 'token', 'lanyard-proxy', '-n', 'kube-system', '--duration', '2h'],
  ])
  assert.equal(token.code, 0, token.stderr)
  noteSecret(token.stdout.trim(), 'service account token')
  const { certificate } = apiserver.certificateAuthority
  const files = {
    'lanyard-ca.crt': lanyard.ca,
    'front-proxy-ca.crt': certificate,
    'impersonation-ca.crt': certificate,
    token: token.stdout,
  }
  for (const [name, content] of Object.entries(files))
    await writeFile(join(directory, name), content)
  const [front, impersonation] = await Promise.all(
    MODES.map(async (mode) => parse(await print(mode)) as Printed),
  )
  const clusters = { ...front?.clusters, ...impersonation?.clusters }
  for (const { credential } of Object.values(clusters)) noteSecret(credential, 'credential')
  const file = join(directory, 'proxy.yaml')
  await writeFile(
    file,
    stringify({ ...front, clusters, listen: '127.0.0.1:0', health: '127.0.0.1:0' }),
  )
  return file
}

function openLog() {
  const lines: Record<string, unknown>[] = []
  const copy = createWriteStream(logFile('proxy'))
  const log = createLog({
    ...{ level: 'debug', format: 'json' },
    destination: {
      write(line) {
        copy.write(line)
        lines.push(JSON.parse(line) as Record<string, unknown>)
      },
    },
  })
  return { log, lines }
}

function kubeconfig(server: string, ca: string, token: string): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  })
}

function openWatch(address: string, ca: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${address}/api/v1/configmaps?watch=true`,
      { ca, agent: false, headers: { authorization: `Bearer ${token}` } },
      (answer) => {
        answer.on('error', () => {})
        answer.once('data', () => resolve(answer))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** The line of the apiserver's audit log with this id. */
export async function auditEventOf(
  { directory }: Apiserver,
  auditId: string,
): Promise<{ user: { username: string } } | undefined> {
  const text = await readFile(join(directory, 'audit.log'), 'utf8')
  const line = text.split('\n').find((one) => one.includes(`"auditID":"${auditId}"`))
  return line === undefined ? undefined : (JSON.parse(line) as { user: { username: string } })
}
