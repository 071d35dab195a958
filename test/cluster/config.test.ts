/**
 * What `lanyard cluster config` prints, given to the real kube-apiserver: it starts, accepts what Lanyard issues, and refuses what
 * Lanyard never would. The tokens are of an issuer of the test's own, for Lanyard makes none of these.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { JWTPayload } from 'jose'
import { parse, stringify } from 'yaml'
import {
  type Distribution,
  type DistributionConfig,
  distributionConfig,
} from '../../src/kubernetes/index.ts'
import { type Issuer, startIssuer } from '../kubernetes/issuer.ts'
import {
  type Apiserver,
  type Etcd,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from './control-plane.ts'

const skip = await skipWithoutCluster(
  'that kube-apiserver takes what is printed for each distribution',
)

describe('what is printed for a cluster', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let issuer: Issuer
  let etcd: Etcd

  before(async () => {
    ;[issuer, etcd] = await Promise.all([startIssuer(), startEtcd()])
    owned.use(issuer)
    owned.use(etcd)
  })
  after(() => owned.disposeAsync())

  function config(
    distribution: Distribution,
    kubernetesVersion: string,
    more: { prefix?: string; certificateAuthorityFile?: string } = {},
  ): DistributionConfig {
    const { prefix = '', ...file } = more
    return distributionConfig(distribution, {
      ...issuer.trust,
      ...file,
      usernamePrefix: prefix,
      groupsPrefix: prefix,
      name: 'prod',
      signingAlg: 'ES256',
      liveGroups: false,
      maxTokenLifetimeSeconds: 3600,
      kubernetesVersion,
    })
  }

  function contentOf({ files }: DistributionConfig, path: string): string {
    const file = files.find((each) => each.path.endsWith(path))
    assert.ok(file, path)
    return file.content
  }

  const startWithFile = (authenticationConfig: string) =>
    startApiserver({ etcd, authenticationConfig })

  async function assertRefused(
    apiserver: Apiserver,
    claims: JWTPayload,
    reason: RegExp,
    lifetime?: number,
  ) {
    const mark = apiserver.logMark()
    assert.equal((await apiserver.whoami(await issuer.sign(claims, lifetime))).status, 401)
    assert.match((await apiserver.unauthenticatedReasons(mark)).join(), reason)
  }

  /** What every AuthenticationConfiguration must do, whatever its version and wherever it came from. */
  async function assertGuarded(apiserver: Apiserver, prefix = ''): Promise<void> {
    const { userInfo } = await apiserver.whoami(await issuer.sign())
    assert.equal(userInfo?.username, `${prefix}ada`)
    assert.equal(userInfo?.uid, 'u-ada')
    assert.deepEqual(userInfo?.groups, [`${prefix}viewers`, 'system:authenticated'])
    assert.deepEqual(userInfo?.extra?.['lanyard.dev/device'], ['device'])
    assert.deepEqual(userInfo?.extra?.['lanyard.dev/authentication'], ['pwd'])
    await assertRefused(apiserver, { aud: 'staging' }, /expected audience "prod" got \["staging"\]/)
    await assertRefused(apiserver, {}, /token lives longer than 3600 seconds/, 3601)
    await assertRefused(apiserver, { preferred_username: '' }, /username is missing/)
  }

  async function assertReservedRefused(apiserver: Apiserver): Promise<void> {
    await assertRefused(
      apiserver,
      { groups: ['viewers', 'system:masters'] },
      /a group is reserved by Kubernetes/,
    )
    await assertRefused(apiserver, { groups: 'system:x' }, /a group is reserved by Kubernetes/)
    await assertRefused(
      apiserver,
      { preferred_username: 'system:x' },
      /username is reserved by Kubernetes/,
    )
  }

  for (const [version, apiVersion] of [
    ['1.37', 'v1'],
    ['1.33', 'v1beta1'],
  ] as const) {
    it(`is a file in ${apiVersion} that keeps Kubernetes' own names out`, async () => {
      const text = contentOf(config('structured', version), 'authentication.yaml')
      assert.equal(text.split('\n')[0], `apiVersion: apiserver.config.k8s.io/${apiVersion}`)
      await using apiserver = await startWithFile(text)
      await assertGuarded(apiserver)
      await assertReservedRefused(apiserver)
    })
  }

  it('is the document that Talos makes the file of, with anonymous as Talos has it', async () => {
    const document = parse(contentOf(config('talos', '1.36'), 'talos-lanyard.yaml')) as {
      configuration: object
    }
    // As Talos does: it fills in these two and writes the rest as it is.
    const own = {
      apiVersion: 'apiserver.config.k8s.io/v1beta1',
      kind: 'AuthenticationConfiguration',
    }
    await using apiserver = await startWithFile(stringify({ ...document.configuration, ...own }))
    await assertGuarded(apiserver)
    await assertReservedRefused(apiserver)
  })

  it('is an authenticator of AKS whose expressions compile and keep to its prefix', async () => {
    const entry = JSON.parse(contentOf(config('aks', '1.34'), 'aks-lanyard.json')) as {
      issuer: object
    }
    Object.assign(entry.issuer, { certificateAuthority: issuer.trust.certificateAuthority })
    await using apiserver = await startWithFile(
      stringify({
        apiVersion: 'apiserver.config.k8s.io/v1beta1',
        kind: 'AuthenticationConfiguration',
        jwt: [entry],
      }),
    )
    await assertGuarded(apiserver, 'aks:jwt:')
    await assertRefused(apiserver, { token_use: 'access' }, /not a token for a cluster/)
    const { userInfo } = await apiserver.whoami(await issuer.sign({ groups: ['system:masters'] }))
    assert.deepEqual(userInfo?.groups, ['aks:jwt:system:masters', 'system:authenticated'])
  })

  it('is flags, for which a prefix is the one guard against reserved names', async () => {
    const { certificateAuthorityFile } = issuer
    const bare = config('flags', '1.29', { certificateAuthorityFile })
    const prefixed = config('flags', '1.29', { certificateAuthorityFile, prefix: 'lanyard:' })
    const warns = ({ notes }: DistributionConfig) =>
      notes.some((note) =>
        note.startsWith('warning: flags cannot refuse a name that begins with system:'),
      )
    assert.deepEqual([warns(bare), warns(prefixed)], [true, false])
    const claims = { groups: ['system:masters'], preferred_username: 'system:x' }
    for (const [printed, prefix] of [
      [bare, ''],
      [prefixed, 'lanyard:'],
    ] as const) {
      await using apiserver = await startApiserver({ etcd, args: printed.flags })
      const { userInfo } = await apiserver.whoami(await issuer.sign(claims))
      assert.equal(userInfo?.username, `${prefix}system:x`)
      assert.deepEqual(userInfo?.groups, [`${prefix}system:masters`, 'system:authenticated'])
      await assertRefused(
        apiserver,
        { aud: 'staging' },
        /expected audience "prod" got \["staging"\]/,
      )
      await assertRefused(apiserver, { token_use: 'access' }, /token_use value does not match/)
    }
  })
})
