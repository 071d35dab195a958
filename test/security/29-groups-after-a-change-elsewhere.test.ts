/**
 * Threat 29: what an admin's command changes in a process of its own is in effect at the groups endpoint with the next request: the
 * server is told nothing, and no cache of its own may stand in between.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DeviceId } from '../../src/errors/index.ts'
import { createAdminDoor } from '../../src/issuer/index.ts'
import type { Rooms } from '../../src/rooms.ts'
import { openRoomsBeside } from '../server/child.ts'
import { askGroups, type GroupsSource, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin, exchange, payloadOf, pluginLogin } from '../support/logins.ts'

describe('groups after a change by another process', () => {
  let lanyard: Lanyard
  let beside: Rooms & AsyncDisposable
  before(async () => {
    lanyard = await startLanyard()
    await lanyard.addCluster('prod', { groups: ['viewers'], liveGroups: true })
    beside = openRoomsBeside(lanyard.data, lanyard.issuer)
  })
  after(async () => {
    await beside[Symbol.asyncDispose]()
    await lanyard[Symbol.asyncDispose]()
  })

  /** Somebody of their own with a live token, good at the moment. */
  async function newcomer(
    username: string,
  ): Promise<{ source: GroupsSource; deviceId: DeviceId; ask: () => Promise<string> }> {
    const login = await pluginLogin(lanyard, await lanyard.addUser(username, ['viewers']))
    const idToken = String((await exchange(lanyard, login, 'prod')).body['access_token'])
    const source = groupsSourceOf(idToken)
    const ask = async (): Promise<string> => {
      const { status, text } = await askGroups(lanyard, source)
      return status === 200 ? JSON.stringify(payloadOf(text)['groups']) : `${status} ${text}`
    }
    assert.equal(await ask(), '["viewers"]')
    return { source, deviceId: payloadOf(idToken)['sid'] as DeviceId, ask }
  }

  it('are others at once', async () => {
    const { ask } = await newcomer('gil')
    await beside.directory.groups.add({ name: 'ops' }, byTest)
    await beside.directory.groups.addMember('ops', { user: 'gil' }, byTest)
    assert.equal(await ask(), '["ops","viewers"]')
    await beside.directory.groups.removeMember('ops', { user: 'gil' }, byTest)
    assert.equal(await ask(), '["viewers"]')
    await beside.directory.groups.removeMember('viewers', { user: 'gil' }, byTest)
    assert.equal(await ask(), '403 gil is in none of the groups that may enter cluster "prod"')
  })

  it('are told no more of somebody who is disabled, deleted, or has to choose a password', async () => {
    const [dan, eve, fay] = [await newcomer('dan'), await newcomer('eve'), await newcomer('fay')]
    await beside.directory.users.disable('dan', byTest)
    assert.equal(await dan.ask(), '403 user "dan" is disabled')
    await beside.directory.users.delete('eve', byTest)
    assert.equal(await eve.ask(), '403 this user does not exist')
    const given = 'another correct horse 8412'
    noteSecret(given, 'password')
    await beside.directory.users.setPassword('fay', given, {}, byTest)
    assert.match(await fay.ask(), /^403 fay (must choose a new password|signed in before)/)
  })

  it('are told no more to a device that was signed out', async () => {
    const { deviceId, ask } = await newcomer('hal')
    const { config, keySecret, store } = beside
    await createAdminDoor({ store, clock: Date.now, config, keySecret }).devices.revoke(
      deviceId,
      byTest,
    )
    assert.equal(await ask(), '403 this login of hal was revoked')
  })

  it('are told no more for a cluster that is gone', async () => {
    const { ask } = await newcomer('ida')
    await beside.clusters.delete('prod', byTest)
    assert.match(await ask(), /^403 (there is no such cluster|its cluster is gone)/)
  })

  it('outlive a change to embedded groups for as long as the token, and stay the ones of now', async () => {
    await lanyard.addCluster('turned', { groups: ['viewers'], liveGroups: true })
    const kim = await lanyard.addUser('kim', ['viewers'])
    const source = groupsSourceOf((await clusterLogin(lanyard, kim, 'turned')).idToken)
    await beside.clusters.change('turned', { liveGroups: false }, byTest)
    assert.equal((await askGroups(lanyard, source)).status, 200)
    await beside.directory.users.disable('kim', byTest)
    assert.equal((await askGroups(lanyard, source)).status, 403)
    await beside.clusters.change('turned', { liveGroups: true }, byTest)
    assert.equal((await askGroups(lanyard, source)).status, 403)
  })
})
