/** Role bindings of a real cluster, read by nothing but what `lanyard cluster rbac-reader` prints, and joined with the directory. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runCommand } from '../../src/cli/index.ts'
import { roleBindings } from '../../src/kubernetes/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { poll } from '../support/poll.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that an access review reads a cluster’s role bindings')
const ACCOUNT = 'system:serviceaccount:lanyard:lanyard-rbac-reader'
const RBAC = 'rbac.authorization.k8s.io'

/** What of the documented shape is looked at. */
interface Review {
  readonly groups: readonly {
    readonly name: string
    readonly why: readonly string[]
    readonly members: readonly { readonly username: string }[]
  }[]
  readonly clusters: readonly {
    readonly state: string
    readonly fault: string | null
    readonly hasMore: boolean
    readonly bound: readonly Readonly<Record<string, string | null>>[]
    readonly unknown: readonly object[]
    readonly unbound: readonly string[]
  }[]
}

describe('an access review of a cluster', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let apiserver: Apiserver

  before(async () => {
    lanyard = owned.use(await startLanyard())
    apiserver = owned.use(await startApiserver({ etcd: owned.use(await startEtcd()) }))
    owned.use(await startControllerManager(apiserver))
    await lanyard.addUser('ada', ['platform', 'viewers'])
    await lanyard.addCluster('lab', {
      ...{ groups: ['viewers'], server: apiserver.url },
      certificateAuthority: apiserver.certificateAuthority.certificate,
    })
    const { clusters } = lanyard.server.rooms
    await clusters.change('lab', { groupsPrefix: 'oidc:', usernamePrefix: 'oidc:' }, byTest)
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

  async function may(...question: string[]): Promise<string> {
    const { stdout } = await apiserver.admin.run(['auth', 'can-i', ...question, `--as=${ACCOUNT}`])
    return stdout.trim()
  }

  /** What the printed command would write, for this name of a secret. */
  async function kubeconfigOf(stderr: string, secret: string): Promise<string> {
    const template = /-o go-template='(.+)' > reader\.kubeconfig/.exec(stderr)?.[1] ?? ''
    const text = await poll('the token is in the secret', async () => {
      const got = await apiserver.admin.run([
        ...['--namespace', 'lanyard', 'get', 'secret', secret],
        ...['-o', `go-template=${template}`],
      ])
      return got.code === 0 && /"token":"eyJ/.test(got.stdout) ? got.stdout : undefined
    })
    noteSecret(/"token":"([^"]+)"/.exec(text)?.[1] ?? '', 'service account token')
    return text
  }

  it('is let in by the manifest and the kubeconfig that the command names', async () => {
    const { code, stdout, stderr } = await run('cluster', 'rbac-reader', 'lab', '--rbac')
    assert.equal(code, 0, stderr)
    await apiserver.apply(stdout)
    const kubeconfig = await kubeconfigOf(stderr, 'lanyard-rbac-reader')
    const file = join(apiserver.directory, 'reader.kubeconfig')
    await writeFile(file, kubeconfig, { mode: 0o600 })
    await poll(
      'its rights are there',
      async () => (await may('list', `rolebindings.${RBAC}`, '--all-namespaces')) === 'yes',
    )
    const set = await run('cluster', 'rbac-reader', 'lab', '--kubeconfig', file)
    assert.deepEqual(
      [set.code, set.stderr.includes('lanyard access review')],
      [0, true],
      set.stderr,
    )
    const row = await lanyard.server.rooms.store.query
      .selectFrom('rbac_readers')
      .selectAll()
      .executeTakeFirstOrThrow()
    assert.doesNotMatch(JSON.stringify(row), /eyJhbGciOiJSUzI1NiIsImtpZCI/)
  })

  it('may list role bindings and nothing else', async () => {
    for (const resource of ['clusterrolebindings', 'rolebindings']) {
      assert.equal(await may('list', `${resource}.${RBAC}`, '--all-namespaces'), 'yes', resource)
      for (const verb of ['get', 'watch', 'create', 'update', 'delete']) {
        assert.equal(await may(verb, `${resource}.${RBAC}`, '--all-namespaces'), 'no', resource)
      }
    }
    for (const question of [
      ['list', `clusterroles.${RBAC}`],
      ['get', 'secrets', '--all-namespaces'],
      ['list', 'pods', '--all-namespaces'],
      ['impersonate', 'users'],
    ]) {
      assert.equal(await may(...question), 'no', question.join(' '))
    }
  })

  it('joins bindings with the directory, and finds what is unknown and what was meant', async () => {
    const binding = (groupName: string, role: string, namespace?: string) => ({
      ...{ groupName, role, prefix: 'oidc:' },
      ...(namespace === undefined ? {} : { namespace }),
    })
    await apiserver.apply(
      roleBindings([
        binding('platform', 'cluster-admin'),
        binding('plaform', 'view'),
        binding('viewers', 'edit', 'default'),
      ]),
    )
    const { code, stdout, stderr } = await run('access', 'review', '-o', 'json')
    assert.equal(code, 0, stderr)
    const review = JSON.parse(stdout) as Review
    const [lab] = review.clusters
    assert.deepEqual([lab?.state, lab?.fault, lab?.hasMore], ['read', null, false])
    assert.deepEqual(
      lab?.bound.map((each) => [each['kind'], each['name'], each['role'], each['namespace']]),
      [
        ['group', 'platform', 'cluster-admin', null],
        ['group', 'viewers', 'edit', 'default'],
      ],
    )
    assert.deepEqual(lab?.unknown, [
      {
        ...{ kind: 'group', subject: 'oidc:plaform', near: 'oidc:platform' },
        bindings: ['ClusterRoleBinding lanyard:view:plaform'],
      },
    ])
    assert.deepEqual(lab?.unbound, [])
    const platform = review.groups.find(({ name }) => name === 'platform')
    assert.deepEqual(
      [platform?.why, platform?.members.map(({ username }) => username)],
      [['cluster-admin in lab'], ['ada']],
    )
    const csv = await run('access', 'review', '-o', 'csv', '--bindings')
    assert.deepEqual(csv.stdout.split('\r\n').slice(1, 3), [
      'lab,group,platform,true,ClusterRole cluster-admin,,lanyard:cluster-admin:platform,',
      'lab,group,viewers,true,ClusterRole edit,default,lanyard:edit:viewers,',
    ])
  })

  it('keeps no kubeconfig that may do more', async () => {
    const { stderr } = await run('cluster', 'rbac-reader', 'lab', '--rbac')
    const name = 'too-much'
    const metadata = { name, namespace: 'lanyard' }
    const documents = [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
        metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': name } },
      },
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name } },
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]
    await apiserver.apply(documents.map((each) => JSON.stringify(each)).join('\n---\n'))
    const file = join(apiserver.directory, 'wide.kubeconfig')
    await writeFile(file, await kubeconfigOf(stderr, name), { mode: 0o600 })
    const set = await poll('its rights are there', async () => {
      const tried = await run('cluster', 'rbac-reader', 'lab', '--kubeconfig', file)
      return tried.stderr.includes('cannot be read') ? undefined : tried
    })
    assert.equal(set.code, 1)
    assert.match(set.stderr, /error: this kubeconfig may get secrets in cluster "lab"/)
  })

  it('says why, where the cluster takes it no more', async () => {
    await apiserver.admin.run(['delete', 'clusterrolebinding', 'lanyard-rbac-reader'])
    const review = await poll('the right is gone', async () => {
      const { stdout } = await run('access', 'review', '-o', 'json')
      const parsed = JSON.parse(stdout) as Review
      return parsed.clusters[0]?.state === 'failed' ? parsed : undefined
    })
    assert.match(
      review.clusters[0]?.fault ?? '',
      /^the role bindings of cluster "lab" cannot be read: its API answered 403: .*lanyard-rbac-reader/,
    )
    assert.equal((await run('cluster', 'rbac-reader', 'lab', '--remove')).code, 0)
    const { stdout } = await run('cluster', 'rbac-reader', 'lab')
    assert.match(stdout, /role bindings {2}not read/)
  })
})
