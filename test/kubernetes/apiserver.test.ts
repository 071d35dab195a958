import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JWTPayload } from 'jose'
import { authenticationConfiguration, roleBinding } from '../../src/kubernetes/index.ts'
import { skipWithoutCluster, startApiserver, startEtcd } from '../cluster/control-plane.ts'
import { startIssuer } from './issuer.ts'

const skip = await skipWithoutCluster('that kube-apiserver reads what Lanyard writes for it')

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
})
