import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { stringify } from 'yaml'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  type Apiserver,
  skipWithoutCluster,
  startApiserver,
  startControllerManager,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster('that the tests drive a real kube-apiserver')

/** An issuer with one key and no logins: it signs what the test says. */
async function startIssuer() {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const authority = await createAuthority(directory.path, 'issuer-authority')
  const serving = await authority.issue({ name: 'issuer', usage: 'server', hosts: ['127.0.0.1'] })
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }]

  const server = stack.use(
    await startHttpsServer(serving, '127.0.0.1', (request, answer) => {
      const documents: Record<string, object> = {
        '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks` },
        '/jwks': { keys },
      }
      const document = documents[request.url ?? '']
      answer.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
      answer.end(JSON.stringify(document ?? {}))
    }),
  )
  const url = server.origin

  const sign = (claims: JWTPayload) =>
    new SignJWT({ iss: url, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
  const owned = stack.move()
  return {
    url,
    certificateAuthority: authority.certificate,
    sign,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function authenticationConfiguration(url: string, certificateAuthority: string): string {
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url, certificateAuthority, audiences: ['kube'] },
        claimMappings: {
          username: { claim: 'preferred_username', prefix: '' },
          groups: { claim: 'groups', prefix: '' },
          uid: { claim: 'sub' },
        },
      },
    ],
  })
}

const ada = { sub: 'u-1', preferred_username: 'ada', groups: ['viewers'], aud: 'kube' }

const binding = stringify({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'viewers' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'viewers' }],
})

type Issuer = Awaited<ReturnType<typeof startIssuer>>

async function provesIdentity(apiserver: Apiserver, issuer: Issuer): Promise<void> {
  assert.deepEqual(await apiserver.whoami(await issuer.sign({ ...ada, jti: 'j-1' })), {
    status: 201,
    userInfo: {
      username: 'ada',
      uid: 'u-1',
      groups: ['viewers', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j-1'] },
    },
  })
  const events = await apiserver.auditEvents()
  const event = events.findLast(({ requestURI }) => requestURI.endsWith('/selfsubjectreviews'))
  assert.equal(event?.user?.username, 'ada')
  assert.deepEqual(event.user.extra?.['authentication.kubernetes.io/credential-id'], ['JTI=j-1'])
}

async function explainsRefusal(apiserver: Apiserver, issuer: Issuer): Promise<void> {
  const mark = apiserver.logMark()
  const answer = await apiserver.whoami(await issuer.sign({ ...ada, aud: 'other' }))
  assert.deepEqual(answer, { status: 401, userInfo: undefined })
  assert.deepEqual(await apiserver.unauthenticatedReasons(mark), [
    '[invalid bearer token, oidc: verify token: oidc: expected audience "kube" got ["other"]]',
  ])
}

async function bindsRoles(apiserver: Apiserver, issuer: Issuer): Promise<void> {
  const token = await issuer.sign({ ...ada, jti: 'j-2' })
  const kubectl = await apiserver.kubectlAs(await apiserver.writeKubeconfig('ada', { token }))
  const getPods = ['get', 'pods', '--namespace', 'default']
  assert.deepEqual(await kubectl.run(getPods), {
    code: 1,
    stdout: '',
    stderr:
      'Error from server (Forbidden): pods is forbidden: User "ada" cannot list resource "pods" in API group "" in the namespace "default"\n',
  })
  await apiserver.apply(binding)
  await apiserver.waitForRbac({
    ...{ user: 'ada', groups: ['viewers'] },
    ...{ verb: 'list', resource: 'pods', namespace: 'default' },
  })
  assert.deepEqual(await kubectl.run(getPods), {
    code: 0,
    stdout: '',
    stderr: 'No resources found in default namespace.\n',
  })
}

describe('a real control plane', { skip }, () => {
  it('knows a token, says why it refuses one, and grants what a role binding gives', async () => {
    await using etcd = await startEtcd()
    await using issuer = await startIssuer()
    await using apiserver = await startApiserver({
      etcd,
      authenticationConfig: authenticationConfiguration(issuer.url, issuer.certificateAuthority),
    })
    await using controllers = await startControllerManager(apiserver)
    assert.equal(controllers.ended, undefined)
    await provesIdentity(apiserver, issuer)
    await explainsRefusal(apiserver, issuer)
    await bindsRoles(apiserver, issuer)
  })

  it("fails with the apiserver's own sentence when its configuration is refused", async () => {
    await using etcd = await startEtcd()
    await assert.rejects(
      startApiserver({
        etcd,
        args: ['--oidc-issuer-url=http://id.example.com', '--oidc-client-id=kube'],
      }),
      /^Error: kube-apiserver refused to start: .*"command failed" err=".*URL scheme must be https/,
    )
  })
})
