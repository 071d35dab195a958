/**
 * Threat 18: a sign-in of several steps is one browser's, and makes a new session at its end alone; what somebody began and did not finish
 * changes nothing of the session that was there.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { codeAt, Passkey } from '../support/authenticator.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { freezeTime } from './attack.ts'
import { sessionOf } from './support/adversary.ts'

const STEP_MS = 30_000
const PENDING = '__Host-lanyard-second-step'

let lanyard: Lanyard
let time: ReturnType<typeof freezeTime>
let ada: Credentials
let bob: Credentials
let secret = ''
let passkey: Passkey
before(async () => {
  time = freezeTime()
  lanyard = await startLanyard({ clock: Date.now })
  ada = await lanyard.addUser('ada', [])
  bob = await lanyard.addUser('bob', [])
  const { users, factors } = lanyard.server.rooms.directory
  const adaId = (await users.get('ada')).id
  secret = (await factors.oneTimeCodes.begin(adaId)).secret
  noteSecret(secret, 'one-time code secret')
  await factors.oneTimeCodes.confirm(adaId, codeAt(secret, Date.now()), byTest)
  passkey = new Passkey(new URL(lanyard.issuer).origin)
  const bobId = (await users.get('bob')).id
  const options = await factors.passkeys.registrationOptions(bobId, 'x')
  const registration = { userId: bobId, binding: 'x', name: 'key' }
  await factors.passkeys.register({ ...registration, response: passkey.create(options) }, byTest)
})
after(async () => {
  await lanyard[Symbol.asyncDispose]()
  time[Symbol.dispose]()
})

function nextCode(): string {
  time.advance(STEP_MS)
  return codeAt(secret, Date.now())
}

async function beginAs({ username, password }: Credentials, person: Person): Promise<Page> {
  return person.submit(await person.open('sign-in?next=account&other=yes'), { username, password })
}

function touch(person: Person, page: Page): Promise<Page> {
  const [, json = ''] = /data-options="([^"]*)"/.exec(page.html) ?? []
  const options = JSON.parse(json.replaceAll('&quot;', '"')) as Parameters<Passkey['get']>[0]
  const index = page.forms.findIndex(({ fields }) => 'passkey' in fields)
  return person.submit(page, { passkey: JSON.stringify(passkey.get(options)) }, index)
}

describe('a sign-in of two steps', () => {
  it('has a session after the second alone, and its cookie is out of reach meanwhile', async () => {
    const person = new Person(lanyard)
    person.follows = false
    const begun = await beginAs(ada, person)
    const [line = '', ...others] = [begun.headers['set-cookie'] ?? []].flat()
    assert.deepEqual(others, [])
    assert.match(
      line,
      /^__Host-lanyard-second-step=[\w.-]+; Path=\/; Max-Age=300; HttpOnly; SameSite=Lax; Secure$/,
    )
    person.follows = true
    assert.equal(sessionOf(person), undefined)
    const done = await person.submit(await person.open('sign-in/code?next=account'), {
      code: nextCode(),
    })
    assert.equal(done.heading, 'ada')
    assert.notEqual(sessionOf(person), undefined)
    assert.equal(
      person.cookies.some(({ name }) => name === PENDING),
      false,
    )
    await person.close()
  })

  it('that nobody finished leaves the session that was there, and its id', async () => {
    const person = new Person(lanyard)
    await beginAs(bob, person)
    const session = sessionOf(person)
    await beginAs(ada, person)
    assert.equal(sessionOf(person), session)
    assert.equal((await person.open('account')).heading, 'bob')
    await person.close()
  })

  it('that an attacker began in this browser signs in whoever finishes their own', async () => {
    const attacker = new Person(lanyard)
    await beginAs(ada, attacker)
    const planted = attacker.cookies.filter(({ name }) => name === PENDING)
    assert.equal(planted.length, 1)
    const victim = new Person(lanyard)
    victim.adopt(planted)
    assert.equal((await beginAs(bob, victim)).heading, 'bob')
    const other = new Person(lanyard)
    other.adopt(planted)
    assert.equal((await touch(other, await other.open('sign-in'))).heading, 'bob')
    await Promise.all([attacker, victim, other].map((one) => one.close()))
  })

  it('of another person ends the session of the first', async () => {
    const person = new Person(lanyard)
    await beginAs(bob, person)
    const his = sessionOf(person)
    const done = await person.submit(await beginAs(ada, person), { code: nextCode() })
    assert.equal(done.heading, 'ada')
    const thief = new Person(lanyard)
    thief.adopt([{ name: '__Host-lanyard-session', value: his ?? '', path: '/' }])
    assert.equal((await thief.open('account')).heading, 'Sign in')
    await Promise.all([person, thief].map((one) => one.close()))
  })
})

describe('a step-up', () => {
  it('has a new session id, and the old one is worth nothing', async () => {
    const person = new Person(lanyard)
    await beginAs(bob, person)
    const before = [...person.cookies]
    const old = sessionOf(person)
    const page = await person.open('sign-in?next=account&need=passkey')
    assert.equal(page.heading, 'Use your passkey')
    assert.equal((await touch(person, page)).heading, 'bob')
    assert.notEqual(sessionOf(person), old)
    const thief = new Person(lanyard)
    thief.adopt(before)
    assert.equal((await thief.open('account')).heading, 'Sign in')
    await Promise.all([person, thief].map((one) => one.close()))
  })

  it('that was left changes nothing', async () => {
    const person = new Person(lanyard)
    await beginAs(bob, person)
    const old = sessionOf(person)
    await person.open('sign-in?next=account&need=passkey')
    assert.equal((await person.open('account')).heading, 'bob')
    assert.equal(sessionOf(person), old)
    await person.close()
  })

  it('asked for in the name of nobody asks who it is', async () => {
    const person = new Person(lanyard)
    const page = await person.open('sign-in?next=account&need=passkey')
    assert.equal(page.heading, 'Sign in')
    const { csrf = '' } = page.forms[0]?.fields ?? {}
    const sent = await person.post('/sign-in/passkey?next=account&need=passkey', {
      ...{ csrf, step: 'again', passkey: '{}' },
    })
    assert.equal(sent.status, 400)
    assert.match(sent.html, /<b>This step is over\.<\/b>/)
    await person.close()
  })
})
