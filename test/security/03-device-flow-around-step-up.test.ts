/**
 * Threats 3 and 16: a device code that asks for a passkey now is approved by a passkey after it was asked for, and by nothing else: no
 * password, no passkey of this morning. Whoever has too little keeps the code and is asked for exactly that.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Passkey } from '../support/authenticator.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { createDeviceKey, postForm } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { usePasskey } from '../web/steps.ts'
import { atDevicePage, freezeTime, poll, type StartedDevice } from './attack.ts'

describe('a device code that asks for a passkey now', () => {
  const owned = new AsyncDisposableStack()
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  let passkey: Passkey

  before(async () => {
    time = owned.use(freezeTime())
    lanyard = owned.use(await startLanyard())
    await lanyard.addUser('ada', ['dev'])
    await lanyard.addCluster('prod', { groups: ['dev'] })
    const { users, factors } = lanyard.server.rooms.directory
    const { id: userId } = await users.get('ada')
    passkey = new Passkey(new URL(lanyard.issuer).origin)
    const response = passkey.create(await factors.passkeys.registrationOptions(userId, 'test'))
    await factors.passkeys.register({ userId, binding: 'test', name: 'key', response }, byTest)
  })
  after(() => owned.disposeAsync())

  async function start(): Promise<StartedDevice> {
    const { status, body } = await postForm(lanyard, `${lanyard.issuer}/device/auth`, {
      ...{ client_id: 'kubectl-lanyard', scope: 'openid offline_access', cluster: 'prod' },
      ...{ acr_values: 'urn:lanyard:acr:passkey', max_age: '0' },
    })
    assert.equal(status, 200, JSON.stringify(body))
    const deviceCode = String(body['device_code'])
    noteSecret(deviceCode, 'device code')
    return { deviceCode, userCode: String(body['user_code']), clientId: 'kubectl-lanyard' }
  }

  /** By whoever holds the plugin's key. */
  async function redeem(started: StartedDevice) {
    const key = await createDeviceKey()
    const dpop = await key.proof('POST', `${lanyard.issuer}/token`)
    return poll(lanyard, started, {}, { dpop })
  }

  async function type(person: Person, page: Page, { userCode }: StartedDevice): Promise<Page> {
    const question = await person.submit(page, { user_code: userCode })
    return person.submit(question, { answer: 'approve' })
  }

  it('is not approved by a passkey of before, and is by one of now', async () => {
    const { person, page } = await signedInByPasskey()
    time.advance(60_000)
    const started = await start()
    const asked = await type(person, page, started)
    assert.equal(asked.heading, 'Use your passkey', asked.html)
    assert.equal((await redeem(started)).body['error'], 'authorization_pending')
    time.advance(6_000)
    const question = await usePasskey(person, asked, passkey)
    const done = await person.submit(question, { answer: 'approve' })
    assert.equal(done.status, 200, done.html)
    time.advance(6_000)
    const { status, body } = await redeem(started)
    assert.equal(status, 200, JSON.stringify(body))
    const [device] = await lanyard.server.issuer.devices.list(
      (await lanyard.server.rooms.directory.users.get('ada')).id,
    )
    assert.equal(device?.acr, 'urn:lanyard:acr:passkey')
    assert.ok((device?.expiresAt ?? 0) - (device?.createdAt ?? 0) <= 3_600_000)
    await person.close()
  })

  async function signedInByPasskey() {
    const person = new Person(lanyard)
    const page = await usePasskey(person, await person.open('sign-in?next=device'), passkey)
    return { person, page }
  }

  it('is not approved by a password', async () => {
    const eve = await lanyard.addUser('eve', ['dev'])
    const started = await start()
    const { person, page } = await atDevicePage(lanyard, eve)
    const answer = await type(person, page, started)
    assert.equal(answer.heading, 'Sign in', answer.html)
    assert.equal((await redeem(started)).body['error'], 'authorization_pending')
    await person.close()
  })
})
