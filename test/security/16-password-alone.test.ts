/**
 * Threat 16: whoever knows the password of somebody with one-time codes gets nothing with it: no session, no code, no device, and nothing is
 * set up, whichever page they begin at and whichever they leave out.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { codeAt } from '../support/authenticator.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { type Credentials, startCode } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { devicesOf, freezeTime, startDevice } from './attack.ts'
import { sessionOf } from './support/adversary.ts'

const STEP_MS = 30_000
const NEXT = 'eleven tin kettles sing'
noteSecret(NEXT, 'password')

let lanyard: Lanyard
let time: ReturnType<typeof freezeTime>
let ada: Credentials
let secret = ''
before(async () => {
  time = freezeTime()
  lanyard = await startLanyard({ clock: Date.now })
  ada = await lanyard.addUser('ada', ['devs'])
  await lanyard.addCluster('prod', { groups: ['devs'] })
  const { directory } = lanyard.server.rooms
  const { id } = await directory.users.get('ada')
  secret = (await directory.factors.oneTimeCodes.begin(id)).secret
  noteSecret(secret, 'one-time code secret')
  await directory.factors.oneTimeCodes.confirm(id, codeAt(secret, Date.now()), byTest)
})
after(async () => {
  await lanyard[Symbol.asyncDispose]()
  time[Symbol.dispose]()
})

const prod = (extra: Record<string, string> = {}) =>
  startCode(lanyard, { clientId: 'prod', extra }).url
const typed = () => ({ username: ada.username, password: ada.password })

async function factorsNow(): Promise<string> {
  const { users, factors } = lanyard.server.rooms.directory
  return JSON.stringify(await factors.of((await users.get('ada')).id))
}

/** Everything that could be sent after the password, in place of the code. */
async function sendEverything(person: Person, page: Page): Promise<void> {
  const base = page.url.replace(/\/code(?=\?|$)/, '')
  const [path = '', query = ''] = base.split('?')
  const { csrf = '' } = page.forms[0]?.fields ?? {}
  const { userCode } = await startDevice(lanyard, 'prod')
  for (const step of [
    ...['/continue', '/code', '/enrol/code', '/enrol/code/confirm', '/enrol/passkey', '/passkey'],
    ...['/answer', '/password', '/sign-in', ''],
  ]) {
    const url = `${path}${step}${query === '' ? '' : `?${query}`}`
    await person.post(url, { csrf, answer: 'approve', code: '', passkey: '', step: 'second' })
    await person.open(url)
  }
  for (const own of ['/device', '/device/answer', '/account/one-time-codes/remove']) {
    await person.post(own, { csrf, user_code: userCode, answer: 'approve' })
  }
}

describe('the right password of somebody with one-time codes', () => {
  for (const [where, begin] of [
    ['the sign-in page', () => 'sign-in'],
    ['the sign-in for a device', () => 'sign-in?next=device'],
    ['a step-up that asks for nothing', () => 'sign-in?next=account&need=any'],
    ['an authorization request', () => prod()],
    ['one that asks for one factor', () => prod({ acr_values: 'urn:lanyard:acr:one-factor' })],
    ['one that asks for a new sign-in', () => prod({ prompt: 'login', max_age: '0' })],
  ] as const) {
    it(`gets nothing at ${where}`, async () => {
      const before = [await factorsNow(), await devicesOf(lanyard)]
      const thief = new Person(lanyard)
      const page = await thief.submit(await thief.open(begin()), typed())
      assert.equal(page.heading, 'One-time code')
      await sendEverything(thief, page)
      assert.equal(sessionOf(thief), undefined)
      assert.equal((await thief.open('account')).heading, 'Sign in')
      assert.equal(thief.leftTo, undefined)
      assert.deepEqual([await factorsNow(), await devicesOf(lanyard)], before)
      await thief.close()
    })
  }

  it('changes no password', async () => {
    const { users } = lanyard.server.rooms.directory
    await users.setPassword('ada', ada.password, { mustChange: true }, byTest)
    const thief = new Person(lanyard)
    const { csrf = '' } = (await thief.open('sign-in')).forms[0]?.fields ?? {}
    const passwords = { current_password: ada.password, password: NEXT, password_again: NEXT }
    const page = await thief.post('/sign-in/password', { csrf, username: 'ada', ...passwords })
    assert.equal(page.heading, 'One-time code')
    const again = await thief.post('/sign-in/password', { csrf, username: 'ada', ...passwords })
    assert.equal(again.heading, 'One-time code')
    assert.equal((await users.get('ada')).mustChangePassword, true)
    await users.setPassword('ada', ada.password, { mustChange: false }, byTest)
    await thief.close()
  })

  it('gets nothing in a browser that knows her', async () => {
    const her = new Person(lanyard)
    time.advance(STEP_MS)
    const page = await her.submit(await her.open('sign-in'), typed())
    await her.submit(page, { code: codeAt(secret, Date.now()) })
    const known = her.cookies.filter(({ name }) => name === '__Host-lanyard-known')
    assert.equal(known.length, 1)
    const thief = new Person(lanyard)
    thief.adopt(known)
    const step = await thief.submit(await thief.open('sign-in'), typed())
    assert.equal(step.heading, 'One-time code')
    assert.equal((await thief.open('account')).heading, 'Sign in')
    await Promise.all([her, thief].map((one) => one.close()))
  })
})
