import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Agent } from 'undici'
import { checkStore } from '../../db/index.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  clusterLogin,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  refresh,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { startProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openRoomsBeside, type Serving, startServing, steadyPort } from './child.ts'

const FAMILIES = 160
const LOGINS = 20
const CLUSTERS_A_ROUND = 20
/** Refreshes and exchanges that were answered when the server is killed, one round each. */
const KILL_AFTER = [1, 100, 300] as const

/** One line of successors: the newest that was acknowledged, and whether the answer to its use was lost. */
interface Family {
  token: string
  lost: boolean
}

interface Entry {
  readonly deviceId: string
  readonly cluster: string
}

const ada = { username: 'ada', password: 'nine green llamas nap' }

/** Resolves when the kill ends it, whether before or in the middle of an answer. */
async function untilKilled(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    assert.match(code, /^(?:ECONNRESET|ECONNREFUSED|EPIPE|UND_ERR_SOCKET)$/)
  })
}

async function prepare(data: string, port: number) {
  await using serving = await startServing({ data, port })
  await using rooms = openRoomsBeside(data, serving.issuer)
  noteSecret(ada.password, 'password')
  await rooms.directory.users.add({ ...ada, mustChange: false }, byTest)
  const server = 'https://127.0.0.1:6443'
  await rooms.clusters.add({ name: 'prod', server, everyone: true, signingAlg: 'ES256' }, byTest)
  for (let index = 0; index < CLUSTERS_A_ROUND * KILL_AFTER.length; index += 1) {
    const name = `cluster-${index}`
    await rooms.clusters.add({ name, server, everyone: true, signingAlg: 'ES256' }, byTest)
  }
  const person = new Person(serving)
  const logins: PluginLogin[] = []
  while (logins.length < LOGINS) logins.push(await pluginLogin(serving, ada, { person }))
  await poll('the clusters are known', async () => {
    const known = await refresh(serving, 'prod', 'none')
    return known.body['error'] === 'invalid_grant'
  })
  const families: Family[] = []
  while (families.length < FAMILIES) {
    const { refreshToken } = await clusterLogin(serving, ada, 'prod', person)
    families.push({ token: refreshToken, lost: false })
  }
  await person.close()
  assert.deepEqual(await serving.process.stop(), { code: 0, signal: null })
  return { issuer: serving.issuer, families, logins }
}

/** Everything at once, each on a connection of its own, until the kill; resolves with the entries that were acknowledged. */
async function load(
  serving: Serving,
  round: number,
  { families, logins }: { families: readonly Family[]; logins: readonly PluginLogin[] },
  killAfter: number,
): Promise<Entry[]> {
  const entries: Entry[] = []
  const connect = () => ({ ...serving, dispatcher: new Agent({ connect: { ca: serving.ca } }) })
  let answered = 0
  const countAnswer = () => {
    answered += 1
    if (answered === killAfter) serving.process.signal('SIGKILL')
  }
  const exchanging = logins.map((login) =>
    untilKilled(async () => {
      const connected = connect()
      for (let index = 0; index < CLUSTERS_A_ROUND; index += 1) {
        const cluster = `cluster-${round * CLUSTERS_A_ROUND + index}`
        const { status, body } = await exchange(connected, login, cluster)
        assert.equal(status, 200, JSON.stringify(body))
        const deviceId = String(payloadOf(String(body['access_token']))['sid'])
        entries.push({ deviceId, cluster })
        countAnswer()
      }
    }),
  )
  const refreshing = families.map((family) =>
    untilKilled(async () => {
      const connected = connect()
      for (;;) {
        family.lost = true
        const answer = await refresh(connected, 'prod', family.token)
        family.token = tokensOf(answer).refreshToken
        family.lost = false
        countAnswer()
      }
    }),
  )
  await Promise.all([...refreshing, ...exchanging])
  assert.deepEqual(await serving.process.exit, { code: null, signal: 'SIGKILL' })
  return entries
}

/** Asserts that every acknowledged change and entry is in the database, and that it is sound. */
async function assertAllThere(
  data: string,
  issuer: string,
  acknowledged: { changes: readonly string[]; entries: readonly Entry[] },
): Promise<void> {
  await using rooms = openRoomsBeside(data, issuer)
  const { store } = rooms
  assert.deepEqual(await checkStore(store), [])
  const users = await store.query.selectFrom('users').select(['username', 'status']).execute()
  const members = await store.query
    .selectFrom('group_users')
    .innerJoin('groups', 'groups.id', 'group_users.group_id')
    .innerJoin('users', 'users.id', 'group_users.user_id')
    .select(['groups.name', 'users.username'])
    .execute()
  const there = new Set([
    ...users.map(({ username }) => `user ${username}`),
    ...users.map(({ username, status }) => `${status} ${username}`),
    ...members.map(({ name, username }) => `member ${name} ${username}`),
  ])
  assert.deepEqual(
    acknowledged.changes.filter((change) => !there.has(change)),
    [],
  )
  const entered = await store.query
    .selectFrom('device_clusters')
    .innerJoin('clusters', 'clusters.id', 'device_clusters.cluster_id')
    .select(['device_id', 'clusters.name'])
    .execute()
  const doors = new Set(entered.map(({ device_id, name }) => `${device_id} ${name}`))
  assert.deepEqual(
    acknowledged.entries.filter(({ deviceId, cluster }) => !doors.has(`${deviceId} ${cluster}`)),
    [],
  )
}

test('kill -9 in the middle of everything loses nothing that was acknowledged', async (t) => {
  await using home = await temporaryDirectory()
  const data = home.path
  const port = await steadyPort()
  const { issuer, ...logins } = await prepare(data, port)
  const changes: string[] = []
  const entries: Entry[] = []

  for (const [round, killAfter] of KILL_AFTER.entries()) {
    {
      await using serving = await startServing({ data, port })
      await using writer = await startProcess({
        command: process.execPath,
        args: [fileURLToPath(new URL('writer.ts', import.meta.url)), data, issuer, String(round)],
        env: { PATH: process.env['PATH'] },
      })
      await writer.waitForLine('stdout', /^disabled /)
      entries.push(...(await load(serving, round, logins, killAfter)))
      writer.signal('SIGKILL')
      assert.deepEqual(await writer.exit, { code: null, signal: 'SIGKILL' })
      assert.equal(writer.stderr.text, '')
      changes.push(...writer.stdout.lines)
    }
    await assertAllThere(data, issuer, { changes, entries })

    // What was acknowledged still works; so does what was presented when the answer was lost, within the grace.
    await using again = await startServing({ data, port })
    const lost = logins.families.filter((family) => family.lost).length
    for (const family of logins.families) {
      family.token = tokensOf(await refresh(again, 'prod', family.token)).refreshToken
    }
    t.diagnostic(
      `round ${round}: ${changes.length} changes, ${entries.length} entries, ${lost} lost`,
    )
    assert.ok(lost > 0)
    assert.deepEqual(await again.process.stop(), { code: 0, signal: null })
    await assertAllThere(data, issuer, { changes, entries })
  }
  assert.ok(entries.length > 0)
})
