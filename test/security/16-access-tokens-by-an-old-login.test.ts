/**
 * Threat 16: an access token outlives the login that it is made with. Whoever has taken somebody's everyday login from their machine makes none
 * with it: it takes a sign-in of just now, with two factors where there are two.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addressToOpen, createMachine, visit } from '../plugin/support/machine.ts'
import { Passkey } from '../support/authenticator.ts'
import { askPluginApi } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, type PluginLogin, pluginLogin } from '../support/logins.ts'
import { logIn, signInAt } from './support/plugin.ts'

const FRESH_MS = 15 * 60_000
const JOB = { name: 'job', clusters: ['prod'], groups: null }

describe('an everyday login', () => {
  let lanyard: Lanyard
  let ada: Credentials
  let login: PluginLogin
  before(async () => {
    lanyard = await startLanyard()
    await lanyard.addCluster('prod', { groups: ['dev'] })
    ada = await lanyard.addUser('ada', ['dev'])
    login = await pluginLogin(lanyard, ada)
  })
  after(() => lanyard[Symbol.asyncDispose]())

  async function signedIn(agoMs: number, acr = 'urn:lanyard:acr:one-factor'): Promise<void> {
    await lanyard.server.rooms.store.write((tx) =>
      tx.query
        .updateTable('devices')
        .set({ acr, authenticated_at: Date.now() - agoMs })
        .execute(),
    )
  }

  async function tokens(): Promise<number> {
    const { directory, accessTokens } = lanyard.server.rooms
    return (await accessTokens.list({ userId: (await directory.users.get('ada')).id })).length
  }

  it('of a quarter of an hour ago makes none, and goes on reading and revoking', async () => {
    await signedIn(FRESH_MS - 5_000)
    const made = await askPluginApi(lanyard, login, 'tokens', JOB)
    assert.equal(made.status, 200, JSON.stringify(made.body))
    noteSecret(String(made.body['value']), 'access token')
    await signedIn(FRESH_MS)
    const { status, body } = await askPluginApi(lanyard, login, 'tokens', JOB)
    assert.deepEqual(
      [status, body['error'], body['error_description'], body['max_age']],
      [
        401,
        'insufficient_user_authentication',
        'ada signed in more than 900 seconds ago, and making an access token asks for a newer sign-in',
        900,
      ],
    )
    assert.equal(await tokens(), 1)
    const { id } = made.body['token'] as { id: string }
    const revoked = await askPluginApi(lanyard, login, 'tokens/revoke', { id })
    assert.deepEqual(revoked.body, { revoked: 1 })
  })

  it('asks in the terminal, and the command goes on with the new sign-in', async () => {
    using machine = createMachine()
    await logIn(machine, lanyard, ada)
    await signedIn(FRESH_MS)
    const running = machine.start(['token', 'create', 'job', '--cluster', 'prod'])
    const address = await addressToOpen(running)
    assert.equal(new URL(address).searchParams.get('max_age'), '0')
    await visit((await signInAt(lanyard, address, ada)).href)
    const { code, stdout, stderr } = await running.result
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^lanyard_at_[0-9A-Za-z]{36}\n$/)
    noteSecret(stdout.trim(), 'access token')
    assert.equal(await tokens(), 1)
  })

  it('of one factor makes none for whoever has two', async () => {
    const { users, factors } = lanyard.server.rooms.directory
    const { id: userId } = await users.get('ada')
    const passkey = new Passkey(new URL(lanyard.issuer).origin)
    const response = passkey.create(await factors.passkeys.registrationOptions(userId, 'x'))
    await factors.passkeys.register({ userId, binding: 'x', name: 'key', response }, byTest)
    await signedIn(0)
    const { status, body } = await askPluginApi(lanyard, login, 'tokens', JOB)
    assert.deepEqual(
      [status, body['error_description']],
      [401, 'ada signed in with one factor, and making an access token asks for two'],
    )
    await signedIn(0, 'urn:lanyard:acr:passkey')
    const made = await askPluginApi(lanyard, login, 'tokens', JOB)
    assert.equal(made.status, 200)
    noteSecret(String(made.body['value']), 'access token')
  })
})
