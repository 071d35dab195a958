/** A cluster's own signer, set up by nothing but what `lanyard cluster signer` prints, and what its service account cannot do. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runCommand } from '../../src/cli/index.ts'
import { askPluginApi, makeRequest } from '../support/certificate-requests.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type PluginLogin, pluginLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that a cluster’s own signer signs for Lanyard')
const REQUESTS = 'certificatesigningrequests.certificates.k8s.io'
const ACCOUNT = 'system:serviceaccount:lanyard:lanyard-signer'

describe('a cluster’s own signer', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let apiserver: Apiserver
  let login: PluginLogin

  before(async () => {
    lanyard = owned.use(await startLanyard())
    apiserver = owned.use(await startApiserver({ etcd: owned.use(await startEtcd()) }))
    owned.use(await startControllerManager(apiserver))
    await lanyard.addCluster('lab', {
      ...{ groups: ['dev'], server: apiserver.url },
      certificateAuthority: apiserver.certificateAuthority.certificate,
    })
    login = await pluginLogin(lanyard, await lanyard.addUser('ada', ['dev', 'viewers']))
  })
  after(() => owned.disposeAsync())

  async function run(...argv: string[]) {
    const [out, errors]: [string[], string[]] = [[], []]
    const code = await runCommand(argv, {
      ...{ clock: Date.now, env: { LANYARD_DATA: lanyard.data } },
      stdout: { write: (part: string) => out.push(part) },
      stderr: { write: (part: string) => errors.push(part) },
    })
    return { code, stdout: out.join(''), stderr: errors.join('') }
  }

  /** What the service account may do: `yes` or `no`. */
  async function may(...question: string[]): Promise<string> {
    const { stdout } = await apiserver.admin.run(['auth', 'can-i', ...question, `--as=${ACCOUNT}`])
    return stdout.trim()
  }

  it('is set up by the manifest, the token and the file that the command names', async () => {
    const { code, stdout, stderr } = await run('cluster', 'signer', 'lab', '--rbac')
    assert.equal(code, 0, stderr)
    await apiserver.apply(stdout)
    const template = 'go-template={{.data.token | base64decode}}'
    const args = ['--namespace', 'lanyard', 'get', 'secret', 'lanyard-signer', '-o', template]
    assert.ok(
      stderr.includes(`kubectl ${args.join(' ').replace(/=(.*)/, "='$1'")} > token`),
      stderr,
    )
    const token = await poll('the token is in the secret', async () => {
      const got = await apiserver.admin.run(args)
      return got.code === 0 && got.stdout.startsWith('eyJ') ? got.stdout : undefined
    })
    noteSecret(token, 'service account token')
    const file = join(apiserver.directory, 'token')
    await writeFile(file, token, { mode: 0o600 })
    await poll('its rights are there', async () => (await may('create', REQUESTS)) === 'yes')
    const set = await run('cluster', 'signer', 'lab', '--from-file', file)
    assert.deepEqual([set.code, set.stdout.split('\n')[0]], [0, 'cluster     lab'], set.stderr)
    assert.ok(!`${set.stdout}${set.stderr}`.includes(token))
  })

  it('gives its service account nothing but that', async () => {
    for (const verb of ['create', 'get']) assert.equal(await may(verb, REQUESTS), 'yes', verb)
    for (const question of [
      ...['list', 'watch', 'update', 'patch', 'delete'].map((verb) => [verb, REQUESTS]),
      ...['sign', 'attest'].map((verb) => [
        ...[verb, 'signers.certificates.k8s.io/kubernetes.io/kube-apiserver-client'],
      ]),
      ['approve', 'signers.certificates.k8s.io/kubernetes.io/kubelet-serving'],
      ['approve', 'signers.certificates.k8s.io/kubernetes.io/kube-apiserver-client-kubelet'],
      ['get', 'secrets', '--all-namespaces'],
      ['impersonate', 'users'],
      ['update', REQUESTS, '--subresource=status'],
    ]) {
      assert.equal(await may(...question), 'no', question.join(' '))
    }
  })

  it('is asked for nobody else: it would sign system:nodes', async () => {
    const before = await countRequests()
    for (const subject of ['/CN=system:node:a/O=system:nodes', '/CN=eve/O=dev/O=viewers', '/']) {
      const { csr } = await makeRequest({ subject })
      const { status, body } = await askPluginApi(lanyard, login, 'certificates', {
        ...{ cluster: 'lab', csr },
      })
      assert.deepEqual([status, body['error']], [400, 'csr_subject'], subject)
    }
    assert.equal(await countRequests(), before)
    const { csr } = await makeRequest({ subject: '/CN=ada/O=viewers/O=dev' })
    const right = await askPluginApi(lanyard, login, 'certificates', { cluster: 'lab', csr })
    assert.equal(right.status, 200, JSON.stringify(right.body))
    assert.equal(await countRequests(), before + 1)
  })

  async function countRequests(): Promise<number> {
    const { body } = await apiserver.api.ask(
      '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    )
    return (body as { items: unknown[] }).items.length
  }

  it('is forgotten, and then nobody signs', async () => {
    assert.equal((await run('cluster', 'signer', 'lab', '--remove')).code, 0)
    const { csr } = await makeRequest({ subject: '/CN=ada/O=dev/O=viewers' })
    const { status, body } = await askPluginApi(lanyard, login, 'certificates', {
      ...{ cluster: 'lab', csr },
    })
    assert.deepEqual([status, body['error']], [400, 'certificate_none'])
  })
})
