/** The TokenReview webhook, asked by a real kube-apiserver that was given what `lanyard cluster webhook-config` prints. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { webhookFlags, webhookKubeconfig } from '../../src/kubernetes/index.ts'
import { countRequests, showCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { authorize, type Credentials, redeem, tokensOf } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster('that a real kube-apiserver asks the token webhook')
const CACHE_SECONDS = 1
/** kube-apiserver's own cache of accepted tokens. */
const TOKEN_CACHE_SECONDS = 10

describe('the token webhook', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let apiserver: Apiserver
  let ada: Credentials
  const asked = countRequests(({ url }) => url?.startsWith('/webhook/') === true)

  before(async () => {
    lanyard = owned.use(await startLanyard())
    ada = await lanyard.addUser('ada', ['dev', 'viewers'])
    await lanyard.addUser('eve', ['dev'])
    await lanyard.addCluster('prod', { groups: ['dev'] })
    await lanyard.addCluster('other', { groups: ['dev'] })
    const directory = owned.use(await temporaryDirectory()).path
    const file = join(directory, 'webhook.kubeconfig')
    await writeFile(file, await kubeconfigOf('prod'), { mode: 0o600 })
    const flags = webhookFlags(CACHE_SECONDS).map((flag) =>
      flag.replace(/(config-file=).*/, `$1${file}`),
    )
    const { authenticationConfiguration } = await showCluster(lanyard, 'prod')
    apiserver = owned.use(
      await startApiserver({
        etcd: owned.use(await startEtcd()),
        authenticationConfig: authenticationConfiguration,
        args: flags,
      }),
    )
  })
  after(async () => {
    asked[Symbol.dispose]()
    await owned.disposeAsync()
  })

  async function kubeconfigOf(cluster: string): Promise<string> {
    const credential = await lanyard.server.rooms.clusters.gateways.issue(
      cluster,
      'webhook',
      byTest,
    )
    noteSecret(credential, 'gateway credential')
    return webhookKubeconfig({
      server: `${lanyard.issuer}/webhook/${cluster}`,
      certificateAuthority: lanyard.ca,
      credential,
    })
  }

  async function makeToken(
    username: string,
    options: { clusters?: readonly string[]; groups?: readonly string[] } = {},
  ) {
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get(username)
    const { clusters = null, groups = null } = options
    const made = await accessTokens.create({ userId, name: 'job', clusters, groups }, byTest)
    noteSecret(made.value, 'access token')
    return { ...made, userId }
  }

  async function reasonFor(token: string): Promise<string> {
    const mark = apiserver.logMark()
    assert.equal((await apiserver.whoami(token)).status, 401)
    const [reason = ''] = await apiserver.unauthenticatedReasons(mark)
    return reason
  }

  it('lets an access token in as its owner, with their groups and the token named', async () => {
    const { value, token, userId } = await makeToken('ada')
    const { status, userInfo } = await apiserver.whoami(value)
    assert.equal(status, 201)
    assert.equal(userInfo?.username, 'ada')
    assert.equal(userInfo.uid, userId)
    assert.deepEqual(userInfo.groups, ['dev', 'viewers', 'system:authenticated'])
    assert.deepEqual(userInfo.extra?.['authentication.kubernetes.io/credential-id'], [
      `ACCESSTOKEN=${token.id}`,
    ])
  })

  it('lets it carry fewer groups than its owner has', async () => {
    const { value } = await makeToken('ada', { groups: ['viewers'] })
    const { userInfo } = await apiserver.whoami(value)
    assert.deepEqual(userInfo?.groups, ['viewers', 'system:authenticated'])
  })

  it('is not asked for a token that OpenID Connect accepts', async () => {
    const person = new Person(lanyard)
    owned.defer(() => person.close())
    const { started, params } = await authorize(lanyard, person, ada, { clientId: 'prod' })
    const { idToken } = tokensOf(await redeem(lanyard, started, params.get('code') ?? ''))
    const before = asked.count
    assert.equal((await apiserver.whoami(idToken)).userInfo?.username, 'ada')
    assert.equal(asked.count, before)
    await apiserver.whoami((await makeToken('ada')).value)
    assert.equal(asked.count, before + 1)
  })

  it('says in the log of kube-apiserver why it refused', async () => {
    const { value } = await makeToken('ada', { clusters: ['other'] })
    assert.equal(
      await reasonFor(value),
      '[invalid bearer token, access token job is not for this cluster]',
    )
    assert.equal(await reasonFor('x'), '[invalid bearer token, this token is none of ours]')
  })

  it('takes a token the moment it is good: no refusal is kept', async () => {
    const { clusters, directory } = lanyard.server.rooms
    const { value } = await makeToken('eve')
    await directory.groups.removeMember('dev', { user: 'eve' }, byTest)
    assert.match(await reasonFor(value), /eve is in none of the groups that may enter cluster/)
    await directory.groups.addMember('dev', { user: 'eve' }, byTest)
    assert.equal((await apiserver.whoami(value)).status, 201)
    assert.equal((await clusters.get('prod')).name, 'prod')
  })

  it('lets a revoked token and a disabled owner in no longer than both caches', async () => {
    const { accessTokens, directory } = lanyard.server.rooms
    const [first, second] = [await makeToken('ada'), await makeToken('eve')]
    for (const { value } of [first, second]) {
      assert.equal((await apiserver.whoami(value)).status, 201)
    }
    const since = performance.now()
    assert.equal(await accessTokens.revoke(first.token.id, byTest), true)
    await directory.users.disable('eve', byTest)
    for (const { value } of [first, second]) {
      await poll('it is refused', async () => (await apiserver.whoami(value)).status === 401, {
        timeoutMs: (CACHE_SECONDS + TOKEN_CACHE_SECONDS) * 1000 + 5_000,
      })
    }
    const seconds = (performance.now() - since) / 1000
    assert.ok(seconds < CACHE_SECONDS + TOKEN_CACHE_SECONDS + 3, `${seconds} s`)
  })

  it('is good for the audience of this cluster alone, whatever a TokenReview inside it asks for', async () => {
    const { value } = await makeToken('ada')
    const review = async (...audiences: string[]) => {
      const { body } = await apiserver.api.ask('/apis/authentication.k8s.io/v1/tokenreviews', {
        method: 'POST',
        body: {
          ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' },
          spec: { token: value, ...(audiences.length === 0 ? {} : { audiences }) },
        },
      })
      return (body as { status: { authenticated?: boolean; audiences?: string[] } }).status
    }
    assert.equal((await review()).authenticated, true)
    assert.deepEqual((await review('prod', 'vault')).audiences, ['prod'])
    assert.notEqual((await review('vault')).authenticated, true)
    assert.notEqual((await review('other')).authenticated, true)
  })

  it('lets nobody in where its credential was revoked', async () => {
    const { value } = await makeToken('ada')
    await lanyard.server.rooms.clusters.gateways.revokeAll('prod', 'webhook', byTest)
    assert.equal(
      await reasonFor(value),
      '[invalid bearer token, the server has asked for the client to provide credentials]',
    )
  })
})
