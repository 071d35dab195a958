import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims, gitlabClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { buildPlugin, type Plugin, startTrustingCluster } from '../support/end-to-end.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { payloadOf } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import {
  type Apiserver,
  type Etcd,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that machines enter a real cluster by tokens of others')
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

const accounts = `
apiVersion: v1
kind: Namespace
metadata: {name: ci}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: builder, namespace: ci}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: other, namespace: ci}
`
/** What docs/how-to/machines.md tells to apply, so that Lanyard may read the cluster's public keys. */
const keysForAll = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: service-account-issuer-discovery}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:service-account-issuer-discovery"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated"}]
`
const rights = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: see-namespaces}
rules: [{apiGroups: [""], resources: [namespaces], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: see-namespaces}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: deployers}]
`

describe('machines at real clusters', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let etcd: Etcd
  /** Where pods run: it knows nothing of Lanyard. */
  let alpha: Apiserver
  /** Where they are to go: it asks for people's groups live. */
  let beta: Apiserver
  let gamma: Apiserver
  let plugin: Plugin
  let ci: StandInIssuer

  before(async () => {
    ;[lanyard, etcd, plugin, ci] = await Promise.all([
      startLanyard(),
      startEtcd(),
      buildPlugin(),
      startStandInIssuer(),
    ])
    for (const each of [lanyard, etcd, plugin, ci]) owned.use(each)
    await lanyard.server.rooms.directory.groups.add({ name: 'deployers' }, byTest)
    ;[alpha, beta, gamma] = await Promise.all([
      startApiserver({ etcd }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'beta', groups: ['deployers'] },
        ...{ trustedBy: 'configuration', liveGroups: true },
      }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'gamma', groups: ['deployers'], trustedBy: 'flags' },
      }),
    ])
    for (const each of [alpha, beta, gamma]) owned.use(each)
    await Promise.all([alpha.apply(accounts), beta.apply(rights)])
    await beta.waitForRbac({
      ...{ user: 'somebody', groups: ['deployers'] },
      ...{ verb: 'list', resource: 'namespaces' },
    })
    const { certificate } = alpha.certificateAuthority
    await lanyard.server.rooms.machines.issuers.add(
      {
        ...{ name: 'alpha', kind: 'kubernetes', issuer: alpha.url },
        ...{ jwksUri: `${alpha.url}/openid/v1/jwks`, certificateAuthority: certificate },
      },
      byTest,
    )
    await lanyard.server.rooms.machines.issuers.add(
      { name: 'ci', kind: 'github', issuer: ci.url, certificateAuthority: ci.ca },
      byTest,
    )
    await addRule(lanyard, {
      ...{ name: 'builder', issuer: 'alpha', username: 'machine:alpha/ci/builder' },
      pins: [
        pin('sub', 'system:serviceaccount:ci:builder'),
        pin('/kubernetes.io/serviceaccount/name', 'builder'),
      ],
      ...{ groups: ['deployers'], clusters: ['beta'] },
    })
    await addRule(lanyard, {
      ...{ name: 'octo', issuer: 'ci', username: 'machine:ci/octo-repo' },
      pins: [pin('repository', 'octo-org/octo-repo'), pin('ref', 'refs/heads/main')],
      ...{ groups: ['deployers'], clusters: ['beta'] },
    })
  })
  after(() => owned.disposeAsync())

  /** TokenRequest, as a pod's projected volume makes it. */
  async function tokenRequest(
    apiserver: Apiserver,
    account: string,
    audiences: readonly string[] = [lanyard.issuer],
  ): Promise<string> {
    const path = `/api/v1/namespaces/ci/serviceaccounts/${account}/token`
    const { status, body } = await apiserver.api.ask(path, {
      method: 'POST',
      body: {
        ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
        spec: { audiences, expirationSeconds: 600 },
      },
    })
    assert.equal(status, 201, JSON.stringify(body))
    const { token } = (body as { status: { token: string } }).status
    noteSecret(token, 'service account token')
    return token
  }

  /** kubectl in a pod or a job: no login, no secret, the plugin and what the machine brings. */
  async function machineKubectl(
    apiserver: Apiserver,
    env: Readonly<Record<string, string>>,
  ): Promise<Kubectl> {
    const caPath = join(apiserver.directory, 'lanyard-ca.crt')
    await writeFile(caPath, lanyard.ca)
    const kubeconfig = await apiserver.writeKubeconfig('machine', {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'kubectl-lanyard',
        args: [
          ...['get-token', '--machine', '--issuer', lanyard.issuer, '--audience', 'beta'],
          ...['--certificate-authority', caPath],
        ],
        interactiveMode: 'Never',
      },
    })
    return apiserver.kubectlAs(kubeconfig, { path: [plugin.directory], env })
  }

  const whoamiOf = async (kubectl: Kubectl) => {
    const { code, stdout, stderr } = await kubectl.run(['auth', 'whoami', '-o', 'json'])
    assert.equal(code, 0, stderr)
    return (JSON.parse(stdout) as { status: { userInfo: Record<string, unknown> } }).status.userInfo
  }
  const sentenceOf = async (token: string, audience = 'beta') => {
    const { body } = await machineExchange(lanyard, token, audience)
    return body['error_description']
  }

  it('read no keys of a cluster that lets nobody see them, and say so', async () => {
    const sentence = await sentenceOf(await tokenRequest(alpha, 'builder'))
    assert.equal(
      sentence,
      `the keys of issuer alpha cannot be had now: ${alpha.url} answered 403 instead of 200`,
    )
    await alpha.apply(keysForAll)
    // Asked for again after five seconds at the earliest.
    await poll('the keys are read', async () => {
      const { status } = await machineExchange(
        lanyard,
        await tokenRequest(alpha, 'builder'),
        'beta',
      )
      return status === 200
    })
  })

  it('from a pod of one cluster enter another, with no stored secret', async () => {
    const token = await tokenRequest(alpha, 'builder')
    const tokenFile = join(alpha.directory, 'projected-token')
    await writeFile(tokenFile, token)
    const kubectl = await machineKubectl(beta, { LANYARD_TOKEN_FILE: tokenFile })
    const { jti, ...said } = await whoIs(kubectl)
    const { id } = await lanyard.server.rooms.machines.rules.get('builder')
    assert.deepEqual(said, {
      username: 'machine:alpha/ci/builder',
      uid: id,
      groups: ['deployers', 'system:authenticated'],
      device: [id],
      authentication: ['machine'],
    })
    const { code, stdout, stderr } = await kubectl.run(['get', 'namespaces', '-o', 'name'])
    assert.equal(code, 0, stderr)
    assert.ok(stdout.includes('namespace/default'))
    const [event] = await lanyard.server.rooms.audit.list({ types: ['machine.entered'] })
    assert.equal(event?.detail['subject'], 'system:serviceaccount:ci:builder')
    // One token was used by three commands: the first entry leads from the apiserver's audit log to the pod.
    assert.equal(String(jti).split('.')[0], String(event?.detail['jti']).split('.')[0])
    // A second right that it has not.
    const pods = await kubectl.run(['get', 'pods'])
    assert.match(pods.stderr, /pods is forbidden: User "machine:alpha\/ci\/builder" cannot list/)
  })

  async function whoIs(kubectl: Kubectl) {
    const { extra, ...rest } = await whoamiOf(kubectl)
    const { [CREDENTIAL_ID]: credential = [], ...more } = extra as Record<string, string[]>
    return {
      ...rest,
      jti: credential[0]?.slice('JTI='.length),
      device: more['lanyard.dev/device'],
      authentication: more['lanyard.dev/authentication'],
    }
  }

  it('enter no cluster but their own: one audience each', async () => {
    const { body } = await machineExchange(lanyard, await tokenRequest(alpha, 'builder'), 'beta')
    const token = String(body['access_token'])
    assert.equal((await beta.whoami(token)).status, 201)
    const mark = gamma.logMark()
    assert.equal((await gamma.whoami(token)).status, 401)
    assert.deepEqual(await gamma.unauthenticatedReasons(mark), [
      '[invalid bearer token, oidc: verify token: oidc: expected audience "gamma" got ["beta"]]',
    ])
    const { exp, iat } = payloadOf(token)
    assert.ok(Number(exp) - Number(iat) <= 600)
    assert.equal(
      await sentenceOf(await tokenRequest(alpha, 'builder'), 'gamma'),
      'no machine rule lets this token into "gamma": lanyard machine explain says why',
    )
  })

  it('are refused as another account, with another audience, and from another cluster', async () => {
    assert.equal(
      await sentenceOf(await tokenRequest(alpha, 'other')),
      'no machine rule lets this token into "beta": lanyard machine explain says why',
    )
    for (const audiences of [[alpha.url], [lanyard.issuer, 'vault'], ['beta']]) {
      assert.equal(
        await sentenceOf(await tokenRequest(alpha, 'builder', audiences)),
        'no machine rule takes a token of this audience',
      )
    }
    await beta.apply(accounts)
    assert.equal(
      await sentenceOf(await tokenRequest(beta, 'builder')),
      'the token is of an issuer that is not trusted here',
    )
    // The pod's own token is nothing at the other cluster, without Lanyard.
    assert.equal((await beta.whoami(await tokenRequest(alpha, 'builder'))).status, 401)
  })

  it('from GitHub Actions enter as the repository, asking for a new token each time', async () => {
    const path = `/request?api-version=2.0&audience=${encodeURIComponent(lanyard.issuer)}`
    let asked = 0
    ci.answer(path, (res, req) => {
      assert.equal(req.headers.authorization, 'Bearer the-runner-s-own')
      asked += 1
      void ci
        .sign(githubClaims({ iss: ci.url, aud: lanyard.issuer }))
        .then((value) => res.writeHead(200).end(JSON.stringify({ value })))
    })
    const kubectl = await machineKubectl(beta, {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${ci.url}/request?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'the-runner-s-own',
      SSL_CERT_FILE: ci.caPath,
    })
    for (const expected of [1, 2]) {
      const { username, groups } = await whoamiOf(kubectl)
      assert.deepEqual(
        [username, groups, asked],
        ['machine:ci/octo-repo', ['deployers', 'system:authenticated'], expected],
      )
    }
  })

  it('from GitLab CI enter as the project, by the variable of the job', async () => {
    await using gitlab = await startStandInIssuer()
    const { machines } = lanyard.server.rooms
    await machines.issuers.add(
      { name: 'gitlab', kind: 'gitlab', issuer: gitlab.url, certificateAuthority: gitlab.ca },
      byTest,
    )
    await addRule(lanyard, {
      ...{ name: 'project', issuer: 'gitlab', username: 'machine:ci/my-project' },
      pins: [pin('project_path', 'my-group/my-project'), pin('ref_protected', 'true')],
      ...{ groups: ['deployers'], clusters: ['beta'] },
    })
    const token = await gitlab.sign(gitlabClaims({ iss: gitlab.url, aud: lanyard.issuer }))
    const kubectl = await machineKubectl(beta, { GITLAB_CI: 'true', LANYARD_ID_TOKEN: token })
    assert.equal((await whoamiOf(kubectl))['username'], 'machine:ci/my-project')
    assert.equal((await whoamiOf(kubectl))['username'], 'machine:ci/my-project')
    await machines.rules.setEnabled('project', false, byTest)
    const { code, stderr } = await kubectl.run(['get', 'namespaces'])
    assert.equal(code, 1)
    assert.match(stderr, /refused: no machine rule lets this token into "beta"/)
  })
})
