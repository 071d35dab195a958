/**
 * Threat 7 (Pocket ID CVE-2026-43983; Zitadel CVE-2023-22492): every way to a token reads again what is committed: a disabled
 * or deleted user, a lost group, a revoked device, a deleted cluster, ended sessions (RFC 9700 §4.14, RFC 6749 §10.4).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DeviceId } from '../../src/errors/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  payloadOf,
  pluginLogin,
  postForm,
  redeem,
  refresh,
  type TokenAnswer,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { approveDevice, freezeTime, poll, startDevice } from './attack.ts'

interface Scene {
  readonly user: Credentials
  readonly group: string
  readonly cluster: string
}

/** A login made ready, and what asks for its next token. */
interface Ready {
  /** Null where the login has none yet. */
  readonly deviceId: () => Promise<DeviceId>
  readonly next: () => Promise<TokenAnswer>
}

describe('grants after a change', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  const newestDevice = async ({ user }: Scene): Promise<DeviceId> => {
    const { id } = await lanyard.server.rooms.directory.users.get(user.username)
    const [device] = await lanyard.server.issuer.devices.list(id)
    assert.ok(device)
    return device.id
  }

  const ways: Readonly<Record<string, (scene: Scene) => Promise<Ready>>> = {
    code: async (scene) => {
      const person = new Person(lanyard)
      const request = { clientId: scene.cluster }
      const { started, params } = await authorize(lanyard, person, scene.user, request)
      await person.close()
      const code = params.get('code') ?? ''
      return {
        deviceId: () => newestDevice(scene),
        next: () => redeem(lanyard, started, code),
      }
    },
    refresh: async (scene) => {
      const { refreshToken } = await clusterLogin(lanyard, scene.user, scene.cluster)
      return {
        deviceId: () => newestDevice(scene),
        next: () => refresh(lanyard, scene.cluster, refreshToken),
      }
    },
    'device code': async (scene) => {
      const started = await startDevice(lanyard, scene.cluster)
      await approveDevice(lanyard, scene.user, started)
      return { deviceId: () => newestDevice(scene), next: () => poll(lanyard, started) }
    },
    exchange: async (scene) => {
      const login = await pluginLogin(lanyard, scene.user)
      return {
        deviceId: () => newestDevice(scene),
        next: () => exchange(lanyard, login, scene.cluster),
      }
    },
  }

  const { users, groups } = {
    users: () => lanyard.server.rooms.directory.users,
    groups: () => lanyard.server.rooms.directory.groups,
  }

  interface Change {
    readonly make: (scene: Scene, ready: Ready) => Promise<unknown>
    readonly sentence: (scene: Scene) => string
    /** The engine and the exchange word a dead login each in their own way. */
    readonly dead?: true
    /** What the exchange calls it, where the engine can only say `invalid_grant`. */
    readonly exchange?: { readonly error: string; readonly status: number }
    /** What the engine says once the server has seen the change, which is within a moment that no test can hold. */
    readonly seen?: { readonly error: string; readonly status: number; readonly sentence: string }
  }
  const denied = { error: 'access_denied', status: 403 }

  const changes: Readonly<Record<string, Change>> = {
    'the user is disabled': {
      make: ({ user }) => users().disable(user.username, byTest),
      sentence: ({ user }) => `user "${user.username}" is disabled`,
      exchange: denied,
    },
    'the user is deleted': {
      make: ({ user }) => users().delete(user.username, byTest),
      sentence: () => 'this user does not exist',
    },
    'the user leaves the group': {
      make: ({ user, group }) => groups().removeMember(group, { user: user.username }, byTest),
      sentence: ({ user, cluster }) =>
        `${user.username} is in none of the groups that may enter cluster "${cluster}"`,
      exchange: denied,
    },
    'the group is deleted': {
      make: ({ group }) => groups().delete(group, byTest),
      sentence: ({ user, cluster }) =>
        `${user.username} is in none of the groups that may enter cluster "${cluster}"`,
      exchange: denied,
    },
    'the cluster lets the group in no more': {
      make: ({ cluster, group }) => lanyard.server.rooms.clusters.disallow(cluster, group, byTest),
      sentence: ({ user, cluster }) =>
        `${user.username} is in none of the groups that may enter cluster "${cluster}"`,
      exchange: denied,
    },
    'the admin sets a new password': {
      make: ({ user }) =>
        users().setPassword(user.username, `${user.password}!`, { mustChange: false }, byTest),
      sentence: ({ user }) => `${user.username} signed in before all sessions were ended`,
    },
    'the user is disabled and enabled again': {
      make: async ({ user }) => {
        await users().disable(user.username, byTest)
        await users().enable(user.username, byTest)
      },
      sentence: ({ user }) => `${user.username} signed in before all sessions were ended`,
    },
    'the device is revoked': {
      make: async (_scene, ready) =>
        assert.ok(await lanyard.server.issuer.devices.revoke(await ready.deviceId(), byTest)),
      sentence: () => '',
      dead: true,
    },
    'the cluster is deleted': {
      // The built list of clients has it still: whoever asks in between is refused as well.
      make: ({ cluster }) => lanyard.server.rooms.clusters.delete(cluster, byTest),
      sentence: () => 'there is no such cluster or application',
      exchange: { error: 'invalid_target', status: 400 },
      seen: { error: 'invalid_client', status: 401, sentence: 'client authentication failed' },
    },
  }

  const engineWords = ['grant request is invalid']
  const exchangeWords = ['this login has ended or was revoked: log in again']

  let count = 0
  for (const [way, prepare] of Object.entries(ways)) {
    for (const [what, change] of Object.entries(changes)) {
      it(`refuses ${way} when ${what}`, async () => {
        count += 1
        const scene = { group: `g${count}`, cluster: `c${count}` }
        const user = await lanyard.addUser(`u${count}`, [scene.group])
        await lanyard.addCluster(scene.cluster, { groups: [scene.group] })
        const whole = { ...scene, user }
        const ready = await prepare(whole)
        time.advance(1_000)
        await change.make(whole, ready)
        const { status, body } = await ready.next()
        const isExchange = way === 'exchange'
        const answered = { status, error: body['error'], sentence: body['error_description'] }
        if (!isExchange && change.seen !== undefined && answered.error === change.seen.error) {
          assert.deepEqual(answered, change.seen)
          return
        }
        const expected = (isExchange ? change.exchange : undefined) ?? {
          error: 'invalid_grant',
          status: 400,
        }
        assert.deepEqual(answered, {
          ...expected,
          sentence:
            change.dead === true
              ? (isExchange ? exchangeWords : engineWords)[0]
              : change.sentence(whole),
        })
      })
    }
    it(`issues for ${way} when nothing has changed`, async () => {
      count += 1
      const scene = { group: `g${count}`, cluster: `c${count}` }
      const user = await lanyard.addUser(`u${count}`, [scene.group])
      await lanyard.addCluster(scene.cluster, { groups: [scene.group] })
      const ready = await prepare({ ...scene, user })
      time.advance(1_000)
      assert.equal((await ready.next()).status, 200)
    })
  }

  it('ends what an application holds: refresh, userinfo and introspection', async () => {
    const { applications } = lanyard.server.rooms.clusters
    const redirectUri = 'https://app.example.com/cb'
    const { secret } = await applications.add(
      { name: 'app', redirectUris: [redirectUri], everyone: true },
      byTest,
    )
    const client = { client_id: 'app', client_secret: secret ?? '' }
    noteSecret(client.client_secret, 'client secret')
    await lanyard.server.issuer.refresh()
    // Beyond ASCII: no header can hold a sentence with this name.
    const user = await lanyard.addUser('дана')
    const person = new Person(lanyard)
    const { started, params } = await authorize(lanyard, person, user, {
      clientId: 'app',
      redirectUri,
      scope: 'openid profile offline_access',
    })
    await person.close()
    const change = { client_secret: client.client_secret }
    const tokens = tokensOf(await redeem(lanyard, started, params.get('code') ?? '', { change }))
    const introspect = async (token: string) => {
      const url = `${lanyard.issuer}/token/introspection`
      return (await postForm(lanyard, url, { ...client, token })).body
    }
    const userinfo = () =>
      postForm(
        lanyard,
        `${lanyard.issuer}/me`,
        {},
        { authorization: `Bearer ${tokens.accessToken}` },
      )
    assert.equal((await introspect(tokens.accessToken))['active'], true)
    assert.equal((await introspect(tokens.refreshToken))['active'], true)
    assert.equal((await userinfo()).body['preferred_username'], 'дана')

    await users().disable('дана', byTest)
    // RFC 7662 §2.2: a token that is of no use any more is not active, and nothing more is said.
    assert.deepEqual(await introspect(tokens.accessToken), { active: false })
    assert.deepEqual(await introspect(tokens.refreshToken), { active: false })
    const { status, body } = await userinfo()
    assert.deepEqual(
      [status, body],
      [401, { error: 'invalid_token', error_description: 'invalid token provided' }],
    )
    const answer = await refresh(lanyard, 'app', tokens.refreshToken, change)
    assert.deepEqual(
      [answer.status, answer.body['error'], answer.body['error_description']],
      [400, 'invalid_grant', 'user "дана" is disabled'],
    )
    const { sub } = payloadOf(tokens.idToken)
    assert.equal(typeof sub, 'string')
  })

  it('gives a refresh the groups of now', async () => {
    const user = await lanyard.addUser('mover', ['first', 'second'])
    await lanyard.addCluster('moving', { groups: ['first'] })
    const { refreshToken } = await clusterLogin(lanyard, user, 'moving')
    await groups().removeMember('second', { user: 'mover' }, byTest)
    const { idToken } = tokensOf(await refresh(lanyard, 'moving', refreshToken))
    assert.deepEqual(payloadOf(idToken)['groups'], ['first'])
  })
})
