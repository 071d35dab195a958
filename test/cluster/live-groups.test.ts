import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { showCluster, startTrustingCluster } from '../support/end-to-end.ts'
import { askGroups, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
} from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { aroundReload, aroundStart, waitUntilWarm } from './cold-start.ts'
import {
  type Apiserver,
  type Etcd,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from './control-plane.ts'
import { measureRevocations, summarise } from './revocation.ts'

const skip = await skipWithoutCluster('that kube-apiserver asks Lanyard for groups')

/** What facts are promised: ten seconds of the apiserver's own memory, and what a poll and a busy machine add. */
const PROMISED_SECONDS = 10.5

describe('live groups at a real kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let etcd: Etcd
  let byFlags: Apiserver
  let byConfiguration: Apiserver
  let ada: Credentials
  let login: PluginLogin

  before(async () => {
    ;[lanyard, etcd] = await Promise.all([startLanyard(), startEtcd()])
    owned.use(lanyard)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers', 'platform'])
    ;[byFlags, byConfiguration] = await Promise.all([
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'flagged', groups: ['viewers'], liveGroups: true },
        ...{ trustedBy: 'flags', signingAlg: 'RS256' },
      }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'configured', groups: ['viewers'], liveGroups: true },
        ...{ trustedBy: 'configuration', signingAlg: 'ES256' },
      }),
    ])
    owned.use(byFlags)
    owned.use(byConfiguration)
    login = await pluginLogin(lanyard, ada)
    await Promise.all(
      ['flagged', 'configured'].map((cluster) => waitUntilWarm({ lanyard, cluster })),
    )
  })
  after(() => owned.disposeAsync())

  it('are who somebody is, by the flags and by the configuration', async () => {
    for (const [cluster, apiserver] of [
      ['flagged', byFlags],
      ['configured', byConfiguration],
    ] as const) {
      const { idToken } = await clusterLogin(lanyard, ada, cluster)
      assert.equal(payloadOf(idToken)['groups'], undefined)
      const { status, userInfo } = await apiserver.whoami(idToken)
      assert.equal(status, 201)
      assert.equal(userInfo?.username, 'ada')
      assert.deepEqual(userInfo.groups, ['platform', 'viewers', 'system:authenticated'])
    }
  })

  it('log nobody in: the groups JWT is no ID token, and neither is the access token', async () => {
    const { body } = await exchange(lanyard, login, 'configured')
    const source = groupsSourceOf(String(body['access_token']))
    const { text: groupsJwt } = await askGroups(lanyard, source)
    assert.deepEqual(payloadOf(groupsJwt)['groups'], ['platform', 'viewers'])
    for (const apiserver of [byFlags, byConfiguration]) {
      for (const token of [groupsJwt, source.accessToken]) {
        const mark = apiserver.logMark()
        assert.equal((await apiserver.whoami(token)).status, 401)
        assert.ok((await apiserver.unauthenticatedReasons(mark)).includes('invalid bearer token'))
      }
    }
  })

  describe('over time', { concurrency: true }, () => {
    it('are gone within ten seconds, however access is taken away, and nobody else notices', async (t) => {
      const { revocations, bystander } = await measureRevocations({
        ...{ lanyard, apiserver: byFlags, cluster: 'flagged', runs: 1 },
      })
      for (const { way, worst } of summarise(revocations)) {
        t.diagnostic(`${way}: ${worst.toFixed(1)} s`)
        assert.ok(worst <= PROMISED_SECONDS, `${way}: refused after ${worst.toFixed(1)} s`)
      }
      assert.ok(bystander.asked > 100)
      assert.equal(bystander.refused, 0)
    })

    it('refuse nobody when the apiserver starts and when it reloads, because Lanyard goes first', async () => {
      const here = { lanyard, apiserver: byConfiguration, cluster: 'configured', login }
      const { authenticationConfiguration } = await showCluster(lanyard, 'configured')
      for (const round of [1, 2]) {
        const started = await aroundStart(here)
        assert.deepEqual({ round, refused: started.refused }, { round, refused: 0 })
        const changed = `${authenticationConfiguration}# ${round}\n`
        const reloaded = await aroundReload(here, changed)
        assert.deepEqual({ round, refused: reloaded.refused }, { round, refused: 0 })
        assert.ok(reloaded.asked > 15)
      }
    })

    it('give way to embedded ones after the time that the admin named, and come back', async () => {
      const { clusters, audit } = lanyard.server.rooms
      const cluster = 'deaf'
      await clusters.add(
        {
          ...{ name: cluster, groups: ['viewers'], signingAlg: 'ES256', fallbackAfter: 30 },
          server: 'https://127.0.0.1:6443',
        },
        byTest,
      )
      const { authenticationConfiguration } = await showCluster(lanyard, cluster)
      // Kubernetes never asks where groups are mapped by an expression: people would silently have none.
      const deaf = authenticationConfiguration.replace(
        / {6}claim: groups\n {6}prefix: ""/,
        '      expression: "dyn(claims.?groups.orValue([]))"',
      )
      assert.notEqual(deaf, authenticationConfiguration)
      await using apiserver = await startApiserver({ etcd, authenticationConfig: deaf })
      const { certificate: certificateAuthority } = apiserver.certificateAuthority
      await clusters.change(cluster, { server: apiserver.url, certificateAuthority }, byTest)
      await lanyard.server.issuer.refresh()
      const freshToken = async () =>
        String((await exchange(lanyard, login, cluster)).body['access_token'])
      const groupsOf = async (token: string) => (await apiserver.whoami(token)).userInfo?.groups

      assert.deepEqual(await groupsOf(await freshToken()), ['system:authenticated'])
      const fallenBack = await poll(
        'new tokens carry their groups',
        async () => {
          const token = await freshToken()
          return payloadOf(token)['groups'] === undefined ? undefined : token
        },
        { timeoutMs: 60_000, everyMs: 500 },
      )
      assert.deepEqual(await groupsOf(fallenBack), ['platform', 'viewers', 'system:authenticated'])

      await apiserver.configure(authenticationConfiguration)
      await poll(
        'new tokens are live again',
        async () => payloadOf(await freshToken())['groups'] === undefined,
        { timeoutMs: 40_000, everyMs: 500 },
      )
      assert.deepEqual(await groupsOf(await freshToken()), [
        ...['platform', 'viewers'],
        'system:authenticated',
      ])
      const recorded = (await audit.list({ limit: 200 }))
        .filter(
          ({ type, target }) => type.startsWith('cluster.fallback') && target?.name === cluster,
        )
        .map(({ type }) => type)
      assert.deepEqual(recorded, ['cluster.fallback_ended', 'cluster.fallback_began'])
    })
  })
})
