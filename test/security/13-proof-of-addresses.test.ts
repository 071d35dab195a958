/**
 * Threat 13: an address is somebody's only where a link was read in it: by a person who asked for it, or by one who was invited there. No link
 * for a new password, and no notice, goes to an address that nobody proved.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { deliverAll, linkIn, relayOn, type SmtpServer, startRelay } from '../mail/smtp.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, clusterLogin, payloadOf } from '../support/logins.ts'
import { Person } from '../support/person.ts'

const PASSWORD = 'nine green llamas nap'
noteSecret(PASSWORD, 'password')

describe('an address that nobody proved', () => {
  let server: SmtpServer
  let lanyard: Lanyard
  let ada: Credentials
  before(async () => {
    server = await startRelay()
    lanyard = await startLanyard({ settings: { mail: relayOn(server.port) } })
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const directory = () => lanyard.server.rooms.directory
  const deliver = () => deliverAll(lanyard.server.rooms)
  const codeOf = (link: string) => link.slice(link.lastIndexOf('/') + 1)

  async function sentTo(address: string): Promise<string> {
    await deliver()
    const link = linkIn(server.received.findLast(({ to }) => to[0] === address))
    noteSecret(codeOf(link), 'link')
    return link
  }

  it('gets no link for a new password, and no notice', async () => {
    const email = 'stranger@example.com'
    await directory().users.change('ada', { email }, byTest)
    await directory().resetLinks.request({ username: 'ada', address: '192.0.2.1' }, byTest)
    await directory().users.setPassword('ada', ada.password, { mustChange: false }, byTest)
    await deliver()
    assert.deepEqual(server.received, [])
    await directory().users.change('ada', { email: null }, byTest)
  })

  it('is in no token as verified while its proof is on the way, and is when both sides have spoken', async () => {
    const { id } = await directory().users.get('ada')
    const claims = async () => {
      const { email, email_verified } = payloadOf(
        (await clusterLogin(lanyard, ada, 'prod')).idToken,
      )
      return [email, email_verified]
    }
    await directory().emailChanges.request(id, 'ada@example.com', byTest)
    assert.deepEqual(await claims(), [undefined, undefined])
    const link = await sentTo('ada@example.com')
    const person = new Person(lanyard)
    const page = await person.open(link)
    assert.deepEqual(await claims(), [undefined, undefined])
    await person.submit(page)
    assert.deepEqual(await claims(), ['ada@example.com', true])
    await directory().emailChanges.request(id, 'next@example.com', byTest)
    const next = await person.open(await sentTo('next@example.com'))
    await person.submit(next)
    assert.deepEqual(await claims(), ['ada@example.com', true])
  })

  it('is not proved by another’s link, nor by one whose address has changed since', async () => {
    const { emailChanges, users } = directory()
    const { id } = await users.add({ username: 'mallory' }, byTest)
    await emailChanges.request(id, 'mallory@example.com', byTest)
    const own = codeOf(await sentTo('mallory@example.com'))
    await emailChanges.request(id, 'boss@example.com', byTest)
    await assert.rejects(emailChanges.prove(own, byTest), { code: 'ERR_EMAIL_CODE' })
    const boss = codeOf(await sentTo('boss@example.com'))
    await users.change('mallory', { email: 'other@example.com' }, byTest)
    await assert.rejects(emailChanges.prove(boss, byTest), { code: 'ERR_EMAIL_CODE' })
    const { email, emailVerified } = await users.get('mallory')
    assert.deepEqual([email, emailVerified], ['other@example.com', false])
  })

  it('is not proved by an invitation that was handed over, nor by a proof that was made up', async () => {
    const { invitations } = directory()
    for (const forge of [
      () => '',
      () => '~',
      (code: string) => `~${code}`,
      () => `~${'A'.repeat(43)}`,
      (_: string, mailed: string) => `~${mailed.split('~')[1]?.slice(0, -2)}`,
    ]) {
      const username = `guest-${server.received.length}`
      const email = `${username}@example.com`
      const invitation = { username, email, groups: [], lifetimeSeconds: 3_600 }
      const { code } = await invitations.create(invitation, byTest)
      noteSecret(code, 'invitation')
      const mailed = codeOf(await sentTo(email))
      const token = `${code}${forge(code, mailed)}`
      const user = await invitations.accept({ token, username: '', password: PASSWORD }, byTest)
      assert.deepEqual([user.email, user.emailVerified], [email, false])
    }
  })
})
