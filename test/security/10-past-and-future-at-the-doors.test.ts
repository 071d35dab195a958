/**
 * Threats 7 and 10 at the doors: a proxy may say since when a request has been open, so that a watch outlives its ID token. No
 * time that it can name revives what was revoked, disabled, removed or signed by a key that is gone, nor any access token.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin, postForm } from '../support/logins.ts'
import { type Doors, openDoors, type Seen } from './doors.ts'

const HOUR = 3_600_000
const EXPIRED = 'the ID token was refused: "exp" claim timestamp check failed'

describe('a time that a proxy names', () => {
  const owned = new AsyncDisposableStack()
  let ahead = 0
  let lanyard: Lanyard
  let doors: Doors
  let github: StandInIssuer
  let credential: string

  before(async () => {
    lanyard = owned.use(await startLanyard({ clock: () => Date.now() + ahead }))
    doors = owned.use(openDoors(lanyard))
    await lanyard.addCluster('prod', { groups: ['dev'] })
    credential = await doors.issue('prod', 'proxy')
    github = owned.use(await startStandInIssuer())
    const added = { name: 'github', kind: 'github', issuer: github.url } as const
    await lanyard.server.rooms.machines.issuers.add(
      { ...added, certificateAuthority: github.ca },
      byTest,
    )
  })
  after(() => owned.disposeAsync())

  /** Now, and then for times of every kind. */
  async function seen(token: string): Promise<Map<string, Seen | number>> {
    const now = Date.now() + ahead
    const answers = new Map<string, Seen | number>()
    for (const [when, openedAt] of [
      ['now', undefined],
      ['at the beginning of time', 0],
      ['in seconds', Math.floor(now / 1000)],
      ['before the token was made', now - 100 * HOUR],
      ['while it was good', Date.now()],
      ['in an hour', now + HOUR],
      ['at the end of time', Number.MAX_SAFE_INTEGER],
    ] as const) {
      const asked = { kind: 'proxy', cluster: 'prod', credential, token } as const
      const answer = await doors.ask({ ...asked, ...(openedAt === undefined ? {} : { openedAt }) })
      answers.set(when, answer)
    }
    return answers
  }
  async function assertNobody(token: string, sentence: string): Promise<void> {
    for (const [when, answer] of await seen(token)) assert.equal(answer, sentence, when)
  }
  async function personsToken(username: string) {
    const credentials = await lanyard.addUser(username, ['dev'])
    const { idToken } = await clusterLogin(lanyard, credentials, 'prod')
    return { idToken, id: (await lanyard.server.rooms.directory.users.get(username)).id }
  }

  it('is good for a token that was good then, and lies in no future', async () => {
    const { idToken } = await personsToken('ada')
    ahead = HOUR
    const answers = await seen(idToken)
    ahead = 0
    for (const when of ['now', 'in an hour', 'at the end of time']) {
      assert.equal(answers.get(when), EXPIRED, when)
    }
    assert.deepEqual(answers.get('while it was good'), { username: 'ada', groups: ['dev'] })
  })

  it('brings back no login that was revoked', async () => {
    const { idToken, id } = await personsToken('bob')
    const [device] = await lanyard.server.issuer.devices.list(id)
    await lanyard.server.issuer.devices.revoke(device?.id ?? assert.fail(), byTest)
    await assertNobody(idToken, 'this login of bob was revoked')
  })

  it('brings back nobody who was disabled, left the group, or was deleted', async () => {
    const { users, groups } = lanyard.server.rooms.directory
    const { idToken } = await personsToken('cleo')
    await groups.removeMember('dev', { user: 'cleo' }, byTest)
    await assertNobody(idToken, 'cleo is in none of the groups that may enter cluster "prod"')
    await users.disable('cleo', byTest)
    await assertNobody(idToken, 'user "cleo" is disabled')
    await users.delete('cleo', byTest)
    await assertNobody(idToken, 'this user does not exist')
  })

  it('brings back no machine whose rule was disabled or removed, or made again', async () => {
    const { rules } = lanyard.server.rooms.machines
    const rule = {
      ...{ name: 'release', issuer: 'github', username: 'machine:release', clusters: ['prod'] },
      pins: [pin('repository', 'octo-org/octo-repo')],
    }
    await addRule(lanyard, rule)
    const subject = await github.sign(githubClaims({ iss: github.url, aud: lanyard.issuer }))
    const { status, body } = await machineExchange(lanyard, subject, 'prod')
    assert.equal(status, 200, JSON.stringify(body))
    const token = String(body['access_token'])
    assert.deepEqual((await seen(token)).get('now'), { username: 'machine:release', groups: [] })
    await rules.setEnabled('release', false, byTest)
    await assertNobody(token, 'machine rule "release" is disabled')
    await rules.remove('release', byTest)
    await assertNobody(token, 'this machine rule or application does not exist')
    await addRule(lanyard, rule)
    await assertNobody(token, 'this machine rule or application does not exist')
  })

  it('brings back no application that may not come by itself any more', async () => {
    const { clusters, machines } = lanyard.server.rooms
    const wanted = { name: 'nightly', redirectUris: ['https://nightly.example.com/cb'] }
    const { secret } = await clusters.applications.add(wanted, byTest)
    noteSecret(secret ?? '', 'client secret')
    await machines.applications.set('nightly', ['dev'], byTest)
    await lanyard.server.issuer.refresh()
    const form = { grant_type: 'client_credentials', audience: 'prod', client_id: 'nightly' }
    const { body } = await postForm(lanyard, `${lanyard.issuer}/token`, {
      ...{ ...form, client_secret: secret ?? '' },
    })
    const token = String(body['access_token'])
    noteSecret(token, 'token of an application')
    const nightly = { username: 'machine:app/nightly', groups: ['dev'] }
    assert.deepEqual((await seen(token)).get('now'), nightly)
    await machines.applications.set('nightly', null, byTest)
    await assertNobody(token, 'application "nightly" is disabled')
    await clusters.applications.delete('nightly', byTest)
    await assertNobody(token, 'this machine rule or application does not exist')
  })

  it('means nothing to an access token: expired is expired, and revoked is revoked', async () => {
    const { accessTokens } = lanyard.server.rooms
    const { id: userId } = await personsToken('dora')
    const make = async (name: string) => {
      const wanted = { userId, name, clusters: null, groups: null, lifetime: 60 }
      const { token, value } = await accessTokens.create(wanted, byTest)
      noteSecret(value, 'access token')
      return { id: token.id, value }
    }
    const [short, revoked] = [await make('short'), await make('revoked')]
    assert.deepEqual((await seen(short.value)).get('now'), { username: 'dora', groups: ['dev'] })
    assert.equal(await accessTokens.revoke(revoked.id, byTest), true)
    await assertNobody(revoked.value, 'access token revoked was revoked')
    ahead = 60_000
    await assertNobody(short.value, 'access token short has expired')
    ahead = 0
  })

  it('brings back no key: what it signed is nobody’s as soon as it was removed', async () => {
    const { idToken } = await personsToken('emil')
    const { keys } = lanyard.server.issuer
    await keys.rotate('RS256', { now: true }, byTest)
    // Retired, but published: what it signed is good until it ends by itself.
    assert.deepEqual((await seen(idToken)).get('now'), { username: 'emil', groups: ['dev'] })
    ahead = 2 * HOUR
    await keys.tick()
    await lanyard.server.issuer.refresh()
    await assertNobody(
      idToken,
      'the ID token was refused: no applicable key found in the JSON Web Key Set',
    )
    ahead = 0
  })
})
