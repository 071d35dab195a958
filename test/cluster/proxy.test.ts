import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { runCommand } from '../../src/cli/index.ts'
import { loadProxyConfig, type RunningProxy, startProxy } from '../../src/proxy/index.ts'
import { createLog } from '../../src/telemetry/index.ts'
import { createAuthority } from '../support/certificates.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { logFile, noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster(
  'that people reach a real kube-apiserver through lanyard proxy',
)
const MODES = ['front-proxy', 'impersonation'] as const
type Mode = (typeof MODES)[number]

const RULES = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: test-viewer}
rules: [{apiGroups: [''], resources: [configmaps, namespaces, nodes, pods], verbs: [get, list, watch, create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: test-impersonator}
rules:
- {apiGroups: [''], resources: [users], verbs: [impersonate], resourceNames: [bob]}
- {apiGroups: [''], resources: [groups], verbs: [impersonate], resourceNames: [dev]}
- {apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate], resourceNames: [robot]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: test-viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-viewer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: viewers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: test-impersonators}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: test-impersonator}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ada}]
`

describe('people behind lanyard proxy, at a real kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let directory: string
  let lanyard: Lanyard
  let apiserver: Apiserver
  let proxy: RunningProxy
  let proxyCa: string
  let ada: Credentials
  let adaId: string
  const lines: Record<string, unknown>[] = []

  before(async () => {
    directory = owned.use(await temporaryDirectory()).path
    const [started, etcd] = await Promise.all([startLanyard(), startEtcd()])
    lanyard = owned.use(started)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers', 'platform'])
    adaId = (await lanyard.server.rooms.directory.users.get('ada')).id
    const front = await createAuthority(directory, 'front-proxy-ca')
    await front.issue({ name: 'lanyard-proxy', usage: 'client' })
    for (const mode of MODES) {
      await lanyard.addCluster(mode, { groups: ['viewers'], liveGroups: true })
    }
    const flags = (await print('front-proxy', '--only', 'flags')).trim().split('\n')
    apiserver = owned.use(
      await startApiserver({
        etcd,
        args: flags.map((flag) =>
          flag.replace('/etc/kubernetes/pki/front-proxy-ca.crt', front.certificatePath),
        ),
      }),
    )
    for (const mode of MODES) {
      await lanyard.server.rooms.clusters.change(
        mode,
        { server: apiserver.url, certificateAuthority: apiserver.certificateAuthority.certificate },
        byTest,
      )
    }
    await apiserver.apply(RULES)
    await apiserver.apply(await print('impersonation', '--only', 'rbac'))
    await apiserver.waitForRbac({
      user: 'ada',
      groups: ['viewers'],
      verb: 'list',
      resource: 'configmaps',
    })
    await startTheProxy()
  })
  after(() => owned.disposeAsync())

  /** What `lanyard cluster proxy-config` prints on stdout. */
  async function print(mode: Mode, ...more: string[]): Promise<string> {
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

  /** The printed file with its paths filled in, for both modes in one. */
  async function startTheProxy(): Promise<void> {
    const authority = await createAuthority(directory, 'proxy-ca')
    const serving = await authority.issue({
      name: 'tls',
      usage: 'server',
      hosts: ['localhost', '127.0.0.1'],
    })
    proxyCa = authority.certificate
    const token = await apiserver.admin.run([
      ...['create', 'token', 'lanyard-proxy', '-n', 'kube-system', '--duration', '2h'],
    ])
    assert.equal(token.code, 0, token.stderr)
    noteSecret(token.stdout.trim(), 'service account token')
    const files = {
      'lanyard-ca.crt': lanyard.ca,
      'front-proxy-ca.crt': apiserver.certificateAuthority.certificate,
      'impersonation-ca.crt': apiserver.certificateAuthority.certificate,
      token: token.stdout,
    }
    for (const [name, content] of Object.entries(files))
      await writeFile(join(directory, name), content)
    const [one, two] = await Promise.all(
      MODES.map(async (mode) => parse(await print(mode)) as Printed),
    )
    if (one === undefined || two === undefined) throw new TypeError('nothing was printed')
    for (const cluster of Object.values({ ...one.clusters, ...two.clusters }))
      noteSecret(cluster.credential)
    const file = join(directory, 'proxy.yaml')
    const joined = { ...one, clusters: { ...one.clusters, ...two.clusters } }
    await writeFile(file, stringify({ ...joined, listen: '127.0.0.1:0', health: '127.0.0.1:0' }))
    assert.equal(serving.certificatePath, join(directory, 'tls.crt'))
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
    proxy = await startProxy({ config: loadProxyConfig(file), log, clock: Date.now, drainMs: 200 })
    owned.defer(() => proxy.close())
  }

  interface Printed {
    clusters: Record<string, { credential: string }>
  }

  const addressOf = (mode: Mode) => `https://localhost:${proxy.port}/clusters/${mode}`

  async function kubectlOf(mode: Mode, token: string): Promise<Kubectl> {
    const file = join(directory, `${mode}-${Math.random()}.kubeconfig`)
    const cluster = {
      server: addressOf(mode),
      'certificate-authority-data': Buffer.from(proxyCa).toString('base64'),
    }
    const document = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }
    await writeFile(file, stringify(document), { mode: 0o600 })
    return apiserver.kubectlAs(file)
  }

  async function tokenOf(person: Credentials, mode: Mode): Promise<string> {
    return (await clusterLogin(lanyard, person, mode)).idToken
  }

  for (const mode of MODES) {
    describe(mode, () => {
      let token: string
      let kubectl: Kubectl

      before(async () => {
        token = await tokenOf(ada, mode)
        kubectl = await kubectlOf(mode, token)
      })

      it('knows who somebody is', async () => {
        const { code, stdout, stderr } = await kubectl.run(['auth', 'whoami', '-o', 'json'])
        assert.equal(code, 0, stderr)
        const { status } = JSON.parse(stdout) as { status: { userInfo: Record<string, unknown> } }
        const { username, uid, groups } = status.userInfo
        assert.deepEqual([username, uid], ['ada', adaId])
        assert.deepEqual(
          new Set(groups as string[]),
          new Set(['platform', 'viewers', 'system:authenticated']),
        )
      })

      it('lets do what RBAC allows, and nothing else', async () => {
        const allowed = await kubectl.run(['get', 'configmaps', '-A'])
        assert.equal(allowed.code, 0, allowed.stderr)
        const denied = await kubectl.run(['get', 'secrets', '-A'])
        assert.match(
          denied.stderr,
          /secrets is forbidden: User "ada" cannot list resource "secrets"/,
        )
      })

      it('acts as others for whom RBAC allows that, and for nobody else', async () => {
        const as = (...args: string[]) => kubectl.run(['auth', 'whoami', '-o', 'json', ...args])
        const bob = await as('--as=bob', '--as-group=dev')
        assert.equal(bob.code, 0, bob.stderr)
        const { status } = JSON.parse(bob.stdout) as {
          status: { userInfo: Record<string, unknown> }
        }
        assert.deepEqual(status.userInfo['username'], 'bob')
        assert.deepEqual(status.userInfo['groups'], ['dev', 'system:authenticated'])
        const robot = await as('--as=system:serviceaccount:default:robot')
        assert.equal(robot.code, 0, robot.stderr)
        for (const args of [
          ['--as=carol'],
          ['--as=bob', '--as-group=ops'],
          ['--as=bob', '--as-group=system:masters'],
          ['--as=bob', '--as-uid=1'],
          ['--as=bob', '--as-user-extra=a=b'],
          ['--as=system:serviceaccount:default:other'],
          ['--as=system:admin'],
          ['--as=system:kube-scheduler'],
        ]) {
          const { code, stderr } = await as(...args)
          assert.equal(code, 1, args.join(' '))
          assert.match(stderr, /Forbidden|forbidden|impersonate/, args.join(' '))
        }
      })

      it('sends a large object', async () => {
        const content = 'x'.repeat(900_000)
        const document = {
          ...{ apiVersion: 'v1', kind: 'ConfigMap' },
          metadata: { name: `large-${mode}`, namespace: 'default' },
          data: { content },
        }
        const made = await kubectl.run(['create', '-f', '-'], { input: stringify(document) })
        assert.equal(made.code, 0, made.stderr)
        const got = await kubectl.run([
          'get',
          'configmap',
          `large-${mode}`,
          '-o',
          'jsonpath={.data.content}',
        ])
        assert.equal(got.stdout, content)
      })

      it('holds a watch while nothing happens, and shows what happens', async () => {
        const watch = await kubectl.start(['get', 'configmaps', '--watch', '--output-watch-events'])
        await watch.waitForLine('stdout', /large/)
        // Longer than two questions to Lanyard, which must not disturb it.
        const opened = await poll('it is open', async () => lines.find(isOpenWatch(mode)))
        assert.equal(opened['user'], 'ada')
        await asked(8_000)
        await apiserver.apply(
          `{apiVersion: v1, kind: ConfigMap, metadata: {name: news-${mode}, namespace: default}}`,
        )
        await watch.waitForLine('stdout', new RegExp(`news-${mode}`))
        await watch.stop()
      })

      it('cuts the open watch of who is disabled within ten seconds', async () => {
        const name = `leaver-${mode}`
        const leaver = await lanyard.addUser(name, ['viewers'])
        const theirs = await tokenOf(leaver, mode)
        const watch = await openWatch(mode, theirs)
        watch.resume()
        await lanyard.server.rooms.directory.users.disable(name, byTest)
        const began = performance.now()
        await new Promise<void>((resolve) =>
          watch.on('error', () => {}).once('close', () => resolve()),
        )
        const ms = performance.now() - began
        assert.ok(ms < 10_000, `${ms} ms`)
        console.log(`# ${mode}: a disabled user's watch was cut after ${Math.round(ms)} ms`)
        const after = await (await kubectlOf(mode, theirs)).run(['get', 'configmaps'])
        assert.equal(after.code, 1)
        const line = lines.findLast((one) => one['user'] === name && one['msg'] === 'request')
        assert.equal(line?.['cut'], 'refused')
      })
    })
  }

  const isOpenWatch = (mode: Mode) => (line: Record<string, unknown>) =>
    line['msg'] === 'stream opened' && line['cluster'] === mode && line['resource'] === 'configmaps'

  /** Lets time pass by asking for something that shows it. */
  async function asked(ms: number): Promise<void> {
    const end = performance.now() + ms
    await poll('time passes', async () => performance.now() > end, {
      timeoutMs: ms + 5_000,
      everyMs: 250,
    })
  }

  function openWatch(mode: Mode, token: string) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        `${addressOf(mode)}/api/v1/configmaps?watch=true`,
        { ca: proxyCa, agent: false, headers: { authorization: `Bearer ${token}` } },
        (answer) => {
          answer.on('error', () => {})
          answer.once('data', () => resolve(answer))
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  }

  it('writes what it did for whom, and the apiserver agrees', async () => {
    const kubectl = await kubectlOf('front-proxy', await tokenOf(ada, 'front-proxy'))
    await kubectl.run(['get', 'configmap', 'news-front-proxy'])
    const line = await poll('the line', async () =>
      lines.findLast((one) => one['name'] === 'news-front-proxy' && one['msg'] === 'request'),
    )
    assert.deepEqual(
      [line['user'], line['verb'], line['resource'], line['namespace'], line['status']],
      ['ada', 'get', 'configmaps', 'default', 200],
    )
    const events = await apiserver.auditEvents()
    const event = events.find((one) => (one as { auditID?: string }).auditID === line['auditId'])
    assert.equal(event?.user?.username, 'ada')
  })

  it('prints RBAC that names every right it needs', async () => {
    const documents = parseAllDocuments(await print('impersonation', '--only', 'rbac'))
    assert.deepEqual(
      documents.map((document) => document.get('kind')),
      ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
    )
  })
})
