import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { authenticationConfiguration, oidcFlags, roleBinding } from '../../src/kubernetes/index.ts'
import { skipWithoutCluster, startApiserver, startEtcd } from '../cluster/control-plane.ts'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const skip = await skipWithoutCluster('that kube-apiserver reads what Lanyard writes for it')

/** Discovery, one key, and a signature under whatever claims the test wants. */
async function startIssuer() {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  const authority = await createAuthority(directory, 'issuer-authority')
  const serving = await authority.issue({ name: 'issuer', usage: 'server', hosts: ['127.0.0.1'] })
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }]
  const { origin } = stack.use(
    await startHttpsServer(serving, '127.0.0.1', (request, answer) => {
      const issuer = `https://${request.headers.host ?? ''}`
      answer.setHeader('content-type', 'application/json')
      answer.setHeader('cache-control', 'no-store')
      answer.end(
        JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }),
      )
    }),
  )
  const certificateAuthorityFile = join(directory, 'issuer.crt')
  await writeFile(certificateAuthorityFile, authority.certificate)
  const owned = stack.move()
  return {
    trust: {
      issuer: origin,
      certificateAuthority: authority.certificate,
      audience: 'prod',
      usernamePrefix: '',
      groupsPrefix: 'oidc:',
    },
    certificateAuthorityFile,
    /** A token like Lanyard's, but for these claims; undefined leaves one out. */
    sign: (claims: JWTPayload = {}, lifetimeSeconds = 600) =>
      new SignJWT({
        iss: origin,
        aud: 'prod',
        sub: 'u-ada',
        jti: 'device.1',
        sid: 'device',
        amr: ['pwd'],
        token_use: 'kube',
        preferred_username: 'ada',
        groups: ['viewers'],
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuedAt()
        .setExpirationTime(`${lifetimeSeconds}s`)
        .sign(privateKey),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

describe('a real kube-apiserver', { skip }, () => {
  it('takes the AuthenticationConfiguration, maps every claim, and keeps its rules', async () => {
    await using issuer = await startIssuer()
    await using etcd = await startEtcd()
    await using apiserver = await startApiserver({
      etcd,
      authenticationConfig: authenticationConfiguration({
        ...issuer.trust,
        maxTokenLifetimeSeconds: 3600,
      }),
    })
    assert.deepEqual((await apiserver.whoami(await issuer.sign())).userInfo, {
      username: 'ada',
      uid: 'u-ada',
      groups: ['oidc:viewers', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': ['JTI=device.1'],
        'lanyard.dev/authentication': ['pwd'],
        'lanyard.dev/device': ['device'],
      },
    })
    const bare = await issuer.sign({ sid: undefined, amr: undefined, groups: [] })
    assert.deepEqual((await apiserver.whoami(bare)).userInfo?.groups, ['system:authenticated'])

    const refused: [JWTPayload, RegExp, number?][] = [
      [{ token_use: undefined }, /token_use not present/],
      [{ token_use: 'access' }, /token_use value does not match/],
      [{ aud: 'staging' }, /expected audience/],
      [{}, /token lives longer than 3600 seconds/, 3601],
      [{ preferred_username: '' }, /username is missing/],
      [{ preferred_username: null }, /username is missing/],
      [{ preferred_username: undefined }, /preferred_username/],
      [{ preferred_username: 'system:admin' }, /username is reserved by Kubernetes/],
    ]
    for (const [claims, reason, lifetime] of refused) {
      const mark = apiserver.logMark()
      assert.equal((await apiserver.whoami(await issuer.sign(claims, lifetime))).status, 401)
      assert.match((await apiserver.unauthenticatedReasons(mark)).join(), reason)
    }
    await apiserver.apply(roleBinding({ groupName: 'org/viewers', prefix: 'oidc:', role: 'view' }))
  })

  it('takes the flags', async () => {
    await using issuer = await startIssuer()
    await using etcd = await startEtcd()
    await using apiserver = await startApiserver({
      etcd,
      args: oidcFlags({ ...issuer.trust, ...issuer, signingAlg: 'ES256' }),
    })
    const { userInfo } = await apiserver.whoami(await issuer.sign())
    assert.equal(userInfo?.username, 'ada')
    assert.deepEqual(userInfo?.groups, ['oidc:viewers', 'system:authenticated'])
    assert.equal((await apiserver.whoami(await issuer.sign({ token_use: 'access' }))).status, 401)
  })
})
