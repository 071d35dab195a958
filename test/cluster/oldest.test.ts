import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { provesIdentity } from '../matrix/identity.ts'
import { setLiveGroups, startLineCluster, TRUSTS } from '../matrix/line-cluster.ts'
import { startLanyard } from '../support/lanyard.ts'
import { waitUntilWarm } from './cold-start.ts'
import { OLDEST, RELEASES, skipUnlessBuilt, startEtcd } from './control-plane.ts'

const skip = await skipUnlessBuilt(
  'that the oldest supported kube-apiserver knows people by their tokens',
  OLDEST,
)

describe('the oldest supported kube-apiserver', { skip }, () => {
  for (const trust of TRUSTS) {
    it(`knows people by the ${trust.trustedBy}, with groups in the token and live`, async () => {
      await using lanyard = await startLanyard()
      await using etcd = await startEtcd()
      const person = await lanyard.addUser('ada', ['viewers', 'platform'])
      await using apiserver = await startLineCluster(lanyard, etcd, { ...trust, line: OLDEST })
      const { body } = await apiserver.api.ask('/version')
      assert.equal((body as { gitVersion: string }).gitVersion, `v${RELEASES[OLDEST].version}`)
      await provesIdentity({ lanyard, apiserver, trust, person, groups: 'embedded' })
      await setLiveGroups(lanyard, trust.cluster)
      await waitUntilWarm({ lanyard, cluster: trust.cluster })
      await provesIdentity({ lanyard, apiserver, trust, person, groups: 'live' })
    })
  }
})
