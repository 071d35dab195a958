import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openStore, type Store } from '../../db/index.ts'
import { type Clusters, createClusters } from '../../src/clusters/index.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const by = { actor: { kind: 'command', name: 'test' }, address: null, requestId: null } as const
const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

describe('how clusters and applications are used', () => {
  const owned = new AsyncDisposableStack()
  let store: Store
  let clusters: Clusters

  before(async () => {
    const { path } = owned.use(await temporaryDirectory())
    const clock = () => NOW
    store = openStore({ file: join(path, 'lanyard.db'), clock })
    owned.defer(() => store.close())
    clusters = createClusters({ store, clock })
    for (const name of ['busy', 'idle']) {
      await clusters.add({ name, server: 'https://10.0.0.1' }, by)
    }
    const uri = 'https://grafana.example.com/callback'
    await clusters.applications.add({ name: 'grafana', redirectUris: [uri] }, by)
    await clusters.applications.add({ name: 'wiki', redirectUris: [uri] }, by)
    const { id } = await clusters.get('busy')
    await store.write(async (tx) => {
      await tx.query
        .insertInto('users')
        .values({
          ...{ id: 'u', username: 'ada', display_name: 'Ada', email: null, email_verified: 0 },
          ...{ status: 'active', created_at: NOW, sessions_valid_from: 0, language: null },
        })
        .execute()
      for (let n = 0; n < 1_003; n += 1) {
        const at = NOW - n * 1_000
        const client_id = n === 7 || n === 9 ? 'grafana' : 'kubectl-lanyard'
        await tx.query
          .insertInto('devices')
          .values({
            ...{ id: `d${n}`, user_id: 'u', client_id, name: `laptop ${n}`, jkt: null },
            ...{ amr: '["pwd"]', acr: 'x', authenticated_at: at, created_at: at, last_used_at: at },
            ...{ created_address: null, last_address: '192.0.2.1', expires_at: NOW + n },
            ...{ revoked_at: n === 0 ? NOW : null, logout_told_at: null },
          })
          .execute()
        await tx.query
          .insertInto('device_clusters')
          .values({ device_id: `d${n}`, cluster_id: id, entered_at: at })
          .execute()
      }
      const probe = { outcome: 'refused', detail: 'why', probed_at: NOW, since_at: NOW } as const
      await tx.query
        .insertInto('cluster_probes')
        .values({ cluster_id: id, address: 'https://10.0.0.1', ...probe })
        .execute()
    })
  })
  after(() => owned.disposeAsync())

  it('counts who entered since then, to a thousand and one', async () => {
    const { id } = await clusters.get('busy')
    const entered = async (since: number) =>
      [...(await clusters.traffic(since)).values()]
        .map((each) => each.entered)
        .sort((a, b) => a - b)
    assert.deepEqual(await entered(NOW - DAY), [0, 1_001])
    assert.deepEqual(await entered(NOW - 4_000), [0, 5])
    assert.deepEqual(await entered(NOW + 1), [0, 0])
    const one = await clusters.traffic(NOW, id)
    assert.deepEqual([...one.keys()], [id])
  })

  it('tells what an apiserver made of live tokens', async () => {
    const { id } = await clusters.get('busy')
    const idle = await clusters.get('idle')
    const traffic = await clusters.traffic(NOW)
    assert.deepEqual(traffic.get(id)?.probes, [
      {
        ...{ address: 'https://10.0.0.1', outcome: 'refused', detail: 'why' },
        ...{ probedAt: NOW, sinceAt: NOW },
      },
    ])
    assert.deepEqual(traffic.get(idle.id)?.probes, [])
  })

  it('lists the last logins that entered, the newest first', async () => {
    const entries = await clusters.entries('busy', 2)
    assert.deepEqual(entries, [
      {
        ...{ username: 'ada', device: 'laptop 0', enteredAt: NOW, lastUsedAt: NOW },
        ...{ address: '192.0.2.1', endsAt: NOW, revokedAt: NOW },
      },
      {
        ...{ username: 'ada', device: 'laptop 1', enteredAt: NOW - 1_000 },
        ...{ lastUsedAt: NOW - 1_000, address: '192.0.2.1', endsAt: NOW + 1, revokedAt: null },
      },
    ])
    assert.equal((await clusters.entries('busy', 5_000)).length, 1_000)
    assert.deepEqual(await clusters.entries('idle', 5), [])
    await assert.rejects(clusters.entries('none', 5), {
      code: 'ERR_CLUSTER_UNKNOWN',
      message: 'no cluster is named "none"',
    })
  })

  it('knows when an application was last signed in to', async () => {
    assert.deepEqual([...(await clusters.applications.lastSignIns())], [['grafana', NOW - 7_000]])
  })

  it('lists the credentials of gateways without their values', async () => {
    await clusters.gateways.issue('idle', 'webhook', by)
    await clusters.gateways.issue('idle', 'proxy', by)
    const list = await clusters.gateways.list('idle')
    assert.deepEqual(list.map(({ kind }) => kind).sort(), ['proxy', 'webhook'])
    assert.ok(list.every((each) => Object.keys(each).join() === 'kind,createdAt'))
    assert.deepEqual(await clusters.gateways.list('busy'), [])
  })
})
