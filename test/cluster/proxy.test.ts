import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import type { Kubectl } from '../support/kubectl.ts'
import { byTest } from '../support/lanyard.ts'
import { poll } from '../support/poll.ts'
import { skipWithoutCluster } from './control-plane.ts'
import {
  auditEventOf,
  MODES,
  type Mode,
  type ProxiedCluster,
  startProxiedCluster,
} from './proxy-cluster.ts'

const skip = await skipWithoutCluster(
  'that people reach a real kube-apiserver through lanyard proxy',
)

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
  let stage: ProxiedCluster
  let adaId: string

  before(async () => {
    stage = await startProxiedCluster(RULES)
    adaId = (await stage.lanyard.server.rooms.directory.users.get('ada')).id
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const mode of MODES) {
    describe(mode, () => {
      let token: string
      let kubectl: Kubectl

      before(async () => {
        token = await stage.tokenOf(stage.ada, mode)
        kubectl = await stage.kubectlOf(mode, token)
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
          const { code, stderr } = await kubectl.run(['get', 'configmaps', ...args])
          assert.equal(code, 1, args.join(' '))
          assert.match(stderr, /impersonat/, args.join(' '))
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
        const opened = await poll('it is open', async () => stage.lines.find(isOpenWatch(mode)))
        assert.equal(opened['user'], 'ada')
        await asked(8_000)
        await stage.apiserver.apply(
          `{apiVersion: v1, kind: ConfigMap, metadata: {name: news-${mode}, namespace: default}}`,
        )
        await watch.waitForLine('stdout', new RegExp(`news-${mode}`))
        await watch.stop()
      })

      it('cuts the open watch of who is disabled within ten seconds', async () => {
        const name = `leaver-${mode}`
        const leaver = await stage.lanyard.addUser(name, ['viewers'])
        const theirs = await stage.tokenOf(leaver, mode)
        const watch = await stage.openWatch(mode, theirs)
        watch.resume()
        await stage.lanyard.server.rooms.directory.users.disable(name, byTest)
        const began = performance.now()
        await new Promise<void>((resolve) =>
          watch.on('error', () => {}).once('close', () => resolve()),
        )
        const ms = performance.now() - began
        assert.ok(ms < 10_000, `${ms} ms`)
        console.log(`# ${mode}: a disabled user's watch was cut after ${Math.round(ms)} ms`)
        const after = await (await stage.kubectlOf(mode, theirs)).run(['get', 'configmaps'])
        assert.equal(after.code, 1)
        const line = stage.lines.findLast((one) => one['user'] === name && one['msg'] === 'request')
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

  it('writes what it did for whom, and the apiserver agrees', async () => {
    const kubectl = await stage.kubectlOf(
      'front-proxy',
      await stage.tokenOf(stage.ada, 'front-proxy'),
    )
    await kubectl.run(['get', 'configmap', 'news-front-proxy'])
    const line = await poll('the line', async () =>
      stage.lines.findLast((one) => one['name'] === 'news-front-proxy' && one['msg'] === 'request'),
    )
    assert.deepEqual(
      [line['user'], line['verb'], line['resource'], line['namespace'], line['status']],
      ['ada', 'get', 'configmaps', 'default', 200],
    )
    const event = await auditEventOf(stage.apiserver, String(line['auditId']))
    assert.equal(event?.user.username, 'ada')
  })

  it('prints RBAC that names every right it needs', async () => {
    const documents = parseAllDocuments(await stage.print('impersonation', '--only', 'rbac'))
    assert.deepEqual(
      documents.map((document) => document.get('kind')),
      ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
    )
  })
})
