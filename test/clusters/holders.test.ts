import assert from 'node:assert/strict'
import { test } from 'node:test'
import { by, noon, openRegister, type Register } from './register.ts'

const server = 'https://k8s.example.com:6443'
const hour = 3_600_000

/** Logins that entered: username, name of the device, client, hours after noon. */
async function enter(
  { store }: Register,
  clusterId: string,
  logins: readonly (readonly [string, string, string, number])[],
): Promise<void> {
  await store.write(async (tx) => {
    for (const [index, [username, name, client, hours]] of logins.entries()) {
      const at = noon + hours * hour
      const id = `d-${clusterId}-${index}`
      await tx.query
        .insertInto('users')
        .values({
          ...{ id: `u-${username}`, username, display_name: username, email: null },
          ...{ email_verified: 0, status: 'active', created_at: noon, sessions_valid_from: noon },
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      await tx.query
        .insertInto('devices')
        .values({
          ...{ id, user_id: `u-${username}`, client_id: client, name, jkt: null, amr: 'pwd' },
          ...{ acr: '1', authenticated_at: at, created_at: at, created_address: null },
          ...{ last_used_at: at, last_address: null, expires_at: at + hour, revoked_at: null },
        })
        .execute()
      await tx.query
        .insertInto('device_clusters')
        .values({ device_id: id, cluster_id: clusterId, entered_at: at })
        .execute()
    }
  })
}

test('one machine is one holder, however often it logged in, and the last that entered is first', async () => {
  await using register = await openRegister()
  const { clusters } = register
  const { id } = await clusters.add({ name: 'prod', server }, by)
  const other = await clusters.add({ name: 'lab', server }, by)
  assert.deepEqual(await clusters.holders('prod', 10), { holders: [], people: 0, devices: 0 })
  await enter(register, id, [
    ['ada', 'laptop', 'kubectl-lanyard', 0],
    ['ada', 'laptop', 'kubectl-lanyard', 30],
    ['ada', 'desk', 'kubectl-lanyard', 12],
    ['bob', 'laptop', 'prod', 20],
  ])
  await enter(register, other.id, [['carol', 'laptop', 'kubectl-lanyard', 40]])
  const holders = [
    {
      ...{ username: 'ada', device: 'laptop', clientId: 'kubectl-lanyard' },
      enteredAt: noon + 30 * hour,
    },
    { username: 'bob', device: 'laptop', clientId: 'prod', enteredAt: noon + 20 * hour },
    {
      ...{ username: 'ada', device: 'desk', clientId: 'kubectl-lanyard' },
      enteredAt: noon + 12 * hour,
    },
  ]
  assert.deepEqual(await clusters.holders('prod', 10), { holders, people: 2, devices: 3 })
  assert.deepEqual(await clusters.holders('prod', 1), {
    ...{ holders: holders.slice(0, 1), people: 2, devices: 3 },
  })
})

test('people who are deleted hold nothing, and a cluster that is not there has no holders', async () => {
  await using register = await openRegister()
  const { clusters, store } = register
  const { id } = await clusters.add({ name: 'prod', server }, by)
  await enter(register, id, [['ada', 'laptop', 'kubectl-lanyard', 0]])
  await store.write((tx) => tx.query.deleteFrom('users').execute())
  assert.deepEqual(await clusters.holders('prod', 10), { holders: [], people: 0, devices: 0 })
  await assert.rejects(clusters.holders('lab', 10), { code: 'ERR_CLUSTER_UNKNOWN' })
})
