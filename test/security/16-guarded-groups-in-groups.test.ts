/**
 * Threat 16: what somebody is in by way of a guarded group alone is closed together with it, in every token and at every entrance; what
 * they are in otherwise stays.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { exchange, type PluginLogin, payloadOf, pluginLogin } from '../support/logins.ts'
import { type Doors, openDoors } from './doors.ts'

const PASSKEY = { factors: 'passkey', maxAge: null } as const
const TWO = { factors: 'two', maxAge: null } as const
const ANY = { factors: 'any', maxAge: null } as const

describe('a guarded group inside others', () => {
  let lanyard: Lanyard
  let doors: Doors
  let plugin: PluginLogin
  before(async () => {
    lanyard = await startLanyard()
    doors = openDoors(lanyard)
    const { groups } = lanyard.server.rooms.directory
    const ada = await lanyard.addUser('ada', ['dev', 'prod-admins', 'on-call'])
    for (const name of ['masters', 'everything', 'below']) await groups.add({ name }, byTest)
    await groups.addMember('masters', { group: 'prod-admins' }, byTest)
    await groups.addMember('everything', { group: 'masters' }, byTest)
    await lanyard.addCluster('prod', { groups: ['dev'] })
    await lanyard.addCluster('vault', { groups: ['everything'] })
    plugin = await pluginLogin(lanyard, ada)
  })
  after(async () => {
    await doors[Symbol.asyncDispose]()
    await lanyard[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await guard('prod-admins', PASSKEY)
    await guard('masters', ANY)
    await signedIn('urn:lanyard:acr:one-factor', 'pwd')
  })

  const guard = (name: string, policy: typeof PASSKEY | typeof TWO | typeof ANY) =>
    lanyard.server.rooms.directory.groups.change(name, { policy }, byTest)

  async function signedIn(acr: string, amr: string): Promise<void> {
    await lanyard.server.rooms.store.write((tx) =>
      tx.query.updateTable('devices').set({ acr, amr }).execute(),
    )
  }

  async function carried(audience = 'prod'): Promise<unknown> {
    const { status, body } = await exchange(lanyard, plugin, audience)
    if (status !== 200) return body['error_description']
    return payloadOf(String(body['access_token']))['groups']
  }

  it('closes those that it alone leads to, however far', async () => {
    assert.deepEqual(await carried(), ['dev', 'on-call'])
    assert.equal(
      await carried('vault'),
      'ada did not sign in with a passkey, and group "prod-admins" asks for one',
    )
    await signedIn('urn:lanyard:acr:passkey', 'pop user mfa')
    const all = ['dev', 'everything', 'masters', 'on-call', 'prod-admins']
    assert.deepEqual(await carried(), all)
    assert.deepEqual(await carried('vault'), all)
  })

  it('leaves what another way leads to, of two guarded ones too', async () => {
    const { groups } = lanyard.server.rooms.directory
    await groups.addMember('masters', { group: 'on-call' }, byTest)
    assert.deepEqual(await carried(), ['dev', 'everything', 'masters', 'on-call'])
    await guard('on-call', TWO)
    assert.deepEqual(await carried(), ['dev'])
    await signedIn('urn:lanyard:acr:two-factors', 'pwd otp mfa')
    assert.deepEqual(await carried(), ['dev', 'everything', 'masters', 'on-call'])
    await guard('masters', PASSKEY)
    assert.deepEqual(await carried(), ['dev', 'on-call'])
    await groups.addMember('everything', { user: 'ada' }, byTest)
    assert.deepEqual(await carried(), ['dev', 'everything', 'on-call'])
    await groups.removeMember('everything', { user: 'ada' }, byTest)
    await guard('on-call', ANY)
    await groups.removeMember('masters', { group: 'on-call' }, byTest)
  })

  it('is in no access token, and neither is what it leads to', async () => {
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get('ada')
    await guard('prod-admins', ANY)
    const asked = { userId, name: 'job', clusters: ['prod'], groups: null, lifetime: undefined }
    const { value } = await accessTokens.create(asked, byTest)
    noteSecret(value, 'access token')
    const credential = await doors.issue('prod', 'webhook')
    const seen = async () => {
      const answer = await doors.ask({ kind: 'webhook', cluster: 'prod', token: value, credential })
      return typeof answer === 'object' ? answer.groups : answer
    }
    assert.deepEqual(await seen(), ['dev', 'everything', 'masters', 'on-call', 'prod-admins'])
    await guard('prod-admins', PASSKEY)
    assert.deepEqual(await seen(), ['dev', 'on-call'])
  })
})
