import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { askPluginApi } from '../support/certificate-requests.ts'
import { startTrustingCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { type Credentials, exchange, payloadOf, pluginLogin } from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { createApiClient } from './api-client.ts'
import { waitUntilWarm } from './cold-start.ts'
import { type Apiserver, type Etcd, skipWithoutCluster, startEtcd } from './control-plane.ts'

const skip = await skipWithoutCluster('that a membership for a while ends at kube-apiserver too')

/** Ten seconds of the apiserver's own memory, and what a poll and a busy machine add. */
const PROMISED_MS = 10_500
const SECRETS = '/api/v1/namespaces/kube-system/secrets'
const HALF_MINUTE_MS = 30_000

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: prod-admins }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: prod-admins }]
`

describe('a membership for a while at a real kube-apiserver', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let etcd: Etcd
  let live: Apiserver
  let embedded: Apiserver
  let ada: Credentials
  let olga: Credentials
  /** Lanyard's clock runs ahead by this. Kubernetes' does not, and does not mind: it looks at the end of a token alone. */
  let ahead = 0
  const now = () => Date.now() + ahead

  before(async () => {
    ;[lanyard, etcd] = await Promise.all([startLanyard({ clock: now }), startEtcd()])
    owned.use(lanyard)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers'])
    olga = await lanyard.addUser('olga', ['viewers'])
    const { groups, owners } = lanyard.server.rooms.directory
    await groups.add({ name: 'prod-admins' }, byTest)
    await groups.change('prod-admins', { longestMembership: 3_600 }, byTest)
    await owners.add('prod-admins', 'olga', byTest)
    ;[live, embedded] = await Promise.all([
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'live', groups: ['viewers'], liveGroups: true, trustedBy: 'configuration' },
      }),
      startTrustingCluster(lanyard, etcd, {
        ...{ name: 'embedded', groups: ['viewers'], trustedBy: 'configuration' },
      }),
    ])
    owned.use(live)
    owned.use(embedded)
    await Promise.all([live.apply(binding), embedded.apply(binding)])
    await waitUntilWarm({ lanyard, cluster: 'live' })
  })
  after(() => owned.disposeAsync())

  /** The status of a list of secrets, asked for with nothing but the token. */
  async function listSecrets({ url, certificateAuthority }: Apiserver, token: string) {
    await using client = createApiClient({ url, authority: certificateAuthority.certificate })
    return (await client.ask(SECRETS, { token })).status
  }

  /** When kube-apiserver first answered so, in Lanyard's time. */
  async function whenAnswered(apiserver: Apiserver, token: string, status: number) {
    return poll(
      `an answer of ${status}`,
      async () => {
        const sentAt = now()
        return (await listSecrets(apiserver, token)) === status ? sentAt : undefined
      },
      { timeoutMs: 60_000 },
    )
  }

  async function tokenFor(cluster: string): Promise<string> {
    const { body } = await exchange(lanyard, await pluginLogin(lanyard, ada), cluster)
    return String(body['access_token'])
  }

  it('is Forbidden, asked for, approved, allowed, and Forbidden again by itself', async (t) => {
    const { requests } = lanyard.server.rooms.directory
    const [token, login] = [await tokenFor('live'), await pluginLogin(lanyard, ada)]
    assert.equal(await listSecrets(live, token), 403)

    const asked = await askPluginApi(lanyard, login, 'requests', {
      ...{ group: 'prod-admins', seconds: 60, reason: 'roll back the shop' },
    })
    assert.equal(asked.status, 200)
    const [request] = await requests.waiting('all')
    assert.ok(request)

    // An owner with a password alone is asked for a passkey, and nothing happens.
    const person = new Person(lanyard)
    const signIn = await person.open(`${lanyard.issuer}/sign-in?next=requests`)
    const page = await person.submit(signIn, { ...olga })
    assert.equal(page.heading, 'Membership for a while')
    const { csrf = '' } = page.forms[0]?.fields ?? {}
    const path = `${lanyard.issuer}/account/requests/${request.id}/approve`
    const answer = await person.post(path, { csrf })
    assert.equal(answer.heading, 'Confirm with your passkey')
    assert.equal((await requests.get(request.id)).state, 'waiting')
    assert.equal(await listSecrets(live, token), 403)
    await person.close()

    const { directory } = lanyard.server.rooms
    const owner = await directory.users.get('olga')
    const by = { ...byTest, actor: { kind: 'user', userId: owner.id, username: 'olga' } as const }
    const proof = { userId: owner.id, amr: ['pop', 'user', 'mfa'], authenticatedAt: now() }
    const { endsAt } = await requests.approve(request.id, proof, by)
    assert.ok(endsAt !== null)
    const approvedAt = now()
    const allowedAt = await whenAnswered(live, token, 200)
    t.diagnostic(`allowed after ${((allowedAt - approvedAt) / 1000).toFixed(1)} s`)
    assert.ok(allowedAt - approvedAt <= PROMISED_MS)

    // What carries its groups ends with the membership, to the second.
    const carried = await tokenFor('embedded')
    assert.deepEqual(payloadOf(carried)['groups'], ['prod-admins', 'viewers'])
    assert.ok(Number(payloadOf(carried)['exp']) * 1000 <= endsAt)
    assert.equal(await listSecrets(embedded, carried), 200)

    ahead = HALF_MINUTE_MS
    assert.equal(await listSecrets(live, token), 200)
    const refusedAt = await whenAnswered(live, token, 403)
    t.diagnostic(`refused ${((refusedAt - endsAt) / 1000).toFixed(1)} s after its end`)
    assert.ok(refusedAt >= endsAt - 1000)
    assert.ok(refusedAt - endsAt <= PROMISED_MS)
    assert.deepEqual(payloadOf(await tokenFor('embedded'))['groups'], ['viewers'])

    const events = await lanyard.server.rooms.audit.list({
      types: [
        ...['group.membership_requested', 'group.membership_approved', 'group.membership_ended'],
      ],
    })
    assert.deepEqual(
      events.map(({ type, actor, target }) => [type, actor.name ?? actor.kind, target?.name]),
      [
        ['group.membership_ended', 'system', 'ada'],
        ['group.membership_approved', 'olga', 'ada'],
        ['group.membership_requested', 'ada', 'ada'],
      ],
    )
  })
})
