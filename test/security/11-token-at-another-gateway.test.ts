/**
 * Threat 11 at the doors: a credential is of one cluster and one kind of door, and neither it nor a token passes to another
 * cluster that takes over the name.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin } from '../support/logins.ts'
import { DOOR_KINDS, type DoorKind, type Doors, openDoors } from './doors.ts'

const ADA = { username: 'ada', groups: ['dev'] }

describe('at the gateway of another cluster', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let doors: Doors
  let github: StandInIssuer
  let ada: Credentials
  let made = 0
  /** New for each test: names of clusters come back in none. */
  let alpha: string
  let beta: string
  let credentials: Map<string, string>

  before(async () => {
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    ada = await lanyard.addUser('ada', ['dev'])
    github = owned.use(await startStandInIssuer())
    const added = { name: 'github', kind: 'github', issuer: github.url } as const
    await lanyard.server.rooms.machines.issuers.add(
      { ...added, certificateAuthority: github.ca },
      byTest,
    )
  })
  beforeEach(async () => {
    made += 1
    alpha = await lanyard.addCluster(`alpha-${made}`, { groups: ['dev'] })
    beta = await lanyard.addCluster(`beta-${made}`, { groups: ['dev'] })
    credentials = new Map()
    for (const cluster of [alpha, beta]) {
      for (const kind of DOOR_KINDS) {
        credentials.set(`${kind} ${cluster}`, await doors.issue(cluster, kind))
      }
    }
  })
  after(() => owned.disposeAsync())

  const credentialOf = (kind: DoorKind, cluster: string) =>
    credentials.get(`${kind} ${cluster}`) ?? assert.fail('no credential')
  const ask = (kind: DoorKind, cluster: string, token: string, credential?: string) =>
    doors.ask({ kind, cluster, token, credential: credential ?? credentialOf(kind, cluster) })
  async function accessToken(clusters: readonly string[] | null) {
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get('ada')
    const wanted = { userId, name: 'job', clusters, groups: null }
    const { value } = await accessTokens.create(wanted, byTest)
    noteSecret(value, 'access token')
    return value
  }
  async function machineToken(cluster: string) {
    await addRule(lanyard, {
      ...{ name: `rule-${made}`, issuer: 'github', username: 'machine:release' },
      ...{ pins: [pin('repository', `octo-org/${made}`)], clusters: [cluster] },
    })
    const claims = githubClaims(
      { iss: github.url, aud: lanyard.issuer },
      { repository: `octo-org/${made}` },
    )
    const { status, body } = await machineExchange(lanyard, await github.sign(claims), cluster)
    assert.equal(status, 200, JSON.stringify(body))
    return String(body['access_token'])
  }
  async function remake(name: string, audience: string) {
    const { clusters } = lanyard.server.rooms
    const server = 'https://new.example.com'
    await clusters.add({ name, audience, server, groups: ['dev'] }, byTest)
    await lanyard.server.issuer.refresh()
    for (const kind of DOOR_KINDS) {
      credentials.set(`new ${kind}`, await doors.issue(name, kind))
    }
  }

  it('every credential opens its own door alone', async () => {
    const token = await accessToken(null)
    for (const [owner, credential] of credentials) {
      for (const kind of DOOR_KINDS) {
        for (const cluster of [alpha, beta]) {
          const expected = owner === `${kind} ${cluster}` ? ADA : 401
          const about = `${owner} at ${kind} ${cluster}`
          assert.deepEqual(await ask(kind, cluster, token, credential), expected, about)
        }
      }
    }
  })

  it('no token for one cluster is anybody at another', async () => {
    const { idToken } = await clusterLogin(lanyard, ada, alpha)
    const [scoped, machine] = [await accessToken([alpha]), await machineToken(alpha)]
    for (const kind of DOOR_KINDS) {
      assert.deepEqual(await ask(kind, alpha, idToken), ADA)
      assert.deepEqual(await ask(kind, alpha, scoped), ADA)
      assert.deepEqual(await ask(kind, alpha, machine), { username: 'machine:release', groups: [] })
      const audience = `the ID token was refused: it is for audience "${alpha}", and not "${beta}"`
      assert.equal(await ask(kind, beta, idToken), audience)
      assert.equal(await ask(kind, beta, machine), audience)
      assert.equal(await ask(kind, beta, scoped), 'access token job is not for this cluster')
    }
  })

  it('a cluster that was deleted leaves nothing to the next of its name', async () => {
    const { idToken } = await clusterLogin(lanyard, ada, alpha)
    const [scoped, machine] = [await accessToken([alpha]), await machineToken(alpha)]
    await lanyard.server.rooms.clusters.delete(alpha, byTest)
    for (const kind of DOOR_KINDS) assert.equal(await ask(kind, alpha, idToken), 401)
    // Its audience stays its own for ever: tokens for it may be about.
    await assert.rejects(remake(alpha, alpha), { code: 'ERR_AUDIENCE_RETIRED' })
    await remake(alpha, `${alpha}-again`)
    for (const kind of DOOR_KINDS) {
      assert.equal(await ask(kind, alpha, idToken), 401, 'the old credential')
      const credential = credentials.get(`new ${kind}`)
      const audience = `the ID token was refused: it is for audience "${alpha}", and not "${alpha}-again"`
      assert.equal(await ask(kind, alpha, idToken, credential), audience)
      assert.equal(await ask(kind, alpha, machine, credential), audience)
      assert.equal(
        await ask(kind, alpha, scoped, credential),
        'access token job is not for this cluster',
      )
    }
  })

  it('a cluster that was renamed keeps its own, and leaves nothing to who takes the name', async () => {
    const { idToken } = await clusterLogin(lanyard, ada, alpha)
    const scoped = await accessToken([alpha])
    const former = `${alpha}-former`
    await lanyard.server.rooms.clusters.change(alpha, { name: former }, byTest)
    await remake(alpha, `${alpha}-other`)
    for (const kind of DOOR_KINDS) {
      const old = credentialOf(kind, alpha)
      assert.deepEqual(await ask(kind, former, idToken, old), ADA)
      assert.deepEqual(await ask(kind, former, scoped, old), ADA)
      assert.equal(await ask(kind, alpha, idToken, old), 401)
      const fresh = credentials.get(`new ${kind}`)
      assert.equal(await ask(kind, former, idToken, fresh), 401)
      assert.equal(
        await ask(kind, alpha, scoped, fresh),
        'access token job is not for this cluster',
      )
    }
  })
})
