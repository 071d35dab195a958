import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startTrustingCluster } from '../support/end-to-end.ts'
import { startLanyard } from '../support/lanyard.ts'
import { clusterLogin } from '../support/logins.ts'
import { poll } from '../support/poll.ts'
import { waitUntilWarm } from './cold-start.ts'
import { skipWithoutCluster, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster('what an outage of Lanyard means')

describe('live groups when Lanyard is down', { skip }, () => {
  it('are refused with a reason within seconds, while embedded ones work; both come back by themselves', async () => {
    await using stack = new AsyncDisposableStack()
    const etcd = stack.use(await startEtcd())
    const first = await startLanyard()
    const { data } = first
    const port = new URL(first.issuer).port
    const ada = await first.addUser('ada', ['viewers'])
    const [live, embedded] = await Promise.all(
      [true, false].map((liveGroups) =>
        startTrustingCluster(first, etcd, {
          ...{ name: liveGroups ? 'live' : 'embedded', groups: ['viewers'], liveGroups },
          ...{ trustedBy: 'configuration', signingAlg: 'ES256' },
        }),
      ),
    )
    assert.ok(live !== undefined && embedded !== undefined)
    stack.use(live)
    stack.use(embedded)
    await waitUntilWarm({ lanyard: first, cluster: 'live' })
    const liveToken = (await clusterLogin(first, ada, 'live')).idToken
    const embeddedToken = (await clusterLogin(first, ada, 'embedded')).idToken
    assert.equal((await live.whoami(liveToken)).status, 201)
    assert.equal((await embedded.whoami(embeddedToken)).status, 201)
    await first.server.close()
    const mark = live.logMark()
    await poll(
      'the live token is refused',
      async () => (await live.whoami(liveToken)).status === 401,
    )
    const [reason = ''] = await live.unauthenticatedReasons(mark)
    assert.match(
      reason,
      /oidc: could not expand distributed claims: while getting distributed claim "groups": Get "https:\/\/localhost:\d+\/live\/groups": dial tcp .*: connect: connection refused/,
    )
    assert.equal((await embedded.whoami(embeddedToken)).status, 201)
    const again = stack.use(
      await startLanyard({ data, settings: { listen: { host: '127.0.0.1', port: Number(port) } } }),
    )
    assert.equal(again.issuer, first.issuer)
    await poll('the live token works', async () => (await live.whoami(liveToken)).status === 201)
    assert.equal((await embedded.whoami(embeddedToken)).status, 201)
  })
})
