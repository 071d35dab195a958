/**
 * Threat 16 at every door: a group that asks for a fresh passkey is in nothing that an everyday login gets, opens nothing to it, and
 * ends everywhere at the second when the sign-in is too old. What is issued by one door is worth no more at another.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { SignInPolicy, StepUp } from '../../src/access/index.ts'
import { askPluginApi, makeRequest } from '../support/certificate-requests.ts'
import { askGroups, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  clusterLogin,
  exchange,
  type PluginLogin,
  payloadOf,
  pluginLogin,
  refresh,
  type Tokens,
} from '../support/logins.ts'
import { freezeTime } from './attack.ts'
import { type Doors, openDoors } from './doors.ts'

const AGE = 120
const PASSKEY: SignInPolicy = { factors: 'passkey', maxAge: AGE }
const ANY: SignInPolicy = { factors: 'any', maxAge: null }
const KEYLESS = (asker: string) => `ada did not sign in with a passkey, and ${asker} asks for one`
const OLD = (asker: string) =>
  `ada signed in more than ${AGE} seconds ago, and ${asker} asks for a newer sign-in`

/** What a door says: groups, and seconds until it must be asked again at the latest; or its sentence. */
type Answer = { readonly groups: unknown; readonly lives: number | null } | string

describe('a guarded group, and a cluster that asks', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let doors: Doors
  let credentials: { readonly webhook: string; readonly proxy: string }
  let plugin: PluginLogin
  let logins: Record<'live' | 'embedded', Tokens>
  let time: ReturnType<typeof freezeTime>

  before(async () => {
    time = owned.use(freezeTime())
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    const ada = await lanyard.addUser('ada', ['dev', 'admins'])
    const { clusters, certificates } = lanyard.server.rooms
    await lanyard.addCluster('live', { groups: ['dev'], liveGroups: true })
    await lanyard.addCluster('embedded', { groups: ['dev'] })
    await certificates.authorities.make('embedded', byTest)
    credentials = {
      webhook: await clusters.gateways.issue('embedded', 'webhook', byTest).then(String),
      proxy: await clusters.gateways.issue('embedded', 'proxy', byTest).then(String),
    }
    plugin = await pluginLogin(lanyard, ada)
    logins = {
      live: await clusterLogin(lanyard, ada, 'live'),
      embedded: await clusterLogin(lanyard, ada, 'embedded'),
    }
  })
  after(() => owned.disposeAsync())

  async function ask(policies: {
    readonly group: SignInPolicy
    readonly cluster: SignInPolicy
    readonly stepUp: StepUp
  }): Promise<void> {
    const { directory, clusters } = lanyard.server.rooms
    await directory.groups.change('admins', { policy: policies.group }, byTest)
    for (const name of ['live', 'embedded']) {
      const change = { policy: policies.cluster, stepUp: policies.stepUp }
      await clusters.change(name, change, byTest)
    }
  }

  /** As if every login of ada's had begun so, at this moment. */
  async function signedIn(acr: string, amr: string): Promise<void> {
    await lanyard.server.rooms.store.write((tx) =>
      tx.query.updateTable('devices').set({ acr, amr, authenticated_at: Date.now() }).execute(),
    )
  }

  const lives = (seconds: unknown) => Number(seconds) - Math.floor(Date.now() / 1000)
  const refused = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) =>
    String(body['error_description'])

  /** The token is from a moment when all was allowed: what does each door make of it now? */
  async function answers(idToken: string, liveToken: string): Promise<Record<string, Answer>> {
    const review = await lanyard.server.issuer.reviewIdToken({
      ...{ token: idToken, audience: 'embedded', validAt: Date.now() },
    })
    const byWebhook = await doors.ask({
      ...{ kind: 'webhook', cluster: 'embedded', token: idToken },
      credential: credentials.webhook,
    })
    const byProxy = await doors.ask({
      ...{ kind: 'proxy', cluster: 'embedded', token: idToken },
      credential: credentials.proxy,
    })
    const groups = await askGroups(lanyard, groupsSourceOf(liveToken))
    const { csr } = await makeRequest()
    const signed = await askPluginApi(lanyard, plugin, 'certificates', { cluster: 'embedded', csr })
    const exchanged = await exchange(lanyard, plugin, 'embedded')
    const refreshed = await refresh(lanyard, 'embedded', logins.embedded.refreshToken)
    if (refreshed.status === 200) {
      const refreshToken = String(refreshed.body['refresh_token'])
      logins = { ...logins, embedded: { ...logins.embedded, refreshToken } }
    }
    const carried = (answer: typeof exchanged, name: string): Answer => {
      if (answer.status !== 200) return refused(answer)
      const { groups: held, exp } = payloadOf(String(answer.body[name]))
      return { groups: held, lives: lives(exp) }
    }
    const seen = (answer: typeof byWebhook): Answer =>
      typeof answer === 'object' ? { groups: answer.groups, lives: null } : String(answer)
    return {
      exchange: carried(exchanged, 'access_token'),
      refresh: carried(refreshed, 'id_token'),
      review:
        review.kind === 'refused'
          ? review.sentence
          : { groups: review.groups, lives: lives(review.expiresAt / 1000) },
      webhook: seen(byWebhook),
      proxy: seen(byProxy),
      live:
        groups.status === 200
          ? { groups: payloadOf(groups.text)['groups'], lives: null }
          : groups.text,
      certificate: signed.status === 200 ? certificateAnswer(signed.body) : refused(signed),
    }
  }

  function certificateAnswer(body: Readonly<Record<string, unknown>>): Answer {
    const { subject, validToDate } = new X509Certificate(String(body['certificate']))
    const groups = [...subject.matchAll(/^O=(.+)$/gm)].map(([, name]) => name)
    return { groups, lives: lives(validToDate.getTime() / 1000) }
  }

  /** The same at every door; `lives` where a door says an end at all. */
  function everywhere(answer: Answer): Record<string, Answer> {
    const timeless = typeof answer === 'string' ? answer : { groups: answer.groups, lives: null }
    return {
      ...{ exchange: answer, refresh: answer, review: answer, certificate: answer },
      ...{ webhook: timeless, proxy: timeless, live: timeless },
    }
  }

  async function tokensNow(): Promise<readonly [embedded: string, live: string]> {
    const [embedded, live] = [
      await exchange(lanyard, plugin, 'embedded'),
      await exchange(lanyard, plugin, 'live'),
    ]
    return [String(embedded.body['access_token']), String(live.body['access_token'])]
  }

  it('an everyday login has the group nowhere, a passkey everywhere and until then, and then nobody', async () => {
    await ask({ group: ANY, cluster: ANY, stepUp: 'withhold' })
    await signedIn('urn:lanyard:acr:one-factor', 'pwd')
    const before = await tokensNow()
    assert.deepEqual(payloadOf(before[0])['groups'], ['admins', 'dev'])
    await ask({ group: PASSKEY, cluster: ANY, stepUp: 'withhold' })
    const without = everywhere({ groups: ['dev'], lives: 600 })
    assert.deepEqual(await answers(...before), without, 'with a token that still carries it')

    await signedIn('urn:lanyard:acr:passkey', 'pop user mfa')
    const good = await tokensNow()
    const stolen = { groups: ['admins', 'dev'], lives: AGE }
    assert.deepEqual(await answers(...good), everywhere(stolen))
    time.advance((AGE - 1) * 1000)
    assert.deepEqual(await answers(...good), everywhere({ ...stolen, lives: 1 }))
    time.advance(1000)
    // What carried the group has ended; what is issued anew is without it.
    const late = await answers(...(await tokensNow()))
    assert.deepEqual(late, without)
    const [dead] = good
    const { kind } = await lanyard.server.issuer.reviewIdToken({
      ...{ token: dead, audience: 'embedded', validAt: Date.now() },
    })
    assert.equal(kind, 'refused')
  })

  it('a target that refuses says why at every door, with what would do', async () => {
    await ask({ group: ANY, cluster: ANY, stepUp: 'refuse' })
    await signedIn('urn:lanyard:acr:two-factors', 'pwd otp mfa')
    const tokens = await tokensNow()
    await ask({ group: PASSKEY, cluster: ANY, stepUp: 'refuse' })
    assert.deepEqual(await answers(...tokens), everywhere(KEYLESS('group "admins"')))
    const { status, body } = await exchange(lanyard, plugin, 'embedded')
    assert.deepEqual(
      [status, body['error'], body['acr_values'], body['max_age']],
      [400, 'insufficient_user_authentication', 'urn:lanyard:acr:passkey', AGE],
    )
    await signedIn('urn:lanyard:acr:passkey', 'pop user mfa')
    time.advance(AGE * 1000)
    assert.deepEqual(await answers(...tokens), everywhere(OLD('group "admins"')))
  })

  it('a cluster that asks refuses at every door, also what it issued itself', async () => {
    await ask({ group: ANY, cluster: ANY, stepUp: 'withhold' })
    await signedIn('urn:lanyard:acr:one-factor', 'pwd')
    const tokens = await tokensNow()
    await ask({ group: ANY, cluster: PASSKEY, stepUp: 'withhold' })
    const said = await answers(...tokens)
    assert.deepEqual(said, {
      ...everywhere(KEYLESS('cluster "embedded"')),
      live: KEYLESS('cluster "live"'),
    })
    await signedIn('urn:lanyard:acr:passkey', 'pop user mfa')
    const good = await tokensNow()
    const all = { groups: ['admins', 'dev'], lives: AGE }
    assert.deepEqual(await answers(...good), everywhere(all))
  })

  it('no login lifts itself: neither a scope nor a claim, an acr_values or a max_age at the token endpoint', async () => {
    await ask({ group: ANY, cluster: PASSKEY, stepUp: 'withhold' })
    await signedIn('urn:lanyard:acr:one-factor', 'pwd')
    for (const wish of [
      { acr_values: 'urn:lanyard:acr:passkey' },
      { max_age: '0' },
      { acr: 'urn:lanyard:acr:passkey' },
      { claims: '{"id_token":{"acr":{"value":"urn:lanyard:acr:passkey"}}}' },
    ]) {
      const exchanged = await exchange(lanyard, plugin, 'embedded', wish)
      assert.equal(refused(exchanged), KEYLESS('cluster "embedded"'))
      const { refreshToken } = logins.embedded
      const refreshed = await refresh(lanyard, 'embedded', refreshToken, wish)
      assert.deepEqual(
        [refreshed.body['error'], refused(refreshed)],
        ['invalid_grant', KEYLESS('cluster "embedded"')],
      )
    }
  })
})
